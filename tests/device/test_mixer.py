"""What the mixer lets be heard: priorities, interruption, waiting, night, mute, repetition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.priority import Priority
from smartward.device import tones
from smartward.device.loudness import BY_BEDS, STATION, Loudness, for_role
from smartward.device.mixer import BLOCK, LOW_WAITS, Mixer
from smartward.device.played import Alarm, Event, Sound, What, Why
from smartward.device.samples import RATE, frames

HIGH, MEDIUM, LOW, INFORMATION = Priority
LEVELS = {HIGH: 9_000, MEDIUM: 6_000, LOW: 3_000, INFORMATION: 1_000}
FLAT = Loudness(dict.fromkeys(Priority, 0.0), dict.fromkeys(Priority, 0.0), floor=-60.0)


def sound(name: str, priority: Priority, seconds: float = 1.0, **more: float) -> Sound:
    """A sound of one constant sample per priority, so that its place is seen in the output."""
    samples = np.full(frames(seconds), LEVELS[priority], np.int16)
    return Sound(name=name, priority=priority, samples=samples, **more)


def alarm(priority: Priority) -> Alarm:
    """The real tone of a priority."""
    tone = tones.TONES[priority]
    return Alarm(
        name=f"alarm.{priority}",
        priority=priority,
        burst=tones.alarm(priority),
        interburst=tone.interburst,
    )


class Speaker:
    """Pulls blocks as a loudspeaker does and keeps what it got."""

    def __init__(self, mixer: Mixer) -> None:
        self.mixer = mixer
        self.blocks: list[np.ndarray] = []
        self.events: list[Event] = []
        self.taken: dict[int, Sound | None] = {}
        mixer.tap = self.blocks.append

    @property
    def now(self) -> float:
        """Time by the frames pulled."""
        return self.mixer.frame / RATE

    def run(self, seconds: float) -> np.ndarray:
        """Pull for that long; the samples heard meanwhile."""
        first = len(self.blocks)
        end = self.mixer.frame + frames(seconds)
        while self.mixer.frame < end:
            self.mixer.pull(min(BLOCK, end - self.mixer.frame), self.now)
        self.events += self.mixer.take_events()
        return np.concatenate(self.blocks[first:])

    def times(self, what: What, name: str) -> list[float]:
        """When that happened to the sound of this name, in seconds."""
        self.events += self.mixer.take_events()
        return [e.frame / RATE for e in self.events if (e.what, e.name) == (what, name)]

    def whys(self, name: str) -> list[Why]:
        """Why the sound of this name was not heard to its end."""
        self.events += self.mixer.take_events()
        return [e.why for e in self.events if e.name == name and e.why is not None]


@pytest.fixture
def speaker() -> Speaker:
    """A mixer with all priorities at full level."""
    return Speaker(Mixer(FLAT))


def test_plays_what_it_is_given_and_then_nothing(speaker: Speaker) -> None:
    """Every sample comes out once, unchanged at full level, and then the mixer is idle."""
    mixer = speaker.mixer
    assert not mixer.active
    ramp = np.arange(-5_000, 5_000, dtype=np.int16)
    mixer.play(Sound(name="ramp", priority=LOW, samples=ramp), speaker.now)
    assert mixer.active
    heard = speaker.run(0.5)
    assert np.array_equal(heard[: len(ramp)], ramp)
    assert not heard[len(ramp) :].any()
    assert not mixer.active
    assert speaker.times(What.ENDED, "ramp") == [pytest.approx(len(ramp) / RATE)]


def test_higher_interrupts_within_a_block_and_the_lower_starts_again(speaker: Speaker) -> None:
    """An interrupted sentence is said again whole, not from its middle."""
    mixer = speaker.mixer
    mixer.play(sound("words", MEDIUM, 2.0), speaker.now)
    speaker.run(0.7)
    asked = speaker.now
    mixer.play(sound("urgent", HIGH, 0.5), asked)
    speaker.run(4.0)
    assert speaker.times(What.STARTED, "urgent")[0] - asked <= BLOCK / RATE
    assert speaker.times(What.INTERRUPTED, "words") == speaker.times(What.STARTED, "urgent")
    again = speaker.times(What.STARTED, "words")[1]
    assert again == pytest.approx(asked + 0.5, abs=BLOCK / RATE)
    assert speaker.times(What.ENDED, "words") == [pytest.approx(again + 2.0)]


def test_interruption_fades_instead_of_clicking(speaker: Speaker) -> None:
    """The cut sound falls to nothing within 5 ms."""
    speaker.mixer.play(sound("words", MEDIUM, 2.0), 0.0)
    speaker.run(0.1)
    speaker.mixer.set_muted(True)
    heard = speaker.run(0.1).astype(int)
    assert np.abs(np.diff(heard)).max() < LEVELS[MEDIUM] / 50
    assert not heard[frames(0.005) :].any()
    assert not speaker.mixer.active


def test_interrupted_information_is_dropped(speaker: Speaker) -> None:
    """Information is never made up for."""
    speaker.mixer.play(sound("card", INFORMATION), 0.0)
    speaker.run(0.1)
    speaker.mixer.play(sound("words", LOW, 0.3), speaker.now)
    speaker.run(3.0)
    assert speaker.times(What.STARTED, "card") == [0.0]
    assert speaker.whys("card") == [Why.BUSY]


def test_information_is_dropped_where_something_sounds(speaker: Speaker) -> None:
    """It neither interrupts nor waits."""
    speaker.mixer.play(sound("words", MEDIUM), 0.0)
    speaker.mixer.play(sound("card", INFORMATION), 0.0)
    speaker.run(3.0)
    assert speaker.whys("card") == [Why.BUSY]
    assert speaker.times(What.STARTED, "card") == []


def test_low_waits_ten_seconds_and_is_then_told_as_dropped(speaker: Speaker) -> None:
    """A due item shorter than the wait is heard; one that would come later is not, and says so."""
    speaker.mixer.play(sound("long", MEDIUM, LOW_WAITS + 1), 0.0)
    speaker.mixer.play(sound("due", LOW), 0.0)
    speaker.run(LOW_WAITS - 0.1)
    assert speaker.whys("due") == []
    speaker.run(3.0)
    assert speaker.whys("due") == [Why.STALE]
    speaker.mixer.play(sound("short", MEDIUM, 5.0), speaker.now)
    speaker.mixer.play(sound("later", LOW), speaker.now)
    speaker.run(7.0)
    assert len(speaker.times(What.ENDED, "later")) == 1


def test_a_sound_goes_on_with_what_comes_while_it_waits_or_is_heard(speaker: Speaker) -> None:
    """Without a seam, from its beginning where it was interrupted, and not once it is over."""
    behind = np.full(frames(1.0), 3_000, np.int16)
    heard, waits = sound("heard", LOW), sound("waits", LOW)
    (first, second) = (speaker.mixer.play(one, speaker.now) for one in (heard, waits))
    assert first is not None
    assert second is not None
    speaker.run(0.5)
    assert speaker.mixer.lengthen(first, behind)
    assert speaker.mixer.lengthen(second, behind)
    assert not speaker.mixer.lengthen(first, behind)
    speaker.run(0.8)
    speaker.mixer.play(sound("higher", HIGH, 1.0), speaker.now)
    speaker.run(6.5)
    assert speaker.times(What.ENDED, "heard") == [pytest.approx(1.3 + 1.0 + 2.0, abs=0.05)]
    assert speaker.times(What.ENDED, "waits") == [pytest.approx(1.3 + 1.0 + 4.0, abs=0.05)]
    last = speaker.mixer.play(sound("last", LOW), speaker.now)
    assert last is not None
    assert speaker.mixer.play(sound("last", LOW), speaker.now) is None
    speaker.run(2.0)
    assert not speaker.mixer.lengthen(last, behind)
    assert not speaker.mixer.active


def test_stale_words_are_not_said(speaker: Speaker) -> None:
    """What expired while it waited, or before it came, is dropped."""
    speaker.mixer.play(sound("long", HIGH, 3.0), 0.0)
    speaker.mixer.play(sound("words", MEDIUM, expires_at=2.0), 0.0)
    speaker.run(4.0)
    speaker.mixer.play(sound("old", HIGH, expires_at=3.9), speaker.now)
    speaker.run(1.0)
    assert speaker.whys("words") == [Why.STALE]
    assert speaker.whys("old") == [Why.STALE]
    assert not speaker.mixer.active


def test_the_same_sound_is_not_queued_twice(speaker: Speaker) -> None:
    """Three touches of one card are one reading."""
    for _ in range(3):
        speaker.mixer.play(sound("words", MEDIUM, 0.5), 0.0)
    speaker.run(3.0)
    assert len(speaker.times(What.STARTED, "words")) == 1
    assert speaker.whys("words") == [Why.REPEATED, Why.REPEATED]


@pytest.mark.parametrize("priority", [HIGH, MEDIUM, LOW])
def test_alarm_repeats_with_its_interburst_until_it_ends(
    speaker: Speaker, priority: Priority
) -> None:
    """Bursts follow each other with exactly the tone's silence; ending stops within a block."""
    wanted = alarm(priority)
    speaker.mixer.set_alarm(wanted)
    period = len(wanted.burst) / RATE + wanted.interburst
    speaker.run(2 * period + 0.1)
    starts = speaker.times(What.STARTED, wanted.name)
    assert starts == [pytest.approx(i * period, abs=1 / RATE) for i in range(3)]
    ended = speaker.now
    speaker.mixer.set_alarm(None)
    assert not speaker.run(5.0)[frames(0.005) :].any()
    assert speaker.times(What.CANCELLED, wanted.name) == [pytest.approx(ended)]
    assert not speaker.mixer.active


