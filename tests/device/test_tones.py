"""Alarm tones measured on their samples against the limits of the standard.

The limits are written down here from the table (IEC 60601-1-8:2006+A1:2012 tables 3 and 4, as given
by field report 2.3), not taken from the code under test.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from smartward.clinical.priority import Priority
from smartward.device import tones

RATE = 48_000


@dataclass(frozen=True)
class Limits:
    """Seconds, hertz and counts that a burst must keep."""

    pulses: tuple[int, ...]
    pulse: tuple[float, float]
    spacing: tuple[float, float]
    interburst: tuple[float, float]


LIMITS = {
    Priority.HIGH: Limits((10,), (0.075, 0.200), (0.050, 0.125), (2.5, 15.0)),
    Priority.MEDIUM: Limits((3,), (0.125, 0.250), (0.125, 0.250), (2.5, 30.0)),
    Priority.LOW: Limits((1, 2), (0.125, 0.250), (0.125, 0.250), (15.0, float("inf"))),
}
PITCH = (150.0, 1000.0)
CARRYING = (300.0, 4000.0)
LEAST_PARTIALS = 4
PARTIAL_WITHIN_DB = 15.0
RISE = (0.10, 0.40)
PULSES_WITHIN_DB = 10.0
CALL_HEARD_EVERY = 10.0


def envelope(wave: np.ndarray, window: float = 0.004) -> np.ndarray:
    """Peak over a sliding window, as part of the loudest peak."""
    size = int(window * RATE)
    views = np.lib.stride_tricks.sliding_window_view(np.pad(np.abs(wave), (size // 2, size)), size)
    peak = views.max(axis=1)[: len(wave)]
    return peak / peak.max()


def spans(wave: np.ndarray, threshold: float) -> list[tuple[int, int]]:
    """First and last frame of each stretch louder than a part of the loudest peak."""
    loud = np.concatenate([[False], envelope(wave) > threshold, [False]])
    edges = np.flatnonzero(np.diff(loud.astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def pulses_of(samples: np.ndarray, threshold: float) -> list[tuple[float, float]]:
    """Start and end of each pulse in seconds."""
    return [(a / RATE, b / RATE) for a, b in spans(samples / 32_767, threshold)]


def partials(wave: np.ndarray) -> list[tuple[float, float]]:
    """(hertz, decibels below the fundamental) of the spectrum's peaks, lowest first."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 17))
    pitch = np.fft.rfftfreq(1 << 17, 1 / RATE)
    inner = spectrum[1:-1]
    peak = (inner > spectrum[:-2]) & (inner >= spectrum[2:]) & (inner > spectrum.max() * 0.05)
    found = [(float(pitch[i + 1]), float(inner[i])) for i in np.flatnonzero(peak)]
    return [(hertz, 20 * np.log10(level / found[0][1])) for hertz, level in found]


@pytest.fixture(params=list(LIMITS), ids=str)
def priority(request: pytest.FixtureRequest) -> Priority:
    """Each alarm priority in turn."""
    return Priority(request.param)


# A pulse's length is read at half amplitude by one school and whole by the other: both must hold.
@pytest.mark.parametrize("threshold", [0.5, 0.02], ids=["half", "whole"])
def test_pulses_and_their_spacing(priority: Priority, threshold: float) -> None:
    """Number and length of pulses, and the silences between them, lie within the table."""
    limits = LIMITS[priority]
    found = pulses_of(tones.alarm(priority), threshold)
    assert len(found) in limits.pulses
    for start, end in found:
        assert limits.pulse[0] <= end - start <= limits.pulse[1]
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(found)]
    ordinary = [gap for i, gap in enumerate(gaps) if len(found) < 10 or i not in (2, 4, 7)]
    assert all(limits.spacing[0] <= gap <= limits.spacing[1] for gap in ordinary)


