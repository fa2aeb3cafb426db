"""What the station must sound and say now. Light is the queue's business and never stops."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from smartward.clinical.alert_ladder import LOUDER_FROM_STEP
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import RINGS, MarkKind, last_sound_mark
from smartward.clinical.nurse_call import MUTE, CallClass, NurseCall, muted_until, sounding
from smartward.clinical.priority import Priority
from smartward.screen.call_prompts import REPEAT, prompt_of
from smartward.screen.station_queue import QueueItem

_ALERT_PROMPTS = {
    "news2": "early_warning",
    "news2_medium": "early_warning",
    "news2_single": "early_warning",
    "news2_rise": "early_warning",
    "spo2_drop": "early_warning",
    "hypoglycaemia": "early_warning",
    "sedation": "early_warning",
    "infusion_near_end": "infusion_ending",
    "infusion_ended": "infusion_ended",
    "bed_exit": "bed_exit",
    "critical_lab": "lab_result",
    "device_lost": "screen_lost",
    "bed_mismatch": "bed_doubt",
    "stale_data": "data_old",
}
_REPEAT_ALERT = {"infusion_ended": timedelta(seconds=60), "bed_exit": timedelta(seconds=60)}
_ALARMS = (Priority.HIGH, Priority.MEDIUM)
EXPIRES_S = 10.0
"""Words that could not be said within this time are not said any more."""


class Announcer(Protocol):
    """The device's one arbiter of tones and speech."""

    def set_alarm(self, priority: Priority | None, *, unbroken: bool = False) -> None:
        """Sound the tone of `priority` until told otherwise, without long rests if `unbroken`."""

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        """Say a prompt of the table as soon as the tone allows."""


class Silence:
    """No sound yet, or none at all: the screen says so, and everything else goes on."""

    def set_alarm(self, priority: Priority | None, *, unbroken: bool = False) -> None:
        """Nothing sounds."""

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        """Nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One prompt to be said."""

    prompt: str
    values: dict[str, str]
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """What is heard now: the highest priority, and when a mute ends."""

    alarm: Priority | None = None
    unbroken: bool = False
    """A staff emergency: its tone goes on without long rests."""
    muted_until: datetime | None = None
    corridor: bool = False
    """A mute at a station does not reach a corridor, and something is heard there."""


class StationSound:
    """Lets the device sound and say what is due; keeps what is heard now."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self.sounds = Sounds()
        self.now = Sounding()

    def connect(self, announcer: Announcer) -> None:
        """Use this device's sound from now on; it starts after the first frame."""
        self._announcer = announcer
        announcer.set_alarm(self.now.alarm, unbroken=self.now.unbroken)

    def step(
        self,
        found: list[QueueItem],
        hushed: Mapping[str, datetime],
        language: str,
        now: datetime,
        *,
        elsewhere: bool = False,
        back_at: datetime | None = None,
    ) -> None:
        """Bring tone and words to the queue.

        `elsewhere`: another station answers for the calls and sounds, this one is quiet.
        `back_at`: when they came back because that station was gone.
        """
        if elsewhere:
            self.sounds.forget()
            self._tone(Sounding())
            return
        self.sounds.back_at = back_at
        unbroken = any(_unbroken(item) and self.sounds.sounds(item, hushed, now) for item in found)
        self._tone(
            Sounding(
                alarm=self.sounds.alarm(found, hushed, now),
                unbroken=unbroken,
                muted_until=self.sounds.muted_until(found, hushed, now),
            )
        )
        for told in self.sounds.due(found, hushed, now):
            self._announcer.announce(told.prompt, told.values, told.priority, language, EXPIRES_S)

    def _tone(self, now: Sounding) -> None:
        if (now.alarm, now.unbroken) != (self.now.alarm, self.now.unbroken):
            self._announcer.set_alarm(now.alarm, unbroken=now.unbroken)
        self.now = now