def test_first_burst_rises_and_the_next_are_full(speaker: Speaker) -> None:
    """The first second grows by 6 dB: heard at once, without a start that frightens."""
    wanted = alarm(MEDIUM)
    speaker.mixer.set_alarm(wanted)
    heard = np.abs(speaker.run(12.0).astype(int))
    pulse = frames(tones.TONES[MEDIUM].pulse)
    second = frames(wanted.interburst) + len(wanted.burst)
    first_peak, second_peak = heard[:pulse].max(), heard[second : second + pulse].max()
    assert 0.45 <= first_peak / second_peak <= 0.65
    assert second_peak == np.abs(wanted.burst.astype(int)).max()


def test_setting_the_same_alarm_again_does_not_restart_it(speaker: Speaker) -> None:
    """The queue changes under a sounding alarm; its rhythm does not."""
    speaker.mixer.set_alarm(alarm(MEDIUM))
    speaker.run(1.5)
    speaker.mixer.set_alarm(alarm(MEDIUM))
    speaker.run(5.0)
    assert speaker.times(What.STARTED, "alarm.medium") == [0.0]


def test_a_rising_alarm_sounds_within_a_block(speaker: Speaker) -> None:
    """A call that became high is heard as high at once."""
    speaker.mixer.set_alarm(alarm(MEDIUM))
    speaker.run(3.0)
    asked = speaker.now
    speaker.mixer.set_alarm(alarm(HIGH))
    speaker.run(1.0)
    assert speaker.times(What.STARTED, "alarm.high")[0] - asked <= BLOCK / RATE


