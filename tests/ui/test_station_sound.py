"""What the station sounds and says: the highest priority, words in time, a mute that ends."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from smartward.clinical.alert import AlertState
from smartward.clinical.nurse_call import (
    MUTE,
    Actor,
    CallClass,
    CallReason,
    CallSettings,
    NurseCall,
    accept,
    advance,
    heard,
)
from smartward.clinical.priority import Priority
from smartward.screen.call_prompts import prompt_of
from smartward.screen.station_queue import QueueItem, items
from smartward.screen.station_sound import Announcement, Sounds, StationSound
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW
from tests.ui.test_station_queue import LEE, one_call, state_of


class Ears:
    """Hears what the device is told to sound and say."""

    def __init__(self) -> None:
        self.alarms: list[Priority | None] = []
        self.unbroken: list[bool] = []
        self.said: list[tuple[str, dict[str, str], Priority, str]] = []

    def set_alarm(self, priority: Priority | None, *, unbroken: bool = False) -> None:
        self.alarms.append(priority)
        self.unbroken.append(unbroken)

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        assert expires_s > 0
        self.said.append((prompt_key, values, priority, lang))


WARD = state_of(sample.empty_ward(40))


def queue_of(*calls: NurseCall) -> list[QueueItem]:
    """A queue of these calls alone."""
    WARD.calls = {call.id: call for call in calls}
    return items(WARD)


def said(
    sounds: Sounds, call: NurseCall, now: datetime, hushed: tuple[str, ...] = ()
) -> list[Announcement]:
    return sounds.due(queue_of(call), hushed, now)


# ---------------------------------------------------------------------------------------- alarm


def test_the_highest_that_sounds_is_the_alarm() -> None:
    normal = replace(one_call(number=6), id="n")
    urgent = replace(one_call(CallClass.BATHROOM, number=7), id="b")
    sounds = Sounds()
    assert sounds.alarm(queue_of(), (), NOW) is None
    assert sounds.alarm(queue_of(normal), (), NOW) is Priority.MEDIUM
    assert sounds.alarm(queue_of(normal, urgent), (), NOW) is Priority.HIGH
    assert sounds.alarm(queue_of(normal, accept(urgent, NOW, LEE)), (), NOW) is Priority.MEDIUM


def test_a_muted_call_is_silent_until_the_mute_ends() -> None:
    call = heard(one_call(), NOW, LEE)
    sounds = Sounds()
    assert sounds.alarm(queue_of(call), (), NOW + timedelta(seconds=1)) is None
    assert sounds.muted_until(queue_of(call), {}, NOW) == NOW + MUTE
    assert sounds.alarm(queue_of(call), (), NOW + MUTE) is Priority.MEDIUM
    assert sounds.muted_until(queue_of(call), {}, NOW + MUTE) is None


def test_a_muted_call_sounds_again_when_it_escalates() -> None:
    call = heard(one_call(seconds=50), NOW, LEE)
    later = NOW + timedelta(seconds=15)
    assert Sounds().alarm(queue_of(advance(call, CallSettings(), later)), (), later) is not None


@pytest.mark.parametrize(
    "priority, heard_as",
    [
        (Priority.HIGH, Priority.HIGH),
        (Priority.MEDIUM, Priority.MEDIUM),
        (Priority.LOW, None),
    ],
)
def test_alerts_sound_by_priority(priority: Priority, heard_as: Priority | None) -> None:
    bodies = sample.full_ward()
    made = sample.plain_alert(bodies, 7, "news2", priority, 1)
    found = items(state_of(bodies))
    assert Sounds().alarm(found, (), NOW) is heard_as
    bodies.put("alert", replace(made, state=AlertState.ACKNOWLEDGED))
    assert Sounds().alarm(items(state_of(bodies)), (), NOW) is None


def test_a_muted_alert_sounds_again_after_its_mute_and_a_new_one_at_once() -> None:
    bodies = sample.full_ward()
    sample.plain_alert(bodies, 7, "news2", Priority.HIGH, 1)
    sounds = Sounds()
    sounds.mute_alerts(items(state_of(bodies)), NOW)
    assert sounds.alarm(items(state_of(bodies)), (), NOW) is None
    assert sounds.muted_until(items(state_of(bodies)), {}, NOW) == NOW + MUTE
    sample.plain_alert(bodies, 8, "infusion_ended", Priority.MEDIUM, 0)
    assert sounds.alarm(items(state_of(bodies)), (), NOW) is Priority.MEDIUM
    assert sounds.alarm(items(state_of(bodies)), (), NOW + MUTE) is Priority.HIGH


# ---------------------------------------------------------------------------------------- words


def test_a_call_is_said_once_with_room_and_bed() -> None:
    sounds, call = Sounds(), one_call()
    (first,) = said(sounds, call, NOW)
    assert first.prompt == "bed_call"
    assert first.values == {"room": "308", "bed": "22"}
    assert said(sounds, call, NOW + timedelta(seconds=9)) == []


def test_a_call_is_said_again_at_60_and_180_seconds() -> None:
    sounds, call = Sounds(), one_call(seconds=0)
    times = []
    for second in range(200):
        now = NOW + timedelta(seconds=second)
        call = advance(call, CallSettings(), now)
        times += [second] * len(said(sounds, call, now))
    assert times == [0, 60, 180]


def test_an_emergency_is_said_every_10_seconds_until_somebody_goes() -> None:
    sounds, call = Sounds(), one_call(CallClass.EMERGENCY, seconds=0)
    times = []
    for second in range(40):
        now = NOW + timedelta(seconds=second)
        shown = accept(call, NOW, LEE) if second >= 25 else call
        times += [second] * len(said(sounds, shown, now))
    assert times == [0, 10, 20]


def test_a_muted_call_is_not_said() -> None:
    assert said(Sounds(), heard(one_call(), NOW, LEE), NOW) == []
    assert said(Sounds(), one_call(), NOW, hushed=("c",)) == []


@pytest.mark.parametrize(
    "rule, prompt",
    [
        ("news2", "early_warning"),
        ("infusion_near_end", "infusion_ending"),
        ("infusion_ended", "infusion_ended"),
        ("observations_overdue", None),
    ],
)
def test_alerts_are_said_by_their_rule(rule: str, prompt: str | None) -> None:
    bodies = sample.full_ward()
    sample.plain_alert(bodies, 7, rule, Priority.MEDIUM, 1)
    found = Sounds().due(items(state_of(bodies)), (), NOW)
    assert [told.prompt for told in found] == ([prompt] if prompt else [])


def test_every_prompt_is_in_the_devices_table() -> None:
    from smartward.device.prompts import Prompts
    from smartward.screen import station_sound as module

    table = Prompts()
    calls = {prompt_of(kind, why) for kind in CallClass for why in (None, *CallReason)}
    wanted = {*calls, *module._ALERT_PROMPTS.values()}
    assert wanted <= set(table.keys)
    assert all(table.slots(key) <= {"room", "bed"} for key in wanted)


# --------------------------------------------------------------------------------------- device


def test_the_device_hears_changes_only() -> None:
    ears = Ears()
    sound = StationSound(ears)
    call = one_call()
    for second in range(5):
        sound.step(queue_of(call), {}, "en", NOW + timedelta(seconds=second))
    sound.step(queue_of(accept(call, NOW, Actor(device_id="d"))), {}, "en", NOW)
    assert ears.alarms == [Priority.MEDIUM, None]
    assert ears.said == [("bed_call", {"room": "308", "bed": "22"}, Priority.MEDIUM, "en")]


def test_a_device_that_comes_later_sounds_what_sounds_now() -> None:
    sound, ears = StationSound(Ears()), Ears()
    sound.step(queue_of(one_call()), {}, "en", NOW)
    sound.connect(ears)
    assert ears.alarms == [Priority.MEDIUM]


def test_only_a_staff_emergency_sounds_without_long_rests() -> None:
    ears = Ears()
    sound = StationSound(ears)
    emergency = one_call(CallClass.EMERGENCY)
    sound.step(queue_of(one_call(CallClass.BATHROOM)), {}, "en", NOW)
    sound.step(queue_of(emergency), {}, "en", NOW)
    sound.step(queue_of(emergency), {emergency.id: NOW + timedelta(minutes=1)}, "en", NOW)
    assert ears.alarms == [Priority.HIGH, Priority.HIGH, None]
    assert ears.unbroken == [False, True, False]