@dataclass(slots=True)
class Sounds:
    """Remembers what was said and what is muted here; everything else is in the documents."""

    back_at: datetime | None = None
    """When entrusted calls came back because the other station was gone: what somebody muted there
    before was heard by nobody here, and rings."""

    _said: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _muted_alerts: dict[str, datetime] = field(default_factory=dict)

    def forget(self) -> None:
        """Another station sounds: should it come back, all is new here."""
        self._said, self._muted_alerts = {}, {}

    def mute_alerts(self, found: Iterable[QueueItem], now: datetime) -> None:
        """Stop the sound of the alerts that sound now, for as long as a call's mute lasts."""
        for item in found:
            ringing = item.ringing
            if ringing is not None and not ringing.emergency and self.sounds(item, (), now):
                self._muted_alerts[ringing.id] = now + MUTE

    def sounds(self, item: QueueItem, hushed: Container[str], now: datetime) -> bool:
        """Whether an item sounds. `hushed`: calls whose mute is on its way to the hub."""
        if _sound_of(item) not in _ALARMS:
            return False
        if item.call is not None:
            return item.call.id not in hushed and self._rings(item.call, now)
        ringing = item.ringing
        if ringing is None:
            return False
        until = self._muted_alerts.get(ringing.id)
        return until is None or now >= until

    def _rings(self, call: NurseCall, now: datetime) -> bool:
        return sounding(call, now) or self._muted_elsewhere(call)

    def _muted_elsewhere(self, call: NurseCall) -> bool:
        last = last_sound_mark(call.marks)
        muted = last is not None and last.kind is MarkKind.HEARD and muted_until(call) is not None
        return muted and self.back_at is not None and last is not None and last.at <= self.back_at

    def alarm(
        self, found: Iterable[QueueItem], hushed: Container[str], now: datetime
    ) -> Priority | None:
        """The highest priority that sounds now."""
        still = [_sound_of(item) for item in found if self.sounds(item, hushed, now)]
        return min(still, key=lambda priority: priority.rank) if still else None

    def muted_until(
        self, found: Iterable[QueueItem], hushed: Mapping[str, datetime], now: datetime
    ) -> datetime | None:
        """When the first of the mutes ends; None when nothing is muted."""
        ends = [self._mute_end(item, hushed) for item in found]
        return min((end for end in ends if end is not None and end > now), default=None)

    def _mute_end(self, item: QueueItem, hushed: Mapping[str, datetime]) -> datetime | None:
        if item.call is not None:
            own = None if self._muted_elsewhere(item.call) else muted_until(item.call)
            return own or hushed.get(item.call.id)
        return self._muted_alerts.get(item.ringing.id) if item.ringing is not None else None

    def due(
        self, found: list[QueueItem], hushed: Container[str], now: datetime
    ) -> list[Announcement]:
        """What has to be said now, most urgent first; each thing once per cause to say it."""
        open_keys = {item.key for item in found}
        self._said = {key: said for key, said in self._said.items() if key in open_keys}
        open_alerts = {alert.id for item in found for alert in item.alerts}
        self._muted_alerts = {
            alert: until for alert, until in self._muted_alerts.items() if alert in open_alerts
        }
        told = []
        for item in found:
            prompt = _prompt(item)
            if prompt is None or not self.sounds(item, hushed, now):
                continue
            cause, repeat = _cause(item), _repeat(item)
            before = self._said.get(item.key)
            again = before is not None and repeat is not None and now - before[1] >= repeat
            if before is None or before[0] != cause or again:
                self._said[item.key] = (cause, now)
                told.append(
                    Announcement(prompt=prompt, values=_place(item.bed), priority=item.priority)
                )
        return told


def _unbroken(item: QueueItem) -> bool:
    """Whether its tone has no long rests: a staff emergency, or an emergency alert that nobody
    answered when the ward was asked."""
    if item.call is not None:
        return item.call.call_class is CallClass.EMERGENCY
    ringing = item.ringing
    return ringing is not None and ringing.emergency and ringing.step >= LOUDER_FROM_STEP


def _prompt(item: QueueItem) -> str | None:
    if item.call is not None:
        return prompt_of(item.call.call_class, item.call.reason)
    return _ALERT_PROMPTS.get(item.ringing.rule) if item.ringing is not None else None


def _sound_of(item: QueueItem) -> Priority:
    """The priority of its tone: of a card that of the worst part nobody has answered."""
    ringing = item.ringing
    return item.priority if ringing is None else ringing.priority


def _cause(item: QueueItem) -> str:
    """Changes whenever there is a new reason to say it: it rang anew, or became more urgent."""
    if item.call is None:
        step = 0 if item.ringing is None else max(item.ringing.step, 0)
        return f"{_sound_of(item).value}{step}"
    rings = sum(mark.kind in RINGS for mark in item.call.marks)
    return f"{item.priority.value}{rings}"


def _repeat(item: QueueItem) -> timedelta | None:
    if item.call is not None:
        return REPEAT.get(item.call.call_class)
    return _REPEAT_ALERT.get(item.ringing.rule) if item.ringing is not None else None


def _place(bed: Bed | None) -> dict[str, str]:
    return {"room": bed.room if bed is not None else "", "bed": bed.number if bed else ""}