def test_words_come_after_the_tone_and_in_its_silence(speaker: Speaker) -> None:
    """Tone first, words next, and the next burst waits for their end."""
    wanted = alarm(HIGH)
    speaker.mixer.set_alarm(wanted)
    speaker.mixer.play(sound("words", HIGH, 6.0), 0.0)
    speaker.run(12.0)
    burst = len(wanted.burst) / RATE
    assert speaker.times(What.STARTED, "words") == [pytest.approx(burst)]
    assert speaker.times(What.STARTED, wanted.name) == [0.0, pytest.approx(burst + 6.0)]


def test_under_an_alarm_only_its_priority_speaks(speaker: Speaker) -> None:
    """In the silence of a high alarm no lower words are said; they wait."""
    speaker.mixer.set_alarm(alarm(HIGH))
    speaker.mixer.play(sound("words", MEDIUM), 0.0)
    speaker.run(15.0)
    assert speaker.times(What.STARTED, "words") == []
    speaker.mixer.set_alarm(None)
    speaker.run(2.0)
    assert len(speaker.times(What.ENDED, "words")) == 1


def test_mute_leaves_only_high_and_ends_with_the_alarm_at_once() -> None:
    """Muted, a medium alarm is silent and a high one is not; unmuted, it sounds within a block."""
    speaker = Speaker(Mixer(STATION))
    speaker.mixer.set_alarm(alarm(MEDIUM))
    speaker.run(0.1)
    speaker.mixer.set_muted(True)
    assert not speaker.run(20.0)[frames(0.005) :].any()
    assert not speaker.mixer.active
    speaker.mixer.play(sound("words", MEDIUM), speaker.now)
    assert speaker.whys("words") == [Why.SILENT]
    speaker.mixer.play(sound("emergency", HIGH, 0.5), speaker.now)
    assert speaker.run(0.5).any()
    unmuted = speaker.now
    speaker.mixer.set_muted(False)
    speaker.run(0.1)
    assert speaker.times(What.STARTED, "alarm.medium")[-1] - unmuted <= BLOCK / RATE


