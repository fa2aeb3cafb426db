"""A bed calls again and again: a need that nobody has met."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Finding, Ladder, Problem, Subject, SubjectKind
from smartward.clinical.nurse_call import CallReason, NurseCall
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule, soonest, texts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedCallsSettings(Settings):
    """How many calls of one bed within how long."""

    section = "repeated_calls"

    how_many: float = setting(3, "calls", LOCAL, "so many of one bed", "同一床次数", least=2)
    within_min: float = setting(30, "min", LOCAL, "within", "在此时间内")
    lasts_h: float = setting(2, "h", LOCAL, "told at most once in", "多久内最多一次")


class RepeatedCallsRule(WardRule):
    """Three calls of one bed within 30 min. A new call counts, a second press of an open one does
    not. A lost wire is nobody's call."""

    number = 6
    id = "repeated_calls"
    source = f"Call-light studies (Meade 2006, Tzeng): most are for needs that return; {LOCAL}"
    needs = Needs(kinds=frozenset({"nurse_call"}), hours_back=2)
    alert_class = AlertClass.DUE
    problem = Problem.CARE
    ladder = Ladder.NONE
    icon = "bell-ring-outline"
    settings = (RepeatedCallsSettings,)

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Judge every bed's calls."""
        own = settings.of(RepeatedCallsSettings)
        of_bed: dict[str, list[NurseCall]] = {}
        for call in ward.of(NurseCall):
            if call.reason is not CallReason.LINE_LOST and call.placed_at <= now:
                of_bed.setdefault(call.bed_id, []).append(call)
        looks = [self._bed(ward, id, of_bed[id], own, now) for id in sorted(of_bed)]
        return Look(
            findings=tuple(finding for one in looks for finding in one.findings),
            next_look=soonest(*(one.next_look for one in looks)),
        )

    def _bed(
        self,
        ward: WardLook,
        bed_id: str,
        calls: list[NurseCall],
        own: RepeatedCallsSettings,
        now: datetime,
    ) -> Look:
        run = _newest(calls, round(own.how_many), timedelta(minutes=own.within_min))
        if not run:
            return Look()
        end = run[-1].placed_at + timedelta(minutes=own.within_min)
        if now >= end:
            return Look()
        return Look(findings=(self._found(ward, bed_id, run, own),), next_look=end)

    def _found(
        self, ward: WardLook, bed_id: str, run: list[NurseCall], own: RepeatedCallsSettings
    ) -> Finding:
        span = timedelta(hours=own.lasts_h)
        slot = int(run[0].placed_at.timestamp() // span.total_seconds())
        return self.finding(
            Subject(kind=SubjectKind.BED, id=bed_id),
            self.words("why", n=len(run), minutes=round(own.within_min)),
            cause=ward.cause("nurse_call", [one.id for one in run]),
            since=run[-1].placed_at,
            once=str(slot),
        )


def _newest(calls: list[NurseCall], many: int, within: timedelta) -> list[NurseCall]:
    """The newest call that has enough before it within the time, behind those; empty: none has.
    Each call is looked at once: a bed that called all night costs no more than its calls."""
    ordered = sorted(calls, key=lambda one: (one.placed_at, one.id))
    start, run = 0, range(0)
    for index, last in enumerate(ordered):
        while last.placed_at - ordered[start].placed_at > within:
            start += 1
        if index + 1 - start >= many:
            run = range(start, index + 1)
    return ordered[run.start : run.stop]


REPEATED_CALLS = RepeatedCallsRule()

RULES = (REPEATED_CALLS,)

TEXTS = texts(
    "repeated_calls",
    {
        "title": "Calls again and again",
        "why": "{n} calls within {minutes} min",
        "todo": "Ask what is really needed",
        "about": (
            "One bed has called three times within 30 minutes",
            "Calls of the bed",
            "No further call for 30 minutes",
            "Once in 2 hours when a person closed it",
        ),
    },
    {
        "title": "反复呼叫",
        "why": "{minutes} 分钟内呼叫 {n} 次",
        "todo": "问清真正的需要",
        "about": (
            "同一床 30 分钟内呼叫三次",
            "该床的呼叫",
            "30 分钟内没有再呼叫",
            "有人关闭后 2 小时内不再提醒",
        ),
    },
)
