"""A screen is away for longer, or tells of a fault of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.device import ScreenStatus
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule, instant, soonest, texts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreensSickSettings(Settings):
    """How long a screen may be away."""

    section = "screens_sick"

    away_s: float = setting(90, "s", LOCAL, "not heard of for", "失联时间")


class ScreensSickRule(WardRule):
    """All screens that are away or tell of a fault are one alert, for the technicians."""

    number = 50
    id = "screens_sick"
    source = f"Kiosk fleets: heartbeat, disk, clock and sound are watched; {LOCAL}"
    needs = Needs(kinds=frozenset({"screen"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.DEVICE
    ladder = Ladder.NONE
    icon = "monitor-off"
    settings = (ScreensSickSettings,)

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Judge every screen."""
        wait = timedelta(seconds=settings.of(ScreensSickSettings).away_s)
        screens = sorted(ward.of(ScreenStatus), key=lambda one: (one.since, one.device_id))
        away = [one for one in screens if not one.online]
        sick = [one for one in screens if one.online and one.faults]
        sick += [one for one in away if now >= one.since + wait]
        turn = soonest(*(one.since + wait for one in away), after=now)
        if not sick:
            return Look(next_look=turn)
        labels = ", ".join(sorted(one.label or one.device_id for one in sick)[:3])
        first = min(one.since for one in sick)
        finding = self.finding(
            ward.subject,
            self.words("why", n=len(sick), labels=labels, at=instant(first)),
            title=self.words("title", n=len(sick)),
            cause=ward.cause("screen", sorted(one.device_id for one in sick)),
            since=first,
        )
        return Look(findings=(finding,), next_look=turn)


SCREENS_SICK = ScreensSickRule()

RULES = (SCREENS_SICK,)

TEXTS = texts(
    "screens_sick",
    {
        "title": {"one": "A screen needs attention", "other": "{n} screens need attention"},
        "why": "{labels} · since {at:time}",
        "todo": "Tell the technicians",
        "about": (
            "Screens are away or tell of a fault of their own",
            "Heartbeat and faults of the screens",
            "All are well again",
            "One for all screens of the ward",
        ),
    },
    {
        "title": {"other": "{n} 台屏幕需要检修"},
        "why": "{labels} · {at:time} 起",
        "todo": "联系信息科",
        "about": (
            "屏幕失联，或自报故障",
            "各屏的心跳和故障",
            "全部恢复",
            "全病区合为一条",
        ),
    },
)
