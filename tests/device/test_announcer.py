"""How things are said: tone before words, night, mute, languages, faults."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.priority import Priority
from smartward.device import tones
from smartward.device.announcer import Announcer
from smartward.device.loudspeaker import NO_DEVICE
from smartward.device.mixer import BLOCK
from smartward.device.played import Event, What, Why
from smartward.device.samples import RATE, Samples
from smartward.tasks import Tasks
from tests.fakes.fake_clock import ManualClock

pytestmark = pytest.mark.anyio

PLACE = {"room": "305", "bed": "12"}
EXPIRES_S = 10.0
DEADLINE = 20.0


class Desk:
    """An announcer whose mixer is pulled by hand, on a clock that moves with it."""

    def __init__(self, role: ScreenRole) -> None:
        self.clock = ManualClock()
        self.tasks = Tasks()
        self.announcer = Announcer(role, self.clock, self.tasks)
        self.events: list[Event] = []

    async def settle(self) -> None:
        """Let what was asked for become samples in the mixer."""
        while waiting := [t for t in asyncio.all_tasks() if t.get_name() in BECOMING]:
            await asyncio.wait(waiting)

    def hear(self, seconds: float) -> Samples:
        """What the loudspeaker plays in that time."""
        blocks = []
        for _ in range(round(seconds * RATE / BLOCK)):
            blocks.append(self.announcer.mixer.pull(BLOCK, self.clock.monotonic()))
            self.clock.advance(BLOCK / RATE)
        self.events += self.announcer.mixer.take_events()
        return np.concatenate(blocks)

    def names(self, what: What) -> list[str]:
        """The sounds to which that happened, in order."""
        self.events += self.announcer.mixer.take_events()
        return [event.name for event in self.events if event.what is what]

    def whys(self) -> list[Why]:
        """Why sounds were not heard."""
        self.events += self.announcer.mixer.take_events()
        return [event.why for event in self.events if event.why is not None]


BECOMING = {"announcement", "reading aloud"}


async def turn() -> None:
    """Let the loop run everything that is ready."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    await done


@pytest.fixture
async def open_desk() -> AsyncIterator[Callable[[ScreenRole], Desk]]:
    """Makes desks and closes them."""
    made: list[Desk] = []

    def make(role: ScreenRole) -> Desk:
        made.append(Desk(role))
        return made[-1]

    yield make
    for desk in made:
        await desk.tasks.stop()
        await desk.announcer.close()


@pytest.fixture
def station(open_desk: Callable[[ScreenRole], Desk]) -> Desk:
    """The announcer of a station."""
    return open_desk(ScreenRole.STATION)


@pytest.fixture
def bedside(open_desk: Callable[[ScreenRole], Desk]) -> Desk:
    """The announcer of a bedside."""
    return open_desk(ScreenRole.BEDSIDE)


def contains(heard: Samples, wanted: Samples) -> bool:
    """Whether a sound is in what was heard, at any level."""
    whole, sound = heard.astype(float), wanted.astype(float)
    places = len(whole) - len(sound) + 1
    if places < 1:
        return False
    length = 1 << (len(whole) + len(sound)).bit_length()
    spectrum = np.fft.rfft(whole, length) * np.conj(np.fft.rfft(sound, length))
    match = np.fft.irfft(spectrum, length)[:places]
    passed = np.concatenate([[0.0], np.cumsum(whole**2)])
    energy = passed[len(sound) :] - passed[:places]
    return bool(np.max(match / np.sqrt((energy + 1.0) * np.sum(sound**2))) > 0.9)


async def test_a_call_sounds_its_tone_and_then_its_words(station: Desk) -> None:
    """The alarm first, the words in its silence, the alarm again."""
    station.announcer.set_alarm(Priority.MEDIUM)
    station.announcer.announce("bed_call", PLACE, Priority.MEDIUM, "zh_CN", EXPIRES_S)
    await station.settle()
    heard = station.hear(10.5)
    assert station.names(What.STARTED) == ["alarm.medium", "bed_call.305.12", "alarm.medium"]
    words = await station.announcer.voice.speak("bed_call", "zh_CN", PLACE)
    assert words is not None
    assert contains(heard, words)
    assert not contains(heard, tones.alarm(Priority.LOW))


