"""Urine that does not come, and lines that lie too long without being looked at."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareEvent, CareKind, LineDeed
from smartward.clinical.line import Line, LineKind
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.rules.base import (
    Facts,
    Look,
    Needs,
    Rule,
    instant,
    soonest,
    texts,
    together,
)
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house

KDIGO = "KDIGO Clinical Practice Guideline for Acute Kidney Injury, 2012"
WST_433 = "WS/T 433 (nursing of venous lines); VIPS daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrineSettings(Settings):
    """How little urine is too little."""

    section = "urine_low"

    ml_kg_h: float = setting(0.5, "mL/kg/h", KDIGO, "low when below", "低于")
    over_h: float = setting(6, "h", KDIGO, "over at least", "至少跨度")
    lasts_h: float = setting(8, "h", LOCAL, "a last amount counts for", "最后一次的有效时间")


class UrineLowRule(Rule):
    """Less than 0.5 mL/kg/h between the first and the last of at least three amounts that span 6 h
    or more. The first amount only begins the time: over what it was passed nobody knows. 0 mL is an
    amount. Of whom nobody told a weight nothing is said: none is assumed."""

    number = 39
    id = "urine_low"
    version = "2"
    source = KDIGO
    needs = Needs(kinds=frozenset({"care_event", "encounter"}), hours_back=24)
    alert_class = AlertClass.URGENT
    problem = Problem.ELIMINATION
    ladder = Ladder.EL_2
    icon = "water-off"
    settings = (UrineSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the amounts over their real time."""
        own = settings.of(UrineSettings)
        voids, ahead = care(facts, now, CareKind.VOID)
        weight = facts.encounter.weight_kg
        if not voids or weight is None or not in_house(facts.encounter):
            return Look(next_look=ahead)
        newest = voids[-1]
        end = newest.at + timedelta(hours=own.lasts_h)
        over = timedelta(hours=own.over_h)
        begins = [one for one in voids if newest.at - one.at >= over]
        if now >= end or not begins:
            return Look(next_look=ahead)
        begin = begins[-1]
        counted = [one for one in voids if begin.at < one.at <= newest.at]
        hours = (newest.at - begin.at) / timedelta(hours=1)
        amount = sum(one.volume_ml for one in counted if one.volume_ml is not None)
        if len(counted) < 2 or amount >= own.ml_kg_h * weight * hours:
            return Look(next_look=soonest(ahead, end))
        finding = self.finding(
            facts.subject,
            self.words("why", n=amount, hours=round(hours), kg=round(weight)),
            cause=facts.cause("care_event", [one.id for one in (begin, *counted)]),
            since=newest.at,
        )
        return Look(findings=(finding,), next_look=soonest(ahead, end))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoVoidSettings(Settings):
    """How long a patient may pass nothing."""

    section = "no_void"

    after_h: float = setting(6, "h", LOCAL, "after", "多久后")
    until_h: float = setting(24, "h", LOCAL, "until", "多久为止")


