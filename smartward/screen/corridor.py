"""View model of the corridor: which beds call, of what kind and for how long, read at 8 m."""

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.screen.beds import asks
from smartward.screen.corridor_rows import (
    LEAST_PLACES,
    CorridorRow,
    More,
    in_order,
    more,
    page_of,
    rows,
)
from smartward.screen.corridor_sound import CorridorSound
from smartward.screen.list_model import KeyedListModel
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.screen.station_sound import Announcer
from smartward.wire.call_view import CorridorCall
from smartward.wire.views import CorridorBed

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class CorridorModel(ScreenModel):
    """The ward's open calls for everybody who walks by: no name, no reason."""

    totalChanged = Signal()
    moreChanged = Signal()
    toldChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._rows = KeyedListModel(CorridorRow, self)
        self._places = LEAST_PLACES
        self._total = self._waiting = 0
        self._more = More()
        self._live_since: datetime | None = None
        self._told = ("", "", "", "")
        self._sound = CorridorSound(services.settings.corridor_sounds)
        services.link.listeners.append(self._renew_now)

    # ------------------------------------------------------------------------------ what it says

    @Property(QObject, constant=True)
    def calls(self) -> KeyedListModel[CorridorRow]:
        """The calls that have a place; the fields of `CorridorRow`."""
        return self._rows

    @Property(int, notify=totalChanged)
    def total(self) -> int:
        """How many calls are open; the page draws them denser when they are many."""
        return self._total

    @Property(str, notify=moreChanged)
    def moreText(self) -> str:
        """How many calls have no place; empty while all have one."""
        return self._more.text

    @Property(str, notify=moreChanged)
    def morePriority(self) -> str:
        """The highest priority among the calls without a place."""
        return self._more.priority

    @Property(bool, notify=moreChanged)
    def moreFlashing(self) -> bool:
        """Whether one of that priority waits for somebody."""
        return self._more.flashing

    @Property(bool, notify=toldChanged)
    def lost(self) -> bool:
        """Whether this screen cannot know what is called now."""
        return self._live_since is None

    @Property(bool, notify=toldChanged)
    def mayLack(self) -> bool:
        """Whether a new call may not show here: no hub is heard, or it cannot store one."""
        return not self.services.link.told_of_calls

    @Property(str, notify=toldChanged)
    def headline(self) -> str:
        """Nobody waits; or as of when the calls are; or that some may be missing, or that they
        cannot be known. Empty while calls stand there and the link is good."""
        return self._told[0]

    @Property(str, notify=toldChanged)
    def detail(self) -> str:
        """Since when the link is good; or which link is broken since when, and what to do."""
        return self._told[1]

    @Property(str, notify=toldChanged)
    def countText(self) -> str:
        """How many calls wait for somebody."""
        return self._told[2]

    @Property(str, notify=toldChanged)
    def wardName(self) -> str:
        """The ward's name."""
        return self._told[3]

    @Slot(int)
    def setPlaces(self, places: int) -> None:
        """The page has room for so many calls at a size that is read at 8 m."""
        if places != self._places:
            self._places = places
            self._renew_now()

    # ------------------------------------------------------------------------------- how it comes

    def connect_sound(self, announcer: Announcer) -> None:
        """Use this device's sound from now on."""
        self._sound.connect(announcer)

    def refresh(self, changes: Changes) -> None:
        """Bring everything up to date."""
        self._renew(self.clock.now())

    def tick(self, now: datetime) -> None:
        """Ages go on, and pages turn."""
        self._renew(now)

    def relabel(self) -> None:
        """The language has changed: every text of the page is new."""
        super().relabel()
        self.moreChanged.emit()

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        tone = self._sound.now.priority
        return {
            "open_calls": self._total,
            "numbers": [row.number for row in self._rows.rows],
            "more": self._more.text,
            "headline": self._told[0],
            "alarm": None if tone is None else tone.value,
        }

    def _renew_now(self) -> None:
        self._renew(self.clock.now())

    def _renew(self, now: datetime) -> None:
        link = self.services.link
        if not link.live:
            self._live_since = None
        elif self._live_since is None:
            self._live_since = now
        as_of = link.known_until(now)
        at = link.hub_now(as_of)
        beds = {bed.id: bed for bed in self.replica.all("bed", CorridorBed)}
        calls = in_order(self.replica.all("nurse_call", CorridorCall))
        page = page_of(calls, self._places, link.hub_now(now))
        found = rows(self.texts, page.shown, beds, at, live=link.live)
        told_more = more(self.texts, page, live=link.live)
        self._rows.update(found)
        self._waiting = sum(asks(call) for call in calls)
        if told_more != self._more:
            self._more = told_more
            self.moreChanged.emit()
        if len(calls) != self._total:
            self._total = len(calls)
            self.totalChanged.emit()
        self._tell(as_of)
        lost_for = timedelta(0) if link.live else now - as_of
        self._sound.step(calls, beds, self.texts.language, link.hub_now(now), lost_for)
        self.want_seconds(bool(calls))

    def _tell(self, as_of: datetime) -> None:
        told = (*self._headline(as_of), self._count(), self.ward.name)
        if told != self._told:
            self._told = told
            self.toldChanged.emit()

    def _headline(self, as_of: datetime) -> tuple[str, str]:
        text = self.texts.text
        if self._live_since is None:
            known = self._total > 0 and self.services.link.last_heard is not None
            head = text("corridor.as_of", at=as_of.isoformat()) if known else text("corridor.blind")
            return head, text("corridor.go_by_lamps", link=str(self.linkText))
        if not self.services.link.hub_stores:
            key = "corridor.may_lack" if self._total else "corridor.blind"
            return text(key), str(self.linkText)
        if self._total:
            return "", ""
        since = text("corridor.linked", since=self._live_since.isoformat())
        return text("corridor.nobody"), since

    def _count(self) -> str:
        if not self._total or self._live_since is None:
            return ""
        return self.texts.text("corridor.waiting", n=self._waiting)