async def test_a_due_item_brings_its_own_tone(station: Desk) -> None:
    """No alarm is set for low: its burst comes once, right before the words."""
    station.announcer.announce("infusion_ending", {"bed": "12"}, Priority.LOW, "en", EXPIRES_S)
    await station.settle()
    heard = station.hear(6.0)
    words = await station.announcer.voice.speak("infusion_ending", "en", {"bed": "12"})
    assert words is not None
    burst = len(tones.alarm(Priority.LOW))
    assert contains(heard[: burst + BLOCK], tones.alarm(Priority.LOW))
    assert contains(heard[burst:], words)
    assert station.names(What.ENDED) == ["infusion_ending.12"]


async def test_a_corridor_sounds_an_alarm_for_those_who_have_to_come(
    open_desk: Callable[[ScreenRole], Desk],
) -> None:
    """The tone of a high alarm leads the words, and by night it is softer before sleeping rooms."""
    corridor = open_desk(ScreenRole.CORRIDOR)
    corridor.announcer.announce("emergency_call", PLACE, Priority.HIGH, "zh_CN", EXPIRES_S)
    await corridor.settle()
    by_day = corridor.hear(8.0)
    words = await corridor.announcer.voice.speak("emergency_call", "zh_CN", PLACE)
    assert words is not None
    assert contains(by_day, tones.alarm(Priority.HIGH))
    assert contains(by_day, words)
    corridor.announcer.set_night(True)
    corridor.announcer.announce("emergency_call", PLACE, Priority.HIGH, "zh_CN", EXPIRES_S)
    await corridor.settle()
    by_night = corridor.hear(8.0)
    assert 0 < np.max(np.abs(by_night.astype(int))) < np.max(np.abs(by_day.astype(int)))


async def test_a_patient_hears_a_chime_and_no_alarm(bedside: Desk) -> None:
    """Alarm tones are for those who have to come."""
    bedside.announcer.announce("on_the_way", {}, Priority.LOW, "en", EXPIRES_S)
    await bedside.settle()
    heard = bedside.hear(4.0)
    assert contains(heard, tones.chime())
    assert not contains(heard, tones.alarm(Priority.LOW))


async def test_a_language_without_a_voice_gets_the_tone_alone(bedside: Desk) -> None:
    """Never another language: the screen shows the text."""
    assert not bedside.announcer.can_say("yue")
    bedside.announcer.announce("on_the_way", {}, Priority.LOW, "yue", EXPIRES_S)
    bedside.announcer.say("good morning", Priority.INFORMATION, "yue", EXPIRES_S)
    await bedside.settle()
    heard = bedside.hear(3.0)
    assert contains(heard, tones.chime())
    assert not heard[len(tones.chime()) + BLOCK :].any()