@pytest.mark.parametrize("threshold", [0.5, 0.02], ids=["half", "whole"])
def test_high_is_twice_three_and_two(threshold: float) -> None:
    """3 + 2 pulses, a pause of 0.35-1.30 s, and the same again."""
    found = pulses_of(tones.alarm(Priority.HIGH), threshold)
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(found)]
    length, ordinary = found[0][1] - found[0][0], gaps[0]
    for group in (2, 7):
        assert gaps[group] == pytest.approx(2 * ordinary + length, abs=0.012)
    assert 0.35 <= gaps[4] <= 1.30


def test_rise_and_fall(priority: Priority) -> None:
    """From 10 to 90 % of the amplitude takes 10-40 % of a pulse's length, and back as well."""
    samples = tones.alarm(priority)
    start, end = spans(samples / 32_767, 0.02)[0]
    shape = envelope(samples[start:end] / 32_767)
    rise = np.argmax(shape > 0.9) - np.argmax(shape > 0.1)
    fall = np.argmax(shape[::-1] > 0.9) - np.argmax(shape[::-1] > 0.1)
    for edge in (rise, fall):
        assert RISE[0] <= edge / (end - start) <= RISE[1]


def test_pitch_and_harmonics(priority: Priority) -> None:
    """The fundamental is 150-1000 Hz and 4 partials of 300-4000 Hz are within 15 dB of it."""
    samples = tones.alarm(priority)
    for start, end in spans(samples / 32_767, 0.5):
        found = partials(samples[start:end] / 32_767)
        assert PITCH[0] <= found[0][0] <= PITCH[1]
        strong = [
            hertz
            for hertz, level in found
            if CARRYING[0] <= hertz <= CARRYING[1] and abs(level) <= PARTIAL_WITHIN_DB
        ]
        assert len(strong) >= LEAST_PARTIALS
        for number, hertz in enumerate(strong, start=1):
            assert hertz == pytest.approx(found[0][0] * number, rel=0.01)


def rms(wave: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(wave.astype(float)))))


def test_pulses_of_a_burst_are_equally_loud(priority: Priority) -> None:
    """No pulse differs from another by more than 10 dB."""
    samples = tones.alarm(priority)
    levels = [rms(samples[start:end]) for start, end in spans(samples / 32_767, 0.5)]
    assert 20 * np.log10(max(levels) / min(levels)) <= PULSES_WITHIN_DB


def test_a_higher_priority_is_louder() -> None:
    """High is louder than medium, medium than low, and nothing reaches full scale."""
    levels = []
    for priority in (Priority.HIGH, Priority.MEDIUM, Priority.LOW):
        samples = tones.alarm(priority)
        assert np.abs(samples.astype(int)).max() < 32_767
        start, end = spans(samples / 32_767, 0.5)[0]
        levels.append(rms(samples[start:end]))
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == 3


def test_bursts_repeat_as_the_table_says(priority: Priority) -> None:
    """The silence between bursts is within the table; a call is heard at least every 10 s."""
    least, most = LIMITS[priority].interburst
    interburst = tones.TONES[priority].interburst
    assert least <= interburst <= most
    if priority is not Priority.LOW:
        assert len(tones.alarm(priority)) / RATE + interburst <= CALL_HEARD_EVERY


def test_continuous_high_keeps_the_least_silence() -> None:
    """A staff emergency repeats as fast as the table allows, not faster."""
    assert LIMITS[Priority.HIGH].interburst[0] <= tones.CONTINUOUS_INTERBURST <= 3.0


def test_chime_and_tick_are_no_alarms() -> None:
    """Neither has the length, number or level of any alarm, nor clicks at its ends."""
    softest_alarm = rms(tones.alarm(Priority.LOW)[:9_600])
    for sound, longest in ((tones.chime(), 0.7), (tones.tick(), 0.05)):
        assert len(sound) / RATE <= longest
        assert rms(sound) < softest_alarm / 2
        assert max(abs(int(sound[0])), abs(int(sound[-1]))) < 33
    assert len(pulses_of(tones.tick(), 0.5)) == 1


def test_information_has_no_alarm_tone() -> None:
    """Asking for one says what to use."""
    with pytest.raises(ValueError, match="chime"):
        tones.alarm(Priority.INFORMATION)
