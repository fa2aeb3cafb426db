"""What the bedside shows, gathered from documents and touches; no Qt here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from smartward.clinical.nurse_call import CallReason
from smartward.i18n import Catalogue
from smartward.screen.beds import Presence, bed_label, free_text
from smartward.screen.bedside_call import OwnCall, own_call, stage_of
from smartward.screen.bedside_day import greeting, team_line
from smartward.screen.peer_records import Answered
from smartward.wire.call_view import BedsideCall
from smartward.wire.envelope import Action, ActionKind
from smartward.wire.views import BedsideEncounter, BedView

_UNTOLD_AT_MOST = timedelta(days=1)
_UNSEEN_AT_MOST = timedelta(hours=1)
"""For so long the page goes on about a call that a hub has taken and tells this screen nothing of:
it may have been answered and ended long since."""
_PRESSES = (ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN)

LABELS = {
    "call": "bedside.call_button",
    "again": "bedside.call_again",
    "today": "bedside.today",
    "moreBelow": "bedside.plan.more",
    "readAloud": "bedside.read_aloud",
    "drip": "bedside.drip.title",
    "care": "bedside.care",
    "team": "bedside.team_page",
    "staff": "bedside.staff",
    "back": "bedside.back",
    "question": "bedside.call.question",
    "noCall": "bedside.no_call",
    "openPin": "bedside.layer.open_pin",
    "openStaff": "bedside.layer.open_staff",
    "pinDigits": "bedside.pin.digits",
    "board": "bedside.board_page",
    "boardCall": "bedside.board.call",
    "boardBack": "bedside.board.back",
    "nextPage": "bedside.next_page",
    "speak": "bedside.say.page",
    "dripLeft": "bedside.drip.bar",
    "readings": "bedside.reading.title",
    "readingsNone": "bedside.reading.none",
    "readingsClose": "bedside.reading.close",
    "teamNone": "bedside.team_empty.text",
    "comfort": "bedside.comfort.title",
    "restDetail": "bedside.comfort.rest_detail",
    "restHint": "bedside.rest.hint",
    "askedLater": "bedside.asked.later",
    "askedHint": "bedside.asked.hint",
}
"""The page's fixed words by the names that QML uses."""