def level(speaker: Speaker, priority: Priority) -> float:
    """Decibels at which a sound of this priority comes out; -inf for silence."""
    speaker.mixer.play(sound(f"probe.{priority}", priority, 0.1), speaker.now)
    peak = np.abs(speaker.run(0.2).astype(int)).max()
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(peak / LEVELS[priority]))


@pytest.mark.parametrize("role", ["station", "bedside", "bedhead", "door", "corridor"])
def test_night(role: str) -> None:
    """At night due and information are silent, medium is lower, and high full at a station."""
    speaker = Speaker(Mixer(for_role(role)))
    day = {priority: level(speaker, priority) for priority in Priority}
    speaker.mixer.set_night(True)
    night = {priority: level(speaker, priority) for priority in Priority}
    assert all(np.isfinite(list(day.values())))
    assert night[LOW] == night[INFORMATION] == -np.inf
    assert -np.inf < night[MEDIUM] < day[MEDIUM]
    assert night[HIGH] >= night[MEDIUM]
    if role == "station":
        assert night[HIGH] == day[HIGH] == pytest.approx(0.0, abs=0.01)
    else:
        assert -np.inf < night[HIGH] < day[HIGH]


@pytest.mark.parametrize("loudness", [STATION, BY_BEDS], ids=["station", "by beds"])
def test_volume_keys_never_lower_high_nor_go_below_what_is_heard(loudness: Loudness) -> None:
    """Turned down all the way, high is as loud as before and the rest is still heard."""
    speaker = Speaker(Mixer(loudness))
    full = level(speaker, HIGH)
    speaker.mixer.set_loudness(loudness.trimmed(-100.0))
    assert level(speaker, HIGH) == full
    assert level(speaker, MEDIUM) == pytest.approx(loudness.floor, abs=0.1)


def test_nightfall_ends_what_is_silent_then() -> None:
    """A due item sounding at 22:00 stops; one that waits is forgotten."""
    speaker = Speaker(Mixer(STATION))
    speaker.mixer.play(sound("first", LOW, 5.0), 0.0)
    speaker.mixer.play(sound("second", LOW, 5.0), 0.0)
    speaker.run(0.5)
    speaker.mixer.set_night(True)
    assert not speaker.run(1.0)[frames(0.005) :].any()
    assert speaker.whys("first") == speaker.whys("second") == [Why.SILENT]


def test_tells_when_it_has_something_to_play(speaker: Speaker) -> None:
    """The sink sleeps in silence; the first command that needs it wakes it."""
    woken: list[bool] = []
    speaker.mixer.on_active = lambda: woken.append(speaker.mixer.active)
    speaker.mixer.set_night(False)
    assert woken == []
    speaker.mixer.play(sound("words", MEDIUM), 0.0)
    speaker.mixer.set_alarm(alarm(HIGH))
    assert woken == [True, True]


def test_tells_for_how_long_nothing_changes_by_itself(speaker: Speaker) -> None:
    """Nobody needs to look before: in a sound, between bursts, and where nothing will sound."""
    mixer = speaker.mixer
    assert mixer.undisturbed() == float("inf")
    mixer.play(sound("words", HIGH, 1.0), speaker.now)
    assert mixer.undisturbed() == 0.0
    speaker.run(0.4)
    assert mixer.undisturbed() == pytest.approx(0.6)
    speaker.run(0.6)
    assert mixer.undisturbed() == float("inf")
    mixer.set_alarm(alarm(MEDIUM))
    speaker.run(len(tones.alarm(MEDIUM)) / RATE + 0.5)
    assert mixer.undisturbed() == pytest.approx(tones.TONES[MEDIUM].interburst - 0.5)
    mixer.set_muted(True)
    assert mixer.undisturbed() == float("inf")


