"""A recording is cut to its words, made as loud as every clip, and judged."""

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.device.samples import RATE, Samples, to_samples
from smartward.device.takes import CLIP_RATE, SHORTEST_S, SPOKEN_DB, clip, take

NOISE = np.random.default_rng(7)


def room(seconds: float, db: float = -70.0) -> np.ndarray:
    """The noise of a room."""
    return NOISE.normal(0.0, 10 ** (db / 20), round(seconds * RATE))


def words(seconds: float, db: float = -25.0) -> np.ndarray:
    """Something like a voice: a tone that swells some four times a second."""
    t = np.arange(round(seconds * RATE)) / RATE
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * t)
    curve = np.sin(2 * np.pi * 220 * t) * swell
    return curve * 10 ** (db / 20) / np.sqrt(np.mean(curve**2))


def recording(*parts: np.ndarray, floor: float = -70.0) -> Samples:
    curve = np.concatenate(parts)
    return to_samples(curve + room(len(curve) / RATE, floor)[: len(curve)])


def test_the_words_are_found_between_the_silence() -> None:
    found = take(recording(room(0.8), words(2.0), room(1.4)))
    assert found.faults == ()
    assert found.usable
    assert found.seconds == pytest.approx(2.12, abs=0.06)
    assert found.level_db == pytest.approx(-25.0, abs=2.5)


@given(db=st.floats(-38.0, -12.0), seconds=st.floats(0.5, 4.0))
def test_every_voice_is_as_loud_as_the_clips_and_does_not_click(db: float, seconds: float) -> None:
    found = take(recording(room(0.5), words(seconds, db), room(0.5)))
    curve = found.samples / 32_767
    loud = curve[len(curve) // 4 : -len(curve) // 4]
    assert 20 * np.log10(np.sqrt(np.mean(loud**2))) == pytest.approx(SPOKEN_DB, abs=2.0)
    assert np.abs(found.samples.astype(int)).max() < 31_000
    assert max(abs(int(found.samples[0])), abs(int(found.samples[-1]))) < 700


@pytest.mark.parametrize(
    "recorded, fault",
    [
        (np.zeros(RATE, np.int16), "silent"),
        (np.zeros(0, np.int16), "silent"),
        (recording(room(1.0, -75), floor=-80), "silent"),
        (recording(room(0.5), words(0.1), room(0.5)), "short"),
        (recording(room(0.5), words(7.0), room(0.5)), "long"),
    ],
)
def test_what_is_no_sentence_cannot_be_kept(recorded: Samples, fault: str) -> None:
    found = take(recorded)
    assert found.faults[0] == fault
    assert not found.usable


@pytest.mark.parametrize(
    "recorded, fault",
    [
        (recording(room(0.5), np.clip(words(2.0, 3.0), -1.0, 1.0), room(0.5)), "clipped"),
        (recording(words(2.0), room(0.5)), "cut"),
        (recording(room(0.5), words(2.0)), "cut"),
        (recording(room(0.5), words(2.0, -48.0), room(0.5), floor=-90.0), "quiet"),
        (recording(room(0.5), words(2.0), room(0.5), floor=-36.0), "noisy"),
    ],
)
def test_what_could_be_better_is_said(recorded: Samples, fault: str) -> None:
    found = take(recorded)
    assert fault in found.faults
    assert found.usable


@given(st.lists(st.integers(-32_768, 32_767), max_size=3_000))
def test_whatever_a_microphone_gives_is_judged(values: list[int]) -> None:
    found = take(np.array(values, np.int16))
    assert found.usable == (found.seconds >= SHORTEST_S)


def test_a_clip_is_a_small_wav() -> None:
    found = take(recording(room(0.5), words(1.0), room(0.5)))
    with wave.open(io.BytesIO(clip(found.samples))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, CLIP_RATE)
        assert file.getnframes() / CLIP_RATE == pytest.approx(found.seconds, abs=0.001)
