"""A screen without a hub: its documents from a file, for pictures, layout work and tests."""

from datetime import datetime
from pathlib import Path

import msgspec

from smartward.clock import Clock
from smartward.errors import BadData
from smartward.screen.link import LinkState, Phase
from smartward.screen.replica import Replica
from smartward.wire.envelope import Action, Document


class Scene(msgspec.Struct, kw_only=True):
    """Documents (`body` in the role's view types), and how the links stand. Times are UTC.

    A file that holds a bare list is a scene of documents alone.
    """

    documents: list[Document]
    place: str | None = None
    device_id: str = ""
    """Who this screen is: a station that is asked to take over knows itself by it."""
    phase: Phase = Phase.LIVE
    lost_at: datetime | None = None
    last_heard: datetime | None = None
    """None: now, or never where the link is not live and was not lost."""
    enrolled_as: str = ""
    blocked: str = ""
    """Text key, with the phase "blocked"; `blocked_values` fill its words."""
    blocked_values: dict[str, str] = {}
    his_as_of: datetime | None = None
    """Last completed census; None: now."""
    his_up: bool = True
    no_census: bool = False
    """There never was a census: no name is shown."""


class PictureOutbox:
    """Touches on a screen without a hub: kept in memory, never sent."""

    def __init__(self) -> None:
        self._actions: list[Action] = []

    def put(self, action: Action) -> None:
        """Keep a touch."""
        self._actions.append(action)

    def pending(self) -> tuple[Action, ...]:
        """All touches."""
        return tuple(self._actions)


def read_scene(file: Path) -> Scene:
    """Read a scene. Raises BadData when the file is not one."""
    try:
        raw = file.read_bytes()
        if raw.lstrip().startswith(b"["):
            return Scene(documents=msgspec.json.decode(raw, type=list[Document]))
        return msgspec.json.decode(raw, type=Scene)
    except (OSError, msgspec.DecodeError) as error:
        raise BadData("screen.bad_scene", f"{file.name}: {error}", file=file.name) from error


def show_scene(scene: Scene, replica: Replica, link: LinkState, clock: Clock) -> None:
    """Put a scene's documents into the replica and its links into the link state."""
    link.phase, link.lost_at = scene.phase, scene.lost_at
    heard = scene.phase is Phase.LIVE or scene.lost_at is not None
    link.last_heard = scene.last_heard or (clock.now() if heard else None)
    link.enrolled_as = scene.enrolled_as
    link.blocked, link.blocked_values = scene.blocked, scene.blocked_values
    link.his_up, link.place = scene.his_up, scene.place
    link.device_id = scene.device_id
    link.his_as_of = None if scene.no_census else scene.his_as_of or clock.now()
    replica.load(scene.documents, max((d.seq for d in scene.documents), default=0))
