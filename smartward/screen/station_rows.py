"""The rows of the Now queue as finished text: where, what, since when, for whom, and what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smartward.clinical.alert import Alert, AlertState, SubjectKind, snoozed
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import RAISED_BY_PRESSES, MarkKind, asked_anew, asked_since_answer
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.nurse_call import (
    FLOOR,
    HIGH_FROM_STEP,
    CallClass,
    CallReason,
    CallState,
    NurseCall,
    muted_until,
    nobody_came,
    sounding,
)
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile
from smartward.clinical.routing import addressee
from smartward.screen.beds import condition_word, level_word
from smartward.screen.station_alerts import mark, parts, status
from smartward.screen.station_names import Names, board_names
from smartward.screen.station_queue import CALL_ICONS, QueueItem, call_icon
from smartward.screen.station_state import WardState
from smartward.screen.station_which_bed import which_bed
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind

MOST_BEDS = 6
"""So many bed numbers stand in the row of a lost gateway; of the rest their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One row. Everything a delegate needs; nothing it must decide."""

    key: str
    bedId: str
    number: str
    icon: str
    title: str
    sub: str
    aim: str
    """For whom it is, or whose patient it is."""
    todo: str
    """What to do, of an alert nobody has taken; where a call ends that ends at one place only."""
    time: str
    priority: str
    flashing: bool
    status: str
    accept: bool
    reinforce: bool
    handOver: bool
    open: bool
    sounding: bool
    mark: str = ""
    """The shape of an alert that is not plain: escalated, latched or snoozed."""
    later: bool = False
    """Whether it may be put off."""
    done: bool = False
    """Whether it may be said to be done."""
    whichBed: str = ""
    """Of a call that may come from one of several beds: which; what to do begins with it."""


def rows(
    state: WardState,
    found: Iterable[QueueItem],
    words: Words,
    now: datetime,
    names: Names | None = None,
) -> list[QueueRow]:
    """The rows of the queue. `names`: what of each name is shown, where that is known already."""
    shown = board_names(state, words) if names is None else names
    told = _Told(state, shown, words, now)
    return [
        told.call(item.call, item) if item.call is not None else told.alert(item) for item in found
    ]


def private(row: QueueRow, item: QueueItem, words: Words) -> QueueRow:
    """The row's far tier: bed, class and age; the verbs stay."""
    call = item.call
    if call is not None:
        # What a lost line says is no patient's reason.
        if call.reason is not CallReason.LINE_LOST:
            title, icon = words.text(f"call.{call.call_class.value}"), CALL_ICONS[call.call_class]
        else:
            title, icon = row.title, row.icon
        status = row.status and _asks_anew(call, words)
        status = status or (row.status and words.text(f"private.{call.state.value}"))
    else:
        title, icon = words.text(f"private.{item.priority.value}"), "bell-outline"
        # What is wrong with a device is no patient's secret.
        if item.the_alert.subject.kind is SubjectKind.DEVICE:
            title, icon = row.title, row.icon
        status = row.status and words.text("private.taken")
    sub, todo = "", row.whichBed
    if row.mark == "direct" and not sub:
        # That a call came without a hub is no secret either.
        sub = words.catalogue.text("peer.station.direct")
    return replace(row, title=title, icon=icon, sub=sub, aim="", todo=todo, status=status)


def _card_title(item: QueueItem, words: Words, now: datetime) -> str:
    """The headline, and how much more stands on its card."""
    title = words.told(item.the_alert.title, now)
    return words.text("alert.and_more", title=title, n=len(item.parts)) if item.parts else title


def sending(row: QueueRow, waiting: Mapping[str, str], live: bool, words: Words) -> QueueRow:
    """The row while a touch on it is on its way: told as such, and not offered a second time.

    `waiting`: subject of each such action to its kind.
    """
    kind = waiting.get(row.key.partition(":")[2])
    if kind is None:
        return row
    told = words.text("status.sending" if live else "status.waiting_for_hub")
    if kind in (ActionKind.CALL_REINFORCE, ActionKind.CALL_LOWER):
        keep = kind != ActionKind.CALL_REINFORCE and row.reinforce
        return replace(row, reinforce=keep, status=row.status or told)
    return replace(
        row, accept=False, handOver=False, reinforce=False, later=False, done=False, status=told
    )