STAFF_LABELS = {
    "setup": "bedside.setup.title",
    "turns": "bedside.turns.title",
    "observations": "observation_pad.title",
    "observationsLocked": "observation_pad.locked",
    "observationsUnlock": "observation_pad.unlock",
    "panelNobody": "bedside.panel.nobody",
    "panelArrive": "bedside.panel.arrive",
    "panelClose": "bedside.panel.close",
}
"""The same of what staff read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeText:
    """The head of the home page, and what stands in place of the day when nobody is known."""

    title: str = ""
    subtitle: str = ""
    message: str = ""
    message_detail: str = ""


def home_text(
    catalogue: Catalogue,
    bed: BedView | None,
    stay: BedsideEncounter | None,
    state: Presence,
    now: datetime,
    *,
    checking: bool = False,
) -> HomeText:
    """Greeting and team for a known patient; otherwise the truth about the bed. `checking`: the hub
    is asked for the first time since the start, which takes seconds: nothing is wrong yet."""
    text = catalogue.text
    hello = greeting(catalogue, stay, now, known=state is Presence.KNOWN)
    if bed is None:
        return HomeText(
            title=hello,
            message=text("bedside.no_bed"),
            message_detail=text("bedside.no_bed_detail"),
        )
    label = bed_label(catalogue, bed.number)
    if state is Presence.KNOWN and stay is not None:
        return HomeText(title=hello, subtitle=team_line(catalogue, label, stay.team))
    if state is Presence.FREE:
        return HomeText(
            title=label,
            message=free_text(catalogue, bed),
            message_detail=text("bedside.free_detail"),
        )
    if checking and not bed.doubtful:
        return HomeText(
            title=hello,
            subtitle=label,
            message=text("bedside.checking"),
            message_detail=text("bedside.checking_detail"),
        )
    why = text("bedside.doubt_conflict" if bed.doubtful else "bedside.doubt_age")
    return HomeText(
        title=hello,
        subtitle=label,
        message=text("bedside.doubt"),
        message_detail=text("bedside.doubt_detail", why=why),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """What is known of touches while the hub shows this screen nothing: which it has applied.
    `now`: by the clock that dated the touches."""

    applied: frozenset[str]
    now: datetime

    def is_over(self, call_id: str, touches: Sequence[Action]) -> bool:
        """Whether a call was taken so long ago that nothing is known of it any more."""
        last = _last_press(call_id, touches)
        taken = last is not None and last.id in self.applied
        return taken and last is not None and self.now - last.made_at > _UNSEEN_AT_MOST


def _last_press(call_id: str, touches: Sequence[Action]) -> Action | None:
    pressed = [one for one in touches if one.subject == call_id and one.kind in _PRESSES]
    return pressed[-1] if pressed else None


class CallWatch:
    """Joins what the hub tells of this bed's call with what was touched here and not yet told."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: tuple[str, int] = ("", -1)
        self._since_at = 0.0
        self._opened_at = 0.0
        self.call_id: str | None = None
        """The open call, made here or told by the hub."""

    def look(
        self,
        calls: Sequence[BedsideCall],
        touches: Sequence[Action],
        live_at: datetime | None = None,
        encounter_id: str | None = None,
        direct: Mapping[str, Answered] = MappingProxyType({}),
        unseen: Unseen | None = None,
    ) -> OwnCall | None:
        """The bed's open call now; None when there is none. The reason of whoever lay here before
        `encounter_id` is not shown to them.

        `live_at`: the time, while the hub is heard. A call that was touched here more than a day
        before it and that the hub does not tell of is over, whatever became of its answer.
        `direct`: what was answered to calls that went straight; one that was closed so is over.
        `unseen`: what a hub has taken of a screen that it shows nothing.
        """
        closed = {id for id, answered in direct.items() if answered.closed}
        closed |= {touch.subject for touch in touches if touch.kind == ActionKind.CALL_CLOSE}
        told = own_call(calls)
        known = {call.id for call in calls}
        placed = [
            touch
            for touch in touches
            if touch.kind == ActionKind.CALL_PLACE
            and touch.subject not in known
            and touch.subject not in closed
            and (live_at is None or live_at - touch.made_at <= _UNTOLD_AT_MOST)
            and not (unseen is not None and unseen.is_over(touch.subject, touches))
        ]
        if told is None and not placed:
            self.call_id, self._since = None, ("", -1)
            return None
        self.call_id = told.id if told is not None else placed[0].subject
        self._remember(stage_of(told))
        mine = [
            touch
            for touch in touches
            if touch.subject == self.call_id and touch.seen.encounter_id == encounter_id
        ]
        reasons = [str(t.data["reason"]) for t in mine if t.kind == ActionKind.CALL_REASON]
        last = _last_press(self.call_id, touches)
        return OwnCall(
            placed_at=told.placed_at if told is not None else placed[0].made_at,
            unseen=told is None
            and unseen is not None
            and last is not None
            and last.id in unseen.applied,
            told=told,
            waited_s=self._monotonic() - self._since_at,
            reason_touched=CallReason(reasons[-1]) if reasons else None,
            not_needed_touched=any(t.kind == ActionKind.CALL_NOT_NEEDED for t in mine),
            direct=direct.get(self.call_id),
        )

    @property
    def open_s(self) -> float:
        """Real seconds since this screen first knew of the call."""
        return self._monotonic() - self._opened_at

    def _remember(self, stage: int) -> None:
        key = (self.call_id or "", stage)
        if key[0] != self._since[0]:
            self._opened_at = self._monotonic()
        if key != self._since:
            self._since, self._since_at = key, self._monotonic()