async def test_a_tone_waits_for_no_words(
    open_desk: Callable[[ScreenRole], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that starts slowly, or never, delays none; words that come while it is heard are
    behind it as ever, those that come later for themselves, and none is said twice."""
    corridor = open_desk(ScreenRole.CORRIDOR)
    speak, come = corridor.announcer.voice.speak, asyncio.Event()

    async def slow(key: str, lang: str, values: Mapping[str, str]) -> Samples | None:
        await come.wait()
        return await speak(key, lang, values)

    monkeypatch.setattr(corridor.announcer.voice, "speak", slow)
    words = await speak("emergency_call", "zh_CN", PLACE)
    assert words is not None
    name, tone = "emergency_call.305.12", tones.alarm(Priority.HIGH)
    for waits_s, said in ((0.5, [name]), (4.0, [name, name])):
        come.clear()
        corridor.events.clear()
        for _ in range(2):
            corridor.announcer.announce("emergency_call", PLACE, Priority.HIGH, "zh_CN", EXPIRES_S)
        before = corridor.hear(waits_s)
        come.set()
        await corridor.settle()
        heard = np.concatenate([before, corridor.hear(9.0)])
        assert contains(heard[: len(tone) + BLOCK], tone)
        assert corridor.names(What.STARTED) == said
        assert corridor.names(What.ENDED) == said
        assert corridor.whys() == [Why.REPEATED]
        assert contains(heard[len(tone) :], words)


async def test_a_text_is_read_aloud_and_its_words_are_in_no_log(bedside: Desk) -> None:
    """What a card says is the patient's: events carry a word of ours."""
    assert bedside.announcer.can_say("en")
    bedside.announcer.say("Your evening medicine.", Priority.INFORMATION, "en", EXPIRES_S)
    await bedside.settle()
    assert bedside.hear(4.0).any()
    assert bedside.names(What.ENDED) == ["read aloud"]


async def test_at_night_a_bedside_only_ticks(bedside: Desk) -> None:
    """Words of low and information are not said; the tick of a touch is soft, and softer yet."""
    bedside.announcer.tick()
    day = np.abs(bedside.hear(0.5).astype(int)).max()
    bedside.announcer.set_night(True)
    bedside.announcer.announce("on_the_way", {}, Priority.LOW, "en", EXPIRES_S)
    bedside.announcer.say("hello", Priority.INFORMATION, "en", EXPIRES_S)
    await bedside.settle()
    assert not bedside.hear(3.0).any()
    assert bedside.whys() == [Why.SILENT, Why.SILENT]
    bedside.announcer.tick()
    night = np.abs(bedside.hear(0.5).astype(int)).max()
    assert 0 < night < day < 5_000


async def test_words_that_come_too_late_are_not_said(station: Desk) -> None:
    """A call that was accepted meanwhile is not called out a minute later."""
    station.announcer.set_alarm(Priority.HIGH)
    station.announcer.announce("bed_call", PLACE, Priority.MEDIUM, "en", EXPIRES_S)
    await station.settle()
    station.hear(EXPIRES_S + 1)
    station.announcer.set_alarm(None)
    assert not station.hear(5.0)[BLOCK:].any()
    assert Why.STALE in station.whys()


async def test_an_emergency_is_nearly_unbroken(station: Desk) -> None:
    """The silence between its bursts is the least that the standard allows."""
    station.announcer.set_alarm(Priority.HIGH, unbroken=True)
    station.hear(20.0)
    starts = [event.frame / RATE for event in station.events if event.what is What.STARTED]
    ends = [event.frame / RATE for event in station.events if event.what is What.ENDED]
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    assert len(gaps) >= 3
    assert all(2.5 <= gap <= 3.0 for gap in gaps)


async def test_information_is_no_alarm(station: Desk) -> None:
    """Asked for the tone of information, there is none."""
    station.announcer.set_alarm(Priority.INFORMATION)
    assert not station.announcer.mixer.active


async def test_a_mute_shows_its_end_and_ends_by_itself(station: Desk) -> None:
    """Two minutes at most; high alarms are heard in spite of it; a newer mute outlasts it."""
    announcer, clock = station.announcer, station.clock
    announcer.set_alarm(Priority.MEDIUM)
    station.hear(0.5)
    announcer.mute(clock.now() + timedelta(hours=1))
    assert announcer.muted_until == clock.now() + timedelta(seconds=120)
    assert not station.hear(12.0)[BLOCK:].any()
    announcer.mute(clock.now() + timedelta(seconds=60))
    ends = announcer.muted_until
    announcer.set_alarm(Priority.HIGH)
    assert station.hear(1.0).any()
    announcer.set_alarm(Priority.MEDIUM)
    while clock.waiting < 2:
        await turn()
    clock.advance(58.0)
    await turn()
    assert announcer.muted_until == ends
    clock.advance(1.5)
    while announcer.muted_until is not None:
        await turn()
    assert clock.now() >= ends
    assert station.hear(1.0).any()


@pytest.mark.expects_log(NO_DEVICE, "voice at rest")
async def test_faults_arrive_in_the_event_loop(
    open_desk: Callable[[ScreenRole], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No device on this machine: told in the loop's own thread, where the models live. What keeps
    the voice is begun anew when it failed."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    desk = open_desk(ScreenRole.STATION)
    told: asyncio.Queue[frozenset[str]] = asyncio.Queue()
    desk.announcer.on_faults = lambda: told.put_nowait(desk.announcer.faults)
    failed = iter([RuntimeError("once")])

    async def rest() -> None:
        for error in failed:
            raise error

    monkeypatch.setattr(desk.announcer.voice, "rest", rest)
    desk.announcer.start()
    assert await asyncio.wait_for(told.get(), DEADLINE) == {NO_DEVICE}
    assert desk.tasks.failing == {"voice at rest"}
    desk.clock.advance(2.0)
    while desk.tasks.failing:
        await turn()