def test_empty_sounds_are_refused() -> None:
    """A sound of no samples is a mistake of whoever made it."""
    with pytest.raises(ValueError, match="words is empty"):
        Sound(name="words", priority=HIGH, samples=np.zeros(0, np.int16))
    with pytest.raises(ValueError, match="never repeats"):
        Alarm(name="x", priority=INFORMATION, burst=tones.chime(), interburst=5.0)


COMMANDS = st.one_of(
    st.tuples(
        st.just("play"),
        st.sampled_from(Priority),
        st.integers(0, 5),
        st.floats(0.01, 1.0),
        st.floats(0.05, 5.0),
    ),
    st.tuples(st.just("alarm"), st.sampled_from([HIGH, MEDIUM, LOW, None])),
    st.tuples(st.just("lengthen"), st.integers(0, 5), st.floats(0.01, 1.0)),
    st.tuples(st.just("night"), st.booleans()),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("run"), st.floats(0.001, 3.0)),
)


def obey(speaker: Speaker, command: tuple) -> None:
    """Carry out one generated command."""
    mixer = speaker.mixer
    match command:
        case ("play", priority, number, length, patience):
            expires = speaker.now + patience
            asked = sound(f"s{number}", priority, length, expires_at=expires)
            speaker.taken[number] = mixer.play(asked, speaker.now)
        case ("alarm", priority):
            mixer.set_alarm(None if priority is None else alarm(priority))
        case ("lengthen", number, length):
            if (taken := speaker.taken.get(number)) is not None:
                mixer.lengthen(taken, np.ones(frames(length), np.int16))
        case ("night", night):
            mixer.set_night(night)
        case ("mute", muted):
            mixer.set_muted(muted)
        case ("run", seconds):
            speaker.run(seconds)


@settings(max_examples=60, deadline=None)
@given(commands=st.lists(COMMANDS, max_size=25))
def test_whatever_happens_one_voice_at_a_time_and_never_a_lower_over_a_higher(
    commands: list[tuple],
) -> None:
    """One voice, every start has its end, nothing lower over a higher, whatever is asked."""
    speaker = Speaker(Mixer(STATION))
    for command in commands:
        obey(speaker, command)
    speaker.mixer.set_alarm(None)
    speaker.run(40.0)
    assert not speaker.mixer.active
    sounding: Event | None = None
    for event in speaker.events:
        if event.what is What.STARTED:
            assert sounding is None
            sounding = event
        elif sounding is not None and event.name == sounding.name:
            closes = event.what in (What.ENDED, What.INTERRUPTED, What.CANCELLED)
            if closes or event.why is Why.SILENT:
                sounding = None
        if event.what is What.INTERRUPTED:
            after = speaker.events[speaker.events.index(event) + 1 :]
            started = next(e for e in after if e.what is What.STARTED)
            assert started.priority.rank < event.priority.rank
            assert started.frame == event.frame
    assert sounding is None


@settings(max_examples=40, deadline=None)
@given(
    commands=st.lists(COMMANDS, max_size=15),
    priority=st.sampled_from([HIGH, MEDIUM]),
    blocks=st.lists(st.integers(1, BLOCK), min_size=1, max_size=5),
)
def test_an_alarm_is_never_silent_for_longer_than_ten_seconds(
    commands: list[tuple], priority: Priority, blocks: list[int]
) -> None:
    """Whatever else is played or said, something is heard every 10 s."""
    speaker = Speaker(Mixer(FLAT))
    speaker.mixer.set_alarm(alarm(priority))
    for command in commands:
        if command[0] in ("play", "lengthen", "run"):
            obey(speaker, command)
    for size in blocks:
        speaker.mixer.pull(size, speaker.now)
    heard = np.flatnonzero(speaker.run(40.0))
    assert np.diff(heard, prepend=0).max() <= 10 * RATE


@given(parts=st.lists(st.integers(1, BLOCK), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_samples_do_not_depend_on_the_size_of_the_blocks(parts: list[int]) -> None:
    """A device that asks for odd amounts hears the same."""
    whole, pieces = Mixer(FLAT), Mixer(FLAT)
    for mixer in (whole, pieces):
        mixer.set_alarm(alarm(HIGH))
        mixer.play(sound("words", HIGH, 0.3), 0.0)
    wanted = whole.pull(sum(parts), 0.0)
    got = np.concatenate([pieces.pull(part, 0.0) for part in parts])
    assert np.array_equal(wanted, got)
