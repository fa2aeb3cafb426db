"""Pages are as large with the machine's own font rules as with ours, which are quicker to ask."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.ui.bed_scenes import SCENES
from tests.ui.bed_stage import application, box, stage

pytestmark = pytest.mark.long


def measured() -> Iterator[tuple[str, list[list[float]]]]:
    """Each page with the first scene of its role, in both languages: the place of each item."""
    for role, scenes in SCENES.items():
        for language in ("en", "zh_CN"):
            with stage(role, next(iter(scenes.values())), language=language) as on:
                places = [[p.x(), p.y(), p.width(), p.height()] for p in map(box, on.items())]
                yield f"{role} {language}", places


def test_nothing_is_elsewhere_by_the_machine_s_rules() -> None:
    application()
    code = (
        "import json; from tests.ui.bed_stage import application; from tests.ui import test_fonts;"
        "application(); print(json.dumps(dict(test_fonts.measured())))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout.splitlines()[-1])
    ours = dict(measured())
    assert len(ours) == 2 * len(SCENES)
    assert all(len(places) > 20 for places in ours.values())
    assert [name for name in ours if ours[name] != theirs[name]] == []
