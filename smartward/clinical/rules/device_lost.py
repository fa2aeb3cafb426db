"""A screen with which a patient calls is not heard of: the wired call is all that is left there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Finding, Ladder, Problem, Subject, SubjectKind
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule, instant
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLostSettings(Settings):
    """How long a call screen may be away, and how many together are a fault of the network."""

    section = "device_lost"

    after_s: float = setting(
        15, "s", "UL 1069: 3 heartbeats missed", "not heard of for", "失联时间"
    )
    network_from: float = setting(
        6,
        "screens",
        LOCAL,
        "so many together are one fault of the network",
        "多少台同时失联算网络故障",
    )


class DeviceLostRule(WardRule):
    """A bedside screen is offline. A call point whose wire or heartbeat is lost makes a call of its
    own and is not told again here."""

    number = 4
    id = "device_lost"
    source = "UL 1069: the loss of a call device is told; DIN VDE 0834"
    needs = Needs(kinds=frozenset({"screen"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.DEVICE
    ladder = Ladder.EL_1
    mode = Mode.ON
    icon = "lan-disconnect"
    settings = (DeviceLostSettings,)

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Judge every bedside screen."""
        own = settings.of(DeviceLostSettings)
        wait = timedelta(seconds=own.after_s)
        away = sorted(
            (one for one in ward.of(ScreenStatus) if not one.online and _calls(one)),
            key=lambda one: (one.since, one.device_id),
        )
        lost = [one for one in away if now >= one.since + wait]
        turn = min((one.since + wait for one in away if now < one.since + wait), default=None)
        if len(lost) >= own.network_from:
            return Look(findings=(self._network(ward, lost, own),), next_look=turn)
        return Look(findings=tuple(self._one(ward, one, wait) for one in lost), next_look=turn)

    def _one(self, ward: WardLook, lost: ScreenStatus, wait: timedelta) -> Finding:
        return self.finding(
            Subject(kind=SubjectKind.DEVICE, id=lost.device_id),
            self.words("why", at=instant(lost.since)),
            title=self.words("title", label=lost.label or lost.device_id),
            cause=ward.cause("screen", [lost.device_id]),
            since=lost.since + wait,
        )

    def _network(
        self, ward: WardLook, lost: list[ScreenStatus], own: DeviceLostSettings
    ) -> Finding:
        last = lost[round(own.network_from) - 1].since
        return self.finding(
            ward.subject,
            self.words("why", at=instant(lost[0].since)),
            title=self.words("network.title", n=len(lost)),
            todo=self.words("network.todo"),
            cause=ward.cause("screen", [one.device_id for one in lost]),
            since=last + timedelta(seconds=own.after_s),
        )


def _calls(screen: ScreenStatus) -> bool:
    return screen.role is ScreenRole.BEDSIDE


DEVICE_LOST = DeviceLostRule()

RULES = (DEVICE_LOST,)

TEXTS = {
    "en": {
        "device_lost": {
            "title": "Bedside screen lost: {label}",
            "why": "Not heard of since {at:time}",
            "todo": "Look in, show the wired call; tell the technicians",
            "network": {
                "title": "{n} bedside screens lost: the network",
                "todo": "Go round; tell the technicians at once",
            },
            "about": {
                "says": "A bedside screen is not heard of: nobody can call with it",
                "data": "Heartbeat of the screens",
                "clear": "It is heard of again",
                "guard": "One for each screen; many together are one fault of the network",
            },
        }
    },
    "zh_CN": {
        "device_lost": {
            "title": "床旁屏失联：{label}",
            "why": "{at:time} 后没有信号",
            "todo": "到床旁查看，告知用有线呼叫器；联系信息科",
            "network": {
                "title": "{n} 台床旁屏失联，网络故障",
                "todo": "逐床巡视；立即联系信息科",
            },
            "about": {
                "says": "床旁屏没有信号，无法用它呼叫",
                "data": "各屏的心跳",
                "clear": "恢复信号",
                "guard": "每台一条；多台同时失联合为一条网络故障",
            },
        }
    },
}
