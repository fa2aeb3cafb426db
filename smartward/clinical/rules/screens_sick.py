"""A screen is away for longer, tells of a fault of its own, or of figures that are one: a full
disk, a wrong clock, no touch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.device import FIRST_COMES, ScreenStatus
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule, instant, soonest, texts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.screen_health import ScreenHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreensSickSettings(Settings):
    """How long a screen may be away, and from when on what it tells of itself is a fault."""

    section = "screens_sick"

    away_s: float = setting(90, "s", LOCAL, "not heard of for", "失联时间")
    disk_percent: float = setting(10, "%", LOCAL, "of the disk free at least", "磁盘剩余空间下限")
    clock_s: float = setting(60, "s", LOCAL, "its clock off by at most", "时钟最大偏差")


class ScreensSickRule(WardRule):
    """All screens that are away or have a fault are one alert, for the technicians. What in a
    screen's figures is a fault the hub says where it hears them (`hub/fleet.py`), by this rule's
    settings: the stations' page says the same."""

    number = 50
    id = "screens_sick"
    source = f"Kiosk fleets: heartbeat, disk, clock and sound are watched; {LOCAL}"
    needs = Needs(kinds=frozenset({"screen", "screen_health"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.DEVICE
    ladder = Ladder.NONE
    icon = "monitor-off"
    settings = (ScreensSickSettings,)

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Judge every screen."""
        wait = timedelta(seconds=settings.of(ScreensSickSettings).away_s)

        def told_at(one: ScreenStatus) -> datetime:
            return one.since + (wait if one.came else max(wait, FIRST_COMES))

        screens = sorted(ward.of(ScreenStatus), key=lambda one: (one.since, one.device_id))
        away = [one for one in screens if not one.online]
        troubled = {one.device_id for one in ward.of(ScreenHealth) if one.troubles}
        faulty = [
            one for one in screens if one.online and (one.faults or one.device_id in troubled)
        ]
        lost = [one for one in away if now >= told_at(one)]
        sick = faulty + lost
        turn = soonest(*map(told_at, away), after=now)
        if not sick:
            return Look(next_look=turn)
        labels = ", ".join(sorted(one.label or one.device_id for one in sick)[:3])
        first = min(one.since for one in sick)
        finding = self.finding(
            ward.subject,
            self.words("why", away=len(lost), faulty=len(faulty), labels=labels, at=instant(first)),
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
        "why": "{away} away, {faulty} with a fault: {labels} · since {at:time}",
        "todo": "Tell the technicians",
        "about": (
            "Screens are away, or have a fault: sound, disk, clock, touch",
            "Heartbeat, faults and health of the screens",
            "All are well again",
            "One for all screens of the ward",
        ),
    },
    {
        "title": {"other": "{n} 台屏幕需要检修"},
        "why": "失联 {away} 台，故障 {faulty} 台：{labels} · {at:time} 起",
        "todo": "联系信息科",
        "about": (
            "屏幕失联，或有故障：声音、磁盘、时钟、触摸",
            "各屏的心跳、故障和状态",
            "全部恢复",
            "全病区合为一条",
        ),
    },
)
