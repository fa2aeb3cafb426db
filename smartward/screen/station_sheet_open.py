"""What is open at one bed: calls and alerts with all that is known of why, and what may be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from smartward.clinical.alert import Alert, AlertState
from smartward.clinical.nurse_call import Mark, MarkKind, NurseCall
from smartward.screen.station_alerts import inputs, mark, status, told
from smartward.screen.station_queue import QueueItem, call_icon
from smartward.screen.station_rows import (
    QueueRow,
    alert_time,
    call_title,
    closes_where,
    may_be_lowered,
)
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

_AGED = ("vital_sign", "lab_result", "bed_state")
"""Kinds of inputs that are told with their time and age."""
_OBSERVE = frozenset({"observations_overdue", "partial_set"})
"""Rules that end with a set of observations."""


@cache
def _numbers() -> Mapping[str, int]:
    """By which number a rule is found in the table of rules. The rules are read when a sheet is
    opened: a station draws its first frame without them."""
    from smartward.clinical.rules import REGISTRY

    return {rule.id: rule.number for rule in REGISTRY.everything}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """An open call or alert with everything that is known of why."""

    key: str
    icon: str
    title: str
    time: str
    priority: str
    why: str
    todo: str
    cause: str
    lower: bool
    """Whether its priority was raised and a person may lower it."""
    told: str = ""
    """Who was asked and when, and how it stands."""
    mark: str = ""
    """As in the queue: escalated, latched, snoozed or plain."""
    more: str = ""
    """How much more stands on the same card; empty where nothing does."""
    expanded: bool = False
    part: bool = False
    """Whether it stands below the headline of its card."""
    goVerb: str = ""
    """What the button says that takes an alert on; empty: there is none."""
    doneVerb: str = ""
    laterVerb: str = ""
    observe: bool = False
    """Whether a set of observations is what it asks for."""


def open_rows(
    state: WardState,
    queue: Iterable[QueueItem],
    bed_id: str,
    words: Words,
    now: datetime,
    *,
    whole: bool = True,
    expanded: frozenset[str] = frozenset(),
    answers: Mapping[str, QueueRow] | None = None,
) -> list[OpenRow]:
    """Open calls and alerts of one bed, in the queue's order; the parts of a card below its
    headline where its key is `expanded`. Not `whole`: without who did what, and without what an
    alert was made of. `answers`: the queue's rows, whose verbs an alert's card has here too."""
    rows = []
    for item in queue:
        if item.bed is None or item.bed.id != bed_id:
            continue
        if item.call is not None:
            rows.append(_open_call(state, item, item.call, words, now, whole))
        else:
            told = _OpenAlerts(state, words, now, whole)
            answer = (answers or {}).get(item.key)
            rows.extend(told.card(item, item.key in expanded, answer))
    return rows


def _open_call(
    state: WardState,
    item: QueueItem,
    call: NurseCall,
    words: Words,
    now: datetime,
    whole: bool,
) -> OpenRow:
    placed = words.text("sheet.placed", at=words.moment(call.placed_at, now))
    marks = [_mark_text(mark, words) for mark in call.marks] if whole else []
    todo = words.text(f"sheet.todo.{call.call_class.value}")
    where = closes_where(state, call, words)
    return OpenRow(
        key=item.key,
        icon=call_icon(call),
        title=call_title(call, words),
        time=words.waited(call.placed_at, now, estimated=call.estimated),
        priority=call.priority.value,
        why=placed,
        todo=f"{todo} {where}".strip(),
        cause=" · ".join(marks),
        lower=may_be_lowered(call),
    )


def _mark_text(mark: Mark, words: Words) -> str:
    key = f"sheet.mark.{mark.kind.value}"
    if mark.kind is MarkKind.ESCALATED and mark.why is not None:
        key = f"sheet.raised.{mark.why}"
    told = words.text(key, at=words.catalogue.time(mark.at), who=words.actor(mark.by))
    if mark.kind is MarkKind.LOWERED and mark.why:
        return words.text("sheet.mark.because", told=told, why=mark.why)
    return told


@dataclass(frozen=True, slots=True)
class _OpenAlerts:
    """Alerts of one bed as rows."""

    state: WardState
    words: Words
    now: datetime
    whole: bool

    def card(self, item: QueueItem, expanded: bool, answer: QueueRow | None) -> Iterable[OpenRow]:
        """The headline with its verbs, and its parts where they are asked for."""
        n = len(item.parts)
        head = self._row(item.key, item.the_alert)
        more = self.words.text("alert.more", n=n) if n else ""
        rules = {item.the_alert.rule, *(part.rule for part in item.parts)}
        observe = self.whole and not rules.isdisjoint(_OBSERVE)
        head = replace(head, more=more, expanded=expanded, observe=observe)
        yield self._answered(head, answer)
        if expanded:
            for part in item.parts:
                yield replace(self._row(f"{item.key}/{part.id}", part), part=True)

    def _answered(self, head: OpenRow, answer: QueueRow | None) -> OpenRow:
        """The card with the verbs it has in the queue; while a touch is on its way with that."""
        if answer is None:
            return head
        words, taken = self.words, head.mark == "latched"
        go = words.text("alert.verb.noted" if taken else "alert.verb.go") if answer.accept else ""
        sent = answer.status if not (answer.accept or answer.done or answer.later) else ""
        return replace(
            head,
            goVerb=go,
            doneVerb=words.text("alert.verb.done") if answer.done else "",
            laterVerb=words.text("alert.verb.later") if answer.later else "",
            told=head.told if sent in head.told else sent,
        )

    def _row(self, key: str, alert: Alert) -> OpenRow:
        words, now = self.words, self.now
        causes = [
            text
            for cause in alert.cause
            if (text := cause_text(self.state, cause.kind, cause.id, words, now))
        ]
        rule = words.text(
            "sheet.rule", rule=_numbers().get(alert.rule, alert.rule), version=alert.version
        )
        aged = any(cause.kind in _AGED for cause in alert.cause) and causes
        newest = "" if aged else inputs(self.state, alert, words, now)
        made = [*dict.fromkeys(causes), newest, rule]
        stands = [status(alert, words, now), told(alert, words, now)]
        return OpenRow(
            key=key,
            icon=alert.icon,
            title=words.told(alert.title, now),
            time=alert_time(alert, words, now),
            priority=alert.priority.value,
            why=words.told(alert.why, now),
            # What is over asks for nobody.
            todo="" if alert.state is AlertState.LATCHED else words.told(alert.todo, now),
            cause=" · ".join(one for one in made if one) if self.whole else "",
            lower=False,
            told=" · ".join(one for one in stands if one) if self.whole else "",
            mark=mark(alert),
        )


def cause_text(state: WardState, kind: str, document_id: str, words: Words, now: datetime) -> str:
    """A document that made an alert, in a few words with its age; empty when it is not kept any
    more."""
    body = state.dependent(kind, document_id)
    match kind:
        case _ if kind in _AGED and body is not None:
            age = words.minutes((now - body.taken_at).total_seconds())
            at = words.moment(body.taken_at, now)
            return words.text(f"sheet.cause.{kind}", at=at, age=age)
        case "infusion" if body is not None:
            name = body.name or words.text("sheet.drip.unnamed")
            return words.text("sheet.cause.infusion", name=name)
        case "plan_item" if body is not None:
            return words.text("sheet.cause.plan_item", at=words.moment(body.due_at, now))
        case _:
            return ""