def call_title(call: NurseCall, words: Words) -> str:
    """What is called for, in words a tired person reads once."""
    if call.call_class is CallClass.NORMAL and call.reason is not None:
        return words.choice("reason", call.reason.value)
    return words.text(f"call.{call.call_class.value}")


def _asks_anew(call: NurseCall, words: Words) -> str:
    """That it was pressed again after somebody was there, and whether that goes unanswered."""
    since = asked_anew(call.marks) if call.state is CallState.IN_PROGRESS else None
    if since is None:
        return ""
    timed = [m for m in call.marks if m.kind is MarkKind.ESCALATED and m.why is None]
    late = any(mark.at > since for mark in timed)
    return words.text("status.again_unanswered" if late else "status.again")


def may_be_lowered(call: NurseCall) -> bool:
    """Whether its priority was raised above that of its class."""
    return call.priority is not FLOOR[call.call_class]


def raised_by_presses(call: NurseCall) -> bool:
    """Whether what raised it last was that it was pressed again and again."""
    raised = [mark for mark in call.marks if mark.kind is MarkKind.ESCALATED]
    return bool(raised) and raised[-1].why == RAISED_BY_PRESSES


def call_place(state: WardState, call: NurseCall, words: Words) -> str:
    """Where the call was made: a call point by its kind and label, else the screen; empty where
    nobody knows."""
    point = state.call_points.get(call.call_point_id or call.device_id)
    if point is not None:
        kind = words.text(f"point.{point.kind.value}")
        return f"{kind} {point.label}" if point.label else kind
    screen = state.screens.get(call.device_id)
    return words.text(f"screen.role.{screen.role.value}") if screen is not None else ""


def closes_where(state: WardState, call: NurseCall, words: Words) -> str:
    """Of a call that ends at one place only: where. The station has no key for it."""
    if call.call_class is CallClass.NORMAL:
        return ""
    place = call_place(state, call, words)
    if not place:
        return words.text("closes.there")
    # A word for a kind of place begins a line elsewhere; here it stands within the sentence.
    return words.text("closes.at", place=place[:1].lower() + place[1:])


def reach_words(profile: Profile, words: Words) -> Iterable[str]:
    """What must be known before one answers this person."""
    if profile.hearing_impaired:
        yield words.text("reach.hearing")
    if profile.speech_impaired:
        yield words.text("reach.speech")
    language = words.other_language(profile.language)
    if language:
        yield words.text("reach.language", language=language)


def patient_marks(stay: Encounter, words: Words) -> Iterable[str]:
    """Level and condition."""
    if stay.nursing_level is not None:
        yield level_word(words.catalogue, stay.nursing_level, short=True)
    if stay.condition is not None:
        yield condition_word(words.catalogue, stay.condition)


def watch_marks(stay: Encounter, words: Words) -> Iterable[str]:
    """What to hurry or dress for: falls, isolation."""
    present = {p.slot for p in stay.precautions if p.state is Assessment.PRESENT}
    for slot in (PrecautionSlot.FALL, PrecautionSlot.ISOLATION):
        if slot in present:
            yield words.text(f"mark.{slot.value}")


def present_text(state: WardState, bed: Bed | None, words: Words) -> str:
    """Who is in the room now, `在房：李敏`; empty while nobody is."""
    presence = state.presences.get(bed.id) if bed is not None else None
    if presence is None or not presence.people:
        return ""
    known = [one.by.name for one in presence.people if one.by.name]
    if not known:
        return words.text("present.somebody")
    return words.text("present.named", who=words.listed(dict.fromkeys(known)))


def present_short(state: WardState, bed: Bed, words: Words) -> str:
    """The family names of those who are in the room, for a card."""
    presence = state.presences.get(bed.id)
    people = presence.people if presence is not None else ()
    if not people:
        return ""
    known = dict.fromkeys(name for one in people if (name := words.actor_family(one.by)))
    return words.listed(known) if known else words.text("present.short")


def alert_time(alert: Alert, words: Words, now: datetime) -> str:
    """Minutes to harm while it is ahead; how long it is past, or overdue; else how long it has
    waited."""
    due = words.instant(alert.why.values.get("due"))
    if alert.rule == "observations_overdue" and due is not None and due < now:
        return words.text("time.overdue", span=words.minutes((now - due).total_seconds()))
    if alert.harm_at is None:
        return words.waited(alert.opened_at, now)
    left = alert.harm_at - now
    if left > timedelta(0):
        # Rounded up: "0 min left" is said only when it is past.
        return words.text("time.left", span=words.minutes(left.total_seconds() + 59))
    if left > timedelta(minutes=-1):
        return words.text("time.now")
    return words.text("time.past", span=words.minutes(-left.total_seconds()))


