"""The hospital system does not answer: what the ward sees grows old."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.priority import Priority
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule, instant
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleDataSettings(Settings):
    """After how long the ward and then the technicians are told."""

    section = "stale_data"

    tell_min: float = setting(5, "min", LOCAL, "the ward is told after", "多久后提醒病区")
    urgent_min: float = setting(15, "min", LOCAL, "urgent after", "多久后升级")

    def wrong(self) -> str | None:
        """The tiers are in order."""
        return "tell_min must be below urgent_min" if self.tell_min >= self.urgent_min else None


class StaleDataRule(WardRule):
    """One alert for the whole ward while the link is down; single values carry their own age."""

    number = 46
    id = "stale_data"
    source = f"Downtime practice (SAFER guides): data shown with its age; tiers by {LOCAL}"
    needs = Needs(kinds=frozenset({"his_link"}), hours_back=1)
    alert_class = AlertClass.DUE
    problem = Problem.DATA
    ladder = Ladder.EL_D
    mode = Mode.ON
    icon = "lan-disconnect"
    settings = (StaleDataSettings,)

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Judge the link."""
        own, link = settings.of(StaleDataSettings), ward.his
        if link is None or link.up:
            return Look()
        start = link.since + timedelta(minutes=own.tell_min)
        urgent = link.since + timedelta(minutes=own.urgent_min)
        if now < start:
            return Look(next_look=start)
        late = now >= urgent
        finding = self.finding(
            ward.subject,
            self.words("why", at=instant(link.since)),
            todo=self.words("todo_late" if late else "todo"),
            cause=ward.cause("his_link", ["his"]),
            since=start,
            due_at=link.since,
            alert_class=AlertClass.URGENT if late else AlertClass.DUE,
            priority=Priority.MEDIUM if late else Priority.LOW,
        )
        return Look(findings=(finding,), next_look=None if late else urgent)


STALE_DATA = StaleDataRule()

RULES = (STALE_DATA,)

TEXTS = {
    "en": {
        "stale_data": {
            "title": "No connection to the hospital system",
            "why": "No data since {at:time}",
            "todo": "Check orders and results another way",
            "todo_late": "Call the technicians; work by the downtime plan",
            "about": {
                "says": "The hospital system does not answer; what is shown grows old",
                "data": "The link to the hospital system",
                "clear": "It answers again",
                "guard": "One for the whole ward; urgent only later",
            },
        }
    },
    "zh_CN": {
        "stale_data": {
            "title": "与医院系统断开",
            "why": "{at:time} 后没有新数据",
            "todo": "医嘱和结果请用其他方式核对",
            "todo_late": "联系信息科，按停机预案工作",
            "about": {
                "says": "医院系统没有应答，显示的数据变旧",
                "data": "与医院系统的连接",
                "clear": "恢复应答",
                "guard": "全病区一条；较久后才升级",
            },
        }
    },
}
