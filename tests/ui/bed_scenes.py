"""Scenes of one bed and one room for pictures, layout work and tests.

`python -m tests.ui.bed_scenes FOLDER` writes them as files for
`smartward screen ROLE --replica FILE`.
"""

import sys
from pathlib import Path

import msgspec

from smartward.screen.scene import Scene
from tests.ui.bedhead_scenes import BEDHEAD
from tests.ui.bedside_scenes import BEDSIDE
from tests.ui.corridor_scenes import CORRIDOR
from tests.ui.door_scenes import DOOR

SCENES: dict[str, dict[str, Scene]] = {
    "bedside": BEDSIDE,
    "bedhead": BEDHEAD,
    "door": DOOR,
    "corridor": CORRIDOR,
}


def write(folder: Path) -> None:
    """Write every scene as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for role, scenes in SCENES.items():
        for name, scene in scenes.items():
            text = msgspec.json.format(msgspec.json.encode(scene), indent=1)
            folder.joinpath(f"{role}-{name}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