@dataclass(frozen=True, slots=True)
class _Told:
    state: WardState
    names: Names
    words: Words
    now: datetime

    def call(self, call: NurseCall, item: QueueItem) -> QueueRow:
        asks, words = item.asks, self.words
        return QueueRow(
            key=item.key,
            bedId=item.bed.id if item.bed is not None else "",
            number=self._number(call, item.bed),
            icon=call_icon(call),
            title=call_title(call, words),
            sub=" · ".join(part for part in self._call_sub(call, item.bed) if part),
            whichBed=which_bed(self.state, call, words),
            aim=self._call_aim(item, call),
            todo=" ".join(part for part in self._call_todo(call) if part),
            time=words.waited(call.placed_at, self.now, estimated=call.estimated),
            priority=call.priority.value,
            flashing=asks,
            status=self._call_status(call),
            accept=asks,
            reinforce=MarkKind.REINFORCED not in asked_since_answer(call.marks),
            handOver=call.state is CallState.ACCEPTED,
            open=False,
            sounding=sounding(call, self.now),
        )

    def alert(self, item: QueueItem) -> QueueRow:
        alert, words = item.the_alert, self.words
        is_on, asks = alert.state is AlertState.ON, item.asks
        known = item.bed is not None
        accept = asks or alert.state is AlertState.LATCHED
        calm = not any(one.emergency for one in item.alerts)
        answered = not accept and calm
        return QueueRow(
            key=item.key,
            bedId=item.bed.id if item.bed is not None else "",
            # A device has no bed's number; the title names it.
            number=item.bed.number if item.bed is not None else words.text("no_bed"),
            icon=alert.icon,
            title=_card_title(item, words, self.now),
            sub=self._alert_sub(item),
            aim=self._alert_aim(item, alert),
            todo=words.told(alert.todo, self.now) if is_on else "",
            time=alert_time(alert, words, self.now),
            priority=alert.priority.value,
            flashing=asks,
            status=status(alert, words, self.now),
            accept=accept,
            reinforce=False,
            handOver=False,
            # The row itself opens; the verb stands where there is no other.
            open=known and not accept and not answered,
            sounding=asks and alert.priority in (Priority.HIGH, Priority.MEDIUM),
            mark=mark(alert),
            later=calm and (asks or answered) and not snoozed(alert),
            done=answered,
        )

    def _alert_sub(self, item: QueueItem) -> str:
        """Why, and what else stands on the card; of a lost gateway first whose beds cannot call by
        it."""
        alert = item.the_alert
        why = self.words.told(alert.why, self.now)
        if item.parts:
            also = parts(item, self.words, self.now)
            # Where a sentence says how it stands there is room for one more: the sheet has the why.
            return also if mark(alert) else f"{why} · {also}"
        if alert.subject.kind is not SubjectKind.DEVICE:
            return why
        numbers = [bed.number for bed in self.state.beds_behind(alert.subject.id)]
        if not numbers:
            return why
        beds = self.words.listed(numbers[:MOST_BEDS])
        more = f" +{len(numbers) - MOST_BEDS}" if len(numbers) > MOST_BEDS else ""
        return f"{self.words.text('sub.beds', beds=beds + more)} · {why}"

    def _aim(self, item: QueueItem, subject: NurseCall | Alert) -> str:
        """Who is asked, by name where there is one: nobody is asked where nobody is known."""
        doubtful = isinstance(subject, NurseCall) and bool(subject.other_beds)
        stay = None if doubtful else self.state.encounters.get(item.encounter_id or "")
        ward, roster = self.state.ward, self.state.roster
        asked = addressee(subject, stay, roster, ward, self.now)
        return self.words.catalogue.text(asked.key, names=self.words.listed(asked.names))

    def _call_aim(self, item: QueueItem, call: NurseCall) -> str:
        """Whom it asks, or once somebody has answered whose patient it is. Where it may come from
        another bed everybody is asked: it may be nobody's of this bed."""
        if item.asks:
            return self._aim(item, call)
        return "" if call.other_beds else self._nurse(item.bed)

    def _alert_aim(self, item: QueueItem, alert: Alert) -> str:
        """Whom it asks; where it was escalated its line says so already."""
        if alert.state is not AlertState.ON:
            return self._nurse(item.bed)
        return "" if mark(alert) == "escalated" else self._aim(item, alert)

    def _nurse(self, bed: Bed | None) -> str:
        """Whose patient it is, once somebody has answered."""
        stays = self.state.occupants(bed) if bed is not None else []
        nurse = self.words.nurse(stays[0]) if stays else ""
        return self.words.text("team.nurse", name=nurse) if nurse else ""

    def _call_sub(self, call: NurseCall, bed: Bed | None) -> Iterable[str]:
        """What matters most first: the line is cut at its end. Before what was pressed stands what
        makes the way to this patient urgent, or needs dressing for; nothing of a patient where
        another one may have called."""
        state, words = self.state, self.words
        certain = not call.other_beds
        here = state.occupants(bed) if bed is not None and certain else []
        if any(mark.kind is MarkKind.NOT_NEEDED for mark in call.marks):
            yield words.text("sub.not_needed")
        yield from watch_marks(here[0], words) if here else ()
        yield from self._call_news(call)
        yield present_text(state, bed, words)
        if call.reason is not CallReason.LINE_LOST and state.unit_lost(call.bed_id):
            yield words.text("sub.unit_lost")
        here_ids = [stay.id for stay in here]
        if certain and call.encounter_id is not None and call.encounter_id not in here_ids:
            yield words.text("sub.other_patient")
        if call.call_point_id is not None or call.reason is CallReason.LINE_LOST:
            yield call_place(state, call, words)
        if not here:
            room = bed.room if bed is not None and certain else ""
            yield words.text("sub.room", room=room) if room else ""
            return
        stay = here[0]
        if stay.id in state.silences:
            yield words.text("silence.word")
        yield from reach_words(state.profile(stay), words)
        yield self.names.marked(stay.id, words)
        yield from patient_marks(stay, words)

    def _call_todo(self, call: NurseCall) -> Iterable[str]:
        yield which_bed(self.state, call, self.words)
        if call.reason is CallReason.LINE_LOST:
            yield self.words.text("closes.line_lost")
        else:
            yield closes_where(self.state, call, self.words)

    def _number(self, call: NurseCall, bed: Bed | None) -> str:
        if bed is None:
            return self.words.text("no_bed")
        return f"{bed.number}?" if call.other_beds else bed.number

    def _call_news(self, call: NurseCall) -> Iterable[str]:
        """What happened to the call that whoever goes must know."""
        words, kinds = self.words, {mark.kind: mark for mark in call.marks}
        muted = muted_until(call)
        if muted is not None and muted > self.now:
            yield words.text("sub.muted", until=muted.isoformat())
        if MarkKind.REINFORCED in kinds:
            yield words.text("sub.reinforced", at=kinds[MarkKind.REINFORCED].at.isoformat())
        if MarkKind.LEFT in asked_since_answer(call.marks):
            yield words.text("sub.left")
        if MarkKind.LOWERED in kinds and not may_be_lowered(call):
            yield words.text("sub.lowered", who=words.actor(kinds[MarkKind.LOWERED].by))
        if may_be_lowered(call) and raised_by_presses(call):
            yield words.text("sub.raised_presses")
        elif may_be_lowered(call) and call.step >= HIGH_FROM_STEP:
            yield words.text("sub.raised")
        if call.presses > 1:
            yield words.text("sub.presses", n=call.presses)

    def _call_status(self, call: NurseCall) -> str:
        """Who is coming or there, or who was asked to: a status, never a button."""
        words = self.words
        if call.state is CallState.REQUESTED:
            if call.handed_to is None:
                return ""
            return words.text("status.handed_to", who=words.actor(call.handed_to))
        known = call.accepted_by is not None and call.accepted_by.name is not None
        who = words.actor(call.accepted_by)
        if again := _asks_anew(call, words):
            return again
        if call.state is CallState.IN_PROGRESS:
            return words.text("status.present" if known else "status.present_unnamed", who=who)
        if nobody_came(call):
            key = "status.nobody_came" if known else "status.nobody_came_unnamed"
            return words.text(key, who=who)
        return words.text("status.coming" if known else "status.coming_unnamed", who=who)
