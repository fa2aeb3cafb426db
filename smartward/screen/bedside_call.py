"""The page after a call: three true receipts, what was asked for, and the truth when none comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.nurse_call import CallReason, CallState, MarkKind
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster
from smartward.i18n import Catalogue
from smartward.screen.beds import OPEN, bed_label, elapsed, leaf
from smartward.screen.beds_names import Namer
from smartward.wire.views import BedsideCall, TeamView

PATIENCE_S = 5.0
"""Seconds a receipt may take before the screen says that it has not come (real, not ward time)."""

UNANSWERED_S = 180
"""Seconds after which the page also says to ask somebody near."""

REASONS = {
    CallReason.BREATHLESS: "lungs",
    CallReason.PAIN: "emoticon-sad-outline",
    CallReason.TOILET: "toilet",
    CallReason.DRIP: "iv-bag",
    CallReason.WATER: "cup-water",
    CallReason.TURNING: "bed-outline",
    CallReason.COLD_OR_HOT: "thermometer",
    CallReason.OTHER: "dots-horizontal",
}
"""What may be needed, in the order of the page, with its icon."""


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
class ReasonRow:
    """One reason to touch. `status` is "", sending or told."""

    key: str
    icon: str
    text: str
    redFlag: bool
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallText:
    """The whole page. `truth` is what is honest to say now; `warning`: it points to help.

    `current` is the receipt to tell where only one has room: the next, or the last.
    """

    title: str = ""
    subtitle: str = ""
    brief: str = ""
    receipts: tuple[Receipt, ...] = ()
    current: int = 0
    truth: str = ""
    warning: bool = False
    answer: str = ""
    reasons: tuple[ReasonRow, ...] = ()
    mistake_said: bool = False
    mistake: str = ""


def own_call(calls: Sequence[BedsideCall]) -> BedsideCall | None:
    """The open call that the page is about: priority, then age."""
    still = [call for call in calls if call.state in OPEN]
    return min(still, key=lambda call: (call.priority.rank, call.placed_at, call.id), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What the page needs beside the call."""

    catalogue: Catalogue
    bed: str
    team: Sequence[TeamView]
    roster: Roster | None
    link_up: bool


def call_text(call: OwnCall, about: CallContext, now: datetime) -> CallText:
    """The page for one call."""
    text = about.catalogue.text
    stage = stage_of(call.told)
    late = call.waited_s >= PATIENCE_S
    truth, warning = _truth(call, about, stage, late, now)
    said = call.not_needed_touched or (call.told is not None and _marked(call.told))
    title, span = _title(call, about, stage, late), elapsed(call.placed_at, now)
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
        answer=_answer(call, about.catalogue),
        reasons=_reasons(call, about.catalogue),
        mistake_said=said,
        mistake=text("bedside.call.mistake_said" if said else "bedside.call.mistake"),
    )


def _marked(call: BedsideCall) -> bool:
    return any(mark.kind is MarkKind.NOT_NEEDED for mark in call.marks)


def stage_of(call: BedsideCall | None) -> int:
    """How far a call is: 0 touched, 1 at the hub, 2 seen at a station, 3 accepted, 4 here."""
    if call is None:
        return 0
    if call.present:
        return 4
    if call.state is not CallState.REQUESTED and call.on_the_way is not None:
        return 3
    return 2 if call.seen_by_station else 1


def _who(call: OwnCall, about: CallContext) -> str:
    """ "Nurse Li" for the person who accepted; empty when nobody known did.

    The person's role is looked up by the mark's person; without it a family name is a nurse's
    unless the team knows it otherwise.
    """
    if call.told is None or not call.told.on_the_way:
        return ""
    family = call.told.on_the_way
    namer = Namer(about.catalogue)
    accepted = [
        mark.by.person_id
        for mark in call.told.marks
        if mark.kind in (MarkKind.ON_THE_WAY, MarkKind.HANDED_OVER) and mark.by is not None
    ]
    if about.roster is not None and accepted:
        for member in about.roster.members:
            if member.id == accepted[-1] and member.family == family:
                return namer.staff(family, member.role.value)
    return namer.coming(family, about.team)