class NoVoidRule(Rule):
    """A urinary catheter was taken out, or an operation ended, 6 h ago and no urine is recorded
    since. Not while a catheter lies."""

    number = 40
    id = "no_void"
    source = f"Practice after catheter removal: 6 to 8 h; {LOCAL}"
    needs = Needs(kinds=frozenset({"line", "plan_item", "care_event"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.ELIMINATION
    ladder = Ladder.NONE
    icon = "water-off"
    settings = (NoVoidSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge what was passed since."""
        own = settings.of(NoVoidSettings)
        events, ahead = care(facts, now, CareKind.VOID, CareKind.LINE_CARE)
        voids = [one for one in events if one.kind is CareKind.VOID]
        lines = [one for one in lying(facts, events) if one.kind is LineKind.URINARY_CATHETER]
        began = _began(facts, events, now)
        if began is None or lines or not in_house(facts.encounter):
            return Look(next_look=ahead)
        start, end = (began + timedelta(hours=h) for h in (own.after_h, own.until_h))
        if any(one.at >= began for one in voids) or now >= end:
            return Look(next_look=ahead)
        if now < start:
            return Look(next_look=soonest(ahead, start))
        finding = self.finding(
            facts.subject,
            self.words("why", at=instant(began)),
            cause=facts.cause("encounter", [facts.encounter.id]),
            since=start,
            once=instant(began),
        )
        return Look(findings=(finding,), next_look=soonest(ahead, end))


def _began(facts: Facts, events: list[CareEvent], now: datetime) -> datetime | None:
    """Since when urine should come: catheter out or operation over, the later."""
    catheters = {
        one.id: one
        for one in facts.of(Line)
        if one.kind is LineKind.URINARY_CATHETER and one.encounter_id == facts.encounter.id
    }
    out = [one.until for one in catheters.values() if one.until is not None]
    out += [
        one.at for one in events if one.deed is LineDeed.REMOVED and (one.about or "") in catheters
    ]
    out += [
        one.done_at
        for one in facts.plan_items
        if one.kind is PlanKind.SURGERY
        and one.status is PlanStatus.DONE
        and one.done_at is not None
        and one.encounter_id == facts.encounter.id
    ]
    return max((at for at in out if at <= now), default=None)


def lying(facts: Facts, events: list[CareEvent]) -> list[Line]:
    """The lines that lie now: neither told nor recorded as taken out."""
    removed = {one.about for one in events if one.deed is LineDeed.REMOVED}
    own = (one for one in facts.of(Line) if one.encounter_id == facts.encounter.id)
    return sorted(
        (one for one in own if one.until is None and one.id not in removed),
        key=lambda one: one.id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings(Settings):
    """How often lines are looked at, and how long they lie."""

    section = "line_review"

    catheter_h: float = setting(24, "h", WST_433, "catheter: reviewed every", "尿管评估间隔")
    peripheral_h: float = setting(96, "h", WST_433, "peripheral line: at most", "外周静脉留置")
    central_h: float = setting(168, "h", WST_433, "central line: seen every", "中心静脉间隔")
    phlebitis_from: float = setting(2, "points", WST_433, "phlebitis from", "静脉炎分值")


class LineReviewRule(Rule):
    """A urinary catheter not reviewed for a day, a peripheral line that lies for 96 h, a central
    line not seen for a week, or phlebitis of 2. A line of which nobody told when it was put in is
    judged from its last care alone."""

    number = 41
    id = "line_review"
    source = WST_433
    needs = Needs(kinds=frozenset({"line", "care_event"}), hours_back=24 * 8)
    alert_class = AlertClass.DUE
    problem = Problem.LINE
    ladder = Ladder.NONE
    icon = "needle"
    settings = (LineSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every line that lies."""
        own = settings.of(LineSettings)
        events, ahead = care(facts, now, CareKind.LINE_CARE)
        if not in_house(facts.encounter):
            return Look()
        due: list[tuple[datetime, str, Line]] = []
        for line in lying(facts, events):
            of_line = [one for one in events if one.about == line.id]
            due += [(at, what, line) for at, what in _line_due(line, of_line, own)]
        late = sorted((one for one in due if one[0] <= now), key=lambda one: (one[0], one[2].id))
        turn = soonest(ahead, *(at for at, _, _ in due), after=now)
        if not late:
            return Look(next_look=turn)
        at, what, line = late[0]
        finding = self.finding(
            facts.subject,
            self.words(f"why.{what}", n=len(late), at=instant(at)),
            title=self.words("title", n=len({one.id for _, _, one in late})),
            cause=facts.cause("line", sorted({one.id for _, _, one in late})),
            since=at,
            once=f"{line.id} {instant(at)}",
        )
        return Look(findings=(finding,), next_look=turn)


def _line_due(line: Line, events: list[CareEvent], own: LineSettings) -> list[tuple[datetime, str]]:
    """When a line is to be looked at, and why."""
    looked = [(one.at, one.vip) for one in events if one.vip is not None]
    if looked and looked[-1][1] >= own.phlebitis_from:
        return [(looked[-1][0], "phlebitis")]
    seen = [one.at for one in events]
    last = max([*seen, *([line.since] if line.since is not None else [])], default=None)
    if line.kind is LineKind.URINARY_CATHETER and last is not None:
        return [(last + timedelta(hours=own.catheter_h), "catheter")]
    if line.kind is LineKind.PERIPHERAL_VENOUS and line.since is not None:
        return [(line.since + timedelta(hours=own.peripheral_h), "peripheral")]
    if line.kind in (LineKind.CENTRAL_VENOUS, LineKind.PICC) and last is not None:
        return [(last + timedelta(hours=own.central_h), "central")]
    return []


URINE_LOW, NO_VOID, LINE_REVIEW = UrineLowRule(), NoVoidRule(), LineReviewRule()

RULES = (URINE_LOW, NO_VOID, LINE_REVIEW)

TEXTS = together(
    texts(
        "urine_low",
        {
            "title": "Little urine",
            "why": "{n} mL in {hours} h, at {kg} kg",
            "todo": "Check the catheter and the fluids, tell the doctor",
            "about": (
                "Less than 0.5 mL of urine per kg and hour over 6 hours or more",
                "Amounts of urine recorded at the bed, over their real time; body weight",
                "Enough urine",
                "At least three amounts; never with a weight nobody told",
            ),
        },
        {
            "title": "尿量少",
            "why": "{hours} 小时 {n} 毫升，体重 {kg} 公斤",
            "todo": "检查尿管和入量，报告医生",
            "about": (
                "6 小时以上尿量低于每公斤每小时 0.5 毫升",
                "床旁记录的尿量及实际时间；体重",
                "尿量足够",
                "至少三次记录；没有体重不提醒",
            ),
        },
    ),
    texts(
        "no_void",
        {
            "title": "No urine since",
            "why": "Nothing recorded since {at:time}",
            "todo": "Ask the patient, look at the bladder",
            "about": (
                "No urine for 6 hours after a catheter was taken out or an operation",
                "Catheters, operations, urine recorded at the bed",
                "Urine is recorded, or a catheter lies",
                "Once when a person closed it; for one day",
            ),
        },
        {
            "title": "尚未排尿",
            "why": "{at:time} 后没有排尿记录",
            "todo": "询问患者，检查膀胱",
            "about": (
                "拔尿管或术后 6 小时没有排尿",
                "尿管、手术、床旁排尿记录",
                "记录排尿，或重新留置尿管",
                "有人关闭后不再提醒；一天为止",
            ),
        },
    ),
    texts(
        "line_review",
        {
            "title": {"one": "A line to review", "other": "{n} lines to review"},
            "why": {
                "catheter": "Urinary catheter, review due {at:date} {at:time}",
                "peripheral": "Peripheral line, time up {at:date} {at:time}",
                "central": "Central line, care due {at:date} {at:time}",
                "phlebitis": "Inflamed when seen {at:date} {at:time}",
            },
            "todo": "Still needed? Look at the site, record it or remove it",
            "about": (
                "A line or catheter lies too long or was not looked at",
                "Lines with their dates; line care recorded at the bed",
                "Reviewed or removed",
                "Once for each time it is due when a person closed it",
            ),
        },
        {
            "title": {"other": "{n} 条管路需评估"},
            "why": {
                "catheter": "尿管，应于{at:date} {at:time} 评估",
                "peripheral": "外周静脉，{at:date} {at:time} 到期",
                "central": "中心静脉，应于{at:date} {at:time} 维护",
                "phlebitis": "{at:date} {at:time} 见静脉炎",
            },
            "todo": "是否仍需要？查看穿刺处，记录或拔除",
            "about": (
                "管路留置过久，或未按时评估",
                "管路及日期；床旁管路护理记录",
                "已评估或拔除",
                "有人关闭后，同一次到期不再提醒",
            ),
        },
    ),
)
