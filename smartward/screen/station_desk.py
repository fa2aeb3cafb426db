"""What the parts of the station need of the station."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from smartward.config import Settings
from smartward.i18n import Catalogue
from smartward.screen.services import Data
from smartward.screen.station_amount import AmountQuestion
from smartward.screen.station_ask import Question
from smartward.screen.station_names import NearTier
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words
from smartward.wire.envelope import Action, Person, Seen


class Desk(Protocol):
    """The station's model, as its parts see it."""

    settings: Settings
    ward_state: WardState
    near: NearTier

    @property
    def words(self) -> Words:
        """The station's phrases in the language shown."""

    @property
    def device_id(self) -> str:
        """Who this station is; empty before the hub ever said so."""

    @property
    def person(self) -> Person | None:
        """Who is known here now; None while nobody is."""

    def hub_now(self) -> datetime:
        """The hub's time."""

    def ask_beside(self, question: Question) -> None:
        """Ask beside the queue."""

    def ask_amount(self, question: AmountQuestion) -> None:
        """Ask for an exact amount beside the queue."""

    def as_staff(self, deed: Callable[[], None]) -> None:
        """Do it once somebody is known who does it."""

    def act_as_staff(
        self, kind: str, subject: str, data: Data | None = None, seen: Seen | None = None
    ) -> None:
        """One action of a member of staff."""

    def pending(self, *kinds: str) -> tuple[Action, ...]:
        """Touches on their way."""

    def tell(self, key: str, **values: str | int | float) -> None:
        """Tell a person something."""

    def tell_words(
        self, words: Callable[[Catalogue], str], *, of: str = "", urgent: bool = False
    ) -> None:
        """Tell a person something, in place of what was told `of` the same."""

    def tell_no_more(self, of: str) -> None:
        """What was told `of` this does not hold any more."""

    def show_all(self) -> None:
        """Bring everything up to date."""
