"""What a view model is made of, handed in by `app.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from smartward.clinical.device import ScreenRole
from smartward.clock import Clock
from smartward.config import Settings
from smartward.i18n import Catalogue
from smartward.screen.link import LinkState
from smartward.screen.peer_records import DirectCalls
from smartward.screen.replica import Replica
from smartward.wire.envelope import Action

TASK_FAULT = "screen.fault.task"
"""Text key: work of this screen failed of something nobody foresaw, and was begun anew."""

Data = dict[str, str | int | None]


def _now(work: Callable[[], None]) -> None:
    work()


class ActionSink(Protocol):
    """Where touches go: durable when `put` returns. The screen's outbox."""

    def put(self, action: Action) -> None:
        """Store a touch. Raises StorageFault when it could not be made durable."""

    def pending(self) -> tuple[Action, ...]:
        """Touches that the replica does not show yet, oldest first."""


@dataclass(slots=True, kw_only=True)
class Services:
    """What a view model is made of."""

    role: ScreenRole
    settings: Settings
    clock: Clock
    replica: Replica
    link: LinkState
    outbox: ActionSink
    language: str
    appearance: str = "auto"
    """`auto` (by ward hours), `day` or `night`."""
    reduced_motion: bool = False
    """Nothing moves on the page; what flashes goes on flashing."""
    place: str | None = None
    """Bed or room given on the command line; else the enrolment tells it."""
    zone: ZoneInfo | None = None
    soon: Callable[[Callable[[], None]], None] = _now
    """Does work that a touch brings about once the touch is on its way to the hub: drawing a page
    anew may take a slow machine a tenth of a second. Without a hub it is done at once."""
    direct: DirectCalls = field(default_factory=DirectCalls)
    """Calls that go straight from bed to station and door while no hub answers."""
    applied: Callable[[], frozenset[str]] = frozenset
    """Ids of touches that a hub has applied and this screen was not shown since."""
    staged: bool = False
    """The first frame is still to come, and not all of the cache was read for it: what needs the
    rest waits until then (`ScreenModel.first_drawn`)."""
    catalogues: dict[str, Catalogue] = field(default_factory=dict)

    def catalogue(self, language: str) -> Catalogue:
        """The texts of a language, read once; what it does not say is said in this screen's own."""
        if language not in self.catalogues:
            zone = self.zone or self.settings.tz
            self.catalogues[language] = Catalogue(language, zone, fallback=self.language)
        return self.catalogues[language]

    def use_zone(self, zone: str) -> None:
        """Show times in the ward's own zone, once the ward's document has come."""
        self.zone = ZoneInfo(zone)
        for catalogue in self.catalogues.values():
            catalogue.zone = self.zone
