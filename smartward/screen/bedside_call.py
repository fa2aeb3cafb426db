"""The page after a call: three true receipts, what was asked for, and the truth when none comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.call_mark import PROVED, Mark, asked_anew
from smartward.clinical.nurse_call import CallReason, CallState, MarkKind
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster
from smartward.i18n import Catalogue
from smartward.screen.beds import OPEN, bed_label, elapsed
from smartward.screen.beds_names import Namer
from smartward.screen.bedside_reasons import Asked, ReasonRow, answer, reason_rows
from smartward.screen.bedside_spoken import together
from smartward.screen.peer_records import Answered
from smartward.wire.call_view import BedsideCall
from smartward.wire.views import TeamView

PATIENCE_S = 5.0
"""Seconds a receipt may take before the screen says that it has not come (real, not ward time)."""

UNANSWERED_S = 180
"""Seconds after which the page also says to ask somebody near."""

_BEGINS_ANEW = frozenset({MarkKind.LEFT, MarkKind.HANDED_OVER})
"""Somebody had answered, and does so no more: it waits for an answer from then on."""
_ASKS = frozenset({MarkKind.ESCALATED, MarkKind.PRESSED})
"""Marks with which a call that waits for an answer is told once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCall:
    """A call as this screen knows it: from the hub, or only touched here so far.

    `reason_touched`, `not_needed_touched`: touched here, not yet told by the hub.
    `waited_s`: real seconds since the last receipt came (or since the touch).
    """

    placed_at: datetime
    told: BedsideCall | None
    waited_s: float = 0.0
    reason_touched: CallReason | None = None
    not_needed_touched: bool = False
    unseen: bool = False
    """A hub has taken the last press, and shows this screen nothing of what becomes of it."""
    direct: Answered | None = None
    """What was answered to it straight, while no hub has taken it."""

    @property
    def reason(self) -> CallReason | None:
        """What was touched last, else what the hub has."""
        if self.reason_touched is not None:
            return self.reason_touched
        return None if self.told is None else self.told.reason

    @property
    def urgent(self) -> bool:
        """Whether the hub holds it as high priority: never claimed before."""
        return self.told is not None and self.told.priority is Priority.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One of the three receipts. `status` is done, waiting or late."""

    key: str
    status: str
    text: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallText:
    """The whole page. `truth` is what is honest to say now; `warning`: it points to help;
    `must_tell`: it stands however little room there is.

    `current` is the receipt to tell where only one has room: the next, or the last.
    """

    title: str = ""
    subtitle: str = ""
    brief: str = ""
    receipts: tuple[Receipt, ...] = ()
    current: int = 0
    truth: str = ""
    warning: bool = False
    must_tell: bool = False
    answer: str = ""
    reasons: tuple[ReasonRow, ...] = ()
    mistake_said: bool = False
    mistake: str = ""


def own_call(calls: Sequence[BedsideCall]) -> BedsideCall | None:
    """The open call that the page is about: priority, then age. A lost wire rings at the station
    but is nobody's call: a press here makes one of its own."""
    lost = CallReason.LINE_LOST
    still = [call for call in calls if call.state in OPEN and call.reason is not lost]
    return min(still, key=lambda call: (call.priority.rank, call.placed_at, call.id), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What the page needs beside the call. `falls`: falls-risk, to stay in bed; `fasting`: must not
    drink; `wire_lost`: a wired call unit is dead: nobody is sent to one that may be it."""

    catalogue: Catalogue
    bed: str
    team: Sequence[TeamView]
    roster: Roster | None
    link_up: bool
    falls: bool = False
    fasting: bool = False
    wire_lost: bool = False


def call_text(call: OwnCall, about: CallContext, now: datetime) -> CallText:
    """The page for one call."""
    text = about.catalogue.text
    stage = max(stage_of(call.told), 1 if call.unseen else 0)
    late = call.waited_s >= PATIENCE_S
    waits = _unanswered(call, stage, now)
    broken = call.told is not None and call.told.nobody_came
    truth, warning = _truth(call, about, stage, late, now)
    said = call.not_needed_touched or (call.told is not None and _marked(call.told))
    asked = Asked(
        reason=call.reason,
        told=call.told is not None and call.told.reason is call.reason,
        urgent=call.urgent,
        fasting=about.fasting,
    )
    title = _title(call, about, stage, late, waits)
    span = elapsed(call.placed_at, now)
    return CallText(
        title=title,
        subtitle=text(
            "bedside.call.subtitle", bed=bed_label(about.catalogue, about.bed), span=span
        ),
        brief=text("bedside.call.state", what=title, span=span),
        receipts=_receipts(call, about, stage, late),
        current=min(stage, 2),
        truth=truth,
        warning=warning,
        must_tell=warning or (about.falls and stage < 4),
        answer=answer(
            about.catalogue,
            asked,
            linked=stage > 0 and about.link_up,
            comes=stage > 1 and about.link_up and not waits and not broken,
        ),
        reasons=reason_rows(about.catalogue, asked),
        mistake_said=said,
        mistake=text("bedside.call.mistake_said" if said else "bedside.call.mistake"),
    )


def _marked(call: BedsideCall) -> bool:
    return any(mark.kind is MarkKind.NOT_NEEDED for mark in call.marks)


def stage_of(call: BedsideCall | None) -> int:
    """How far a call is: 0 touched, 1 at the hub, 2 seen at a station, 3 accepted, 4 here."""
    if call is None:
        return 0
    if call.present and asked_anew(call.marks) is None:
        return 4
    # Of who was there while it was pressed again nobody knows that they still are.
    if not call.present and call.state is not CallState.REQUESTED and call.on_the_way is not None:
        return 3
    return 2 if call.seen_by_station else 1


def _who(call: OwnCall, about: CallContext) -> str:
    """ "Nurse Li" for the person who accepted and had proved who they are; else empty.

    The person's role is looked up by the mark's person; without it a family name is a nurse's
    unless the team knows it otherwise.
    """
    if call.told is None or not call.told.on_the_way:
        return ""
    family = call.told.on_the_way
    accepted = [mark for mark in call.told.marks if _named(mark, family)]
    if not accepted or accepted[-1].by is None:
        return ""
    namer = Namer(about.catalogue)
    if about.roster is not None:
        for member in about.roster.members:
            if member.id == accepted[-1].by.person_id and member.family == family:
                return namer.staff(family, member.role.value)
    return namer.coming(family, about.team)


def _named(mark: Mark, family: str) -> bool:
    """Whether this mark is of a proved person of that name who said "I go"."""
    if mark.kind is not MarkKind.ON_THE_WAY or mark.by is None:
        return False
    return mark.by.family == family and mark.by.known in PROVED


def _waits_since(call: OwnCall) -> datetime:
    """Since when nobody has answered."""
    marks = () if call.told is None else call.told.marks
    anew = asked_anew(marks) if call.told is not None and call.told.present else None
    if anew is not None:
        return anew
    return max([call.placed_at, *(mark.at for mark in marks if mark.kind in _BEGINS_ANEW)])


def _asked_again(call: OwnCall) -> datetime | None:
    """When the ward was last told once more, None while it was told once."""
    if call.told is None:
        return None
    since = _waits_since(call)
    times = [mark.at for mark in call.told.marks if mark.kind in _ASKS and mark.at > since]
    pressed = call.told.last_press_at
    if pressed is not None and call.told.presses > 1 and pressed > since:
        times.append(pressed)
    return max(times, default=None)


def _unanswered(call: OwnCall, stage: int, now: datetime) -> bool:
    """Whether the ward has it for so long that its silence is the news: told again by the clock, or
    `UNANSWERED_S` old."""
    if call.told is None or stage > 2:
        return False
    since = _waits_since(call)
    if (now - since).total_seconds() >= UNANSWERED_S:
        return True
    timed = MarkKind.ESCALATED
    return any(m.kind is timed and m.why is None and m.at > since for m in call.told.marks)


def _title(call: OwnCall, about: CallContext, stage: int, late: bool, waits: bool) -> str:
    text = about.catalogue.text
    nobody_came = call.told is not None and call.told.nobody_came and stage < 4
    if not about.link_up and (nobody_came or waits):
        # Somebody may have answered, or be here: nobody tells this screen.
        return text("bedside.call.title.unknown")
    if nobody_came:
        return text("bedside.call.title.nobody_came")
    if stage == 0:
        waits = late or not about.link_up
        return text(f"bedside.call.title.{'stored' if waits else 'sending'}")
    if waits:
        return text("bedside.receipt.accepted.late")
    if call.told is not None and call.told.present and stage < 4:
        return text("bedside.call.title.again")
    if stage == 1:
        return text("bedside.call.title.sent")
    return _receipt_done("shown" if stage == 2 else "accepted", call, about, stage)[1]


def _receipts(call: OwnCall, about: CallContext, stage: int, late: bool) -> tuple[Receipt, ...]:
    names = ("sent", "shown", "accepted")
    return tuple(
        _receipt(name, index + 1, call, about, stage, late) for index, name in enumerate(names)
    )


def _receipt(
    name: str, number: int, call: OwnCall, about: CallContext, stage: int, late: bool
) -> Receipt:
    if stage >= number:
        icon, words = _receipt_done(name, call, about, stage)
        return Receipt(key=name, status="done", text=words, icon=icon)
    # Without the hub nobody knows of a receipt that it had not come; of the first it is known.
    overdue = stage == number - 1 and late and (about.link_up or stage == 0)
    state = "late" if overdue else "waiting"
    icon = "alert-circle-outline" if overdue else "circle-outline"
    words = about.catalogue.text(f"bedside.receipt.{name}.{state}")
    return Receipt(key=name, status=state, text=words, icon=icon)


def _receipt_done(name: str, call: OwnCall, about: CallContext, stage: int) -> tuple[str, str]:
    """Icon and words of a receipt that has come; the page's title says the same."""
    text = about.catalogue.text
    if name == "accepted":
        if stage == 4:
            return "check-circle", text("bedside.receipt.present")
        if who := _who(call, about):
            return "walk", text("bedside.receipt.coming", who=who)
    return "check-circle", text(f"bedside.receipt.{name}.done")


def _truth(
    call: OwnCall, about: CallContext, stage: int, late: bool, now: datetime
) -> tuple[str, bool]:
    """The honest sentence, and whether it points to help. Whoever may fall is asked to stay in bed
    from the press on, whatever else there is to say."""
    text = about.catalogue.text
    key, help_ = _finding(call, about, stage, late, now)
    again = _asked_again(call)
    if key == "unanswered" and again is not None:
        said = text("bedside.truth.asked_again", at=again.isoformat())
    else:
        said = text(f"bedside.truth.{key}")
    if about.falls and stage < 4:
        stay = text("bedside.stay_in_bed")
        said = stay if key == "coming" else together(about.catalogue, (stay, said))
    if help_:
        where = f"{help_}_near" if about.wire_lost else help_
        said = together(about.catalogue, (said, text(f"bedside.help.{where}")))
    return said, bool(help_)


def _finding(
    call: OwnCall, about: CallContext, stage: int, late: bool, now: datetime
) -> tuple[str, str]:
    """What is true now, and which help to point to ("" for none)."""
    found = ("wait", "")
    if about.link_up and call.told is not None and call.told.nobody_came and stage < 4:
        found = ("nobody_came", "urgent")
    elif stage == 0:
        found = ("not_sent", "now") if late or not about.link_up else ("sending", "")
    elif call.unseen:
        found = ("unseen", "urgent")
    elif stage == 4:
        found = ("present", "")
    elif not about.link_up:
        found = ("link_lost", "urgent")
    elif stage == 3:
        found = ("coming", "")
    elif _unanswered(call, stage, now):
        old = (now - _waits_since(call)).total_seconds() >= UNANSWERED_S
        found = ("unanswered", "both" if old else "urgent")
    elif late:
        found = ("not_shown" if stage == 1 else "no_answer", "urgent")
    elif call.told is not None and call.told.presses > 1:
        found = ("wait_again", "")
    return found