def _title(call: OwnCall, about: CallContext, stage: int, late: bool) -> str:
    text = about.catalogue.text
    if call.told is not None and call.told.nobody_came and stage < 4:
        return text("bedside.call.title.nobody_came")
    if stage == 0 and (late or not about.link_up):
        return text("bedside.call.title.stored")
    if stage == 3 and (who := _who(call, about)):
        return text("bedside.call.title.coming", who=who)
    return text(f"bedside.call.title.{('sending', 'sent', 'shown', 'seen', 'present')[stage]}")


def _receipts(call: OwnCall, about: CallContext, stage: int, late: bool) -> tuple[Receipt, ...]:
    names = ("sent", "shown", "accepted")
    return tuple(
        _receipt(name, index + 1, call, about, stage, late) for index, name in enumerate(names)
    )


def _receipt(
    name: str, number: int, call: OwnCall, about: CallContext, stage: int, late: bool
) -> Receipt:
    text = about.catalogue.text
    if stage >= number:
        state, icon = "done", "check-circle"
        words = text(f"bedside.receipt.{name}.done")
        if name == "accepted":
            who = _who(call, about)
            if stage == 4:
                words = text("bedside.receipt.present")
            elif who:
                icon, words = "walk", text("bedside.receipt.coming", who=who)
    else:
        overdue = stage == number - 1 and late
        state = "late" if overdue else "waiting"
        icon = "alert-circle-outline" if overdue else "circle-outline"
        words = text(f"bedside.receipt.{name}.{state}")
    return Receipt(key=name, status=state, text=words, icon=icon)


def _truth(
    call: OwnCall, about: CallContext, stage: int, late: bool, now: datetime
) -> tuple[str, bool]:
    """The honest sentence, and whether it points to the wired call unit."""
    text = about.catalogue.text
    if call.told is not None and call.told.nobody_came and stage < 4:
        return text("bedside.truth.nobody_came"), True
    if stage == 0:
        key, warning = ("not_sent", True) if late or not about.link_up else ("sending", False)
    elif stage == 4:
        key, warning = "present", False
    elif not about.link_up:
        key, warning = "link_lost", True
    elif stage == 3:
        key, warning = "coming", False
    elif (now - call.placed_at).total_seconds() >= UNANSWERED_S:
        key, warning = "unanswered", True
    elif late:
        key, warning = ("not_shown" if stage == 1 else "no_answer"), True
    else:
        key, warning = "wait", False
    return text(f"bedside.truth.{key}"), warning


def _answer(call: OwnCall, catalogue: Catalogue) -> str:
    """What is said to what was asked for; a red flag is called urgent only when it is."""
    reason = call.reason
    if reason is None:
        return catalogue.text("bedside.reason.optional")
    told = call.told is not None and call.told.reason is reason
    if reason is CallReason.TOILET:
        return catalogue.text("bedside.reason.answer_toilet")
    if not told:
        return catalogue.text("bedside.reason.sending")
    if reason is CallReason.BREATHLESS and call.urgent:
        return catalogue.text("bedside.reason.answer_urgent")
    return catalogue.text("bedside.reason.answer", what=reason_text(catalogue, reason))


def reason_text(catalogue: Catalogue, reason: CallReason) -> str:
    """A reason's words."""
    return catalogue.text(f"bedside.reason.{leaf(reason.value)}")


def _reasons(call: OwnCall, catalogue: Catalogue) -> tuple[ReasonRow, ...]:
    chosen = call.reason
    told = call.told is not None and call.told.reason is chosen
    return tuple(
        ReasonRow(
            key=reason.value,
            icon=icon,
            text=reason_text(catalogue, reason),
            redFlag=reason is CallReason.BREATHLESS,
            status="" if reason is not chosen else "told" if told else "sending",
        )
        for reason, icon in REASONS.items()
    )
