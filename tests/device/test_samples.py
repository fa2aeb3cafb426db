"""Reading and resampling of sound."""

import io
import wave

import numpy as np
import pytest

from smartward.device.samples import RATE, WaveError, join, read_wave, resample, silence


def written(samples: np.ndarray, rate: int, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file in memory."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as target:
        target.setnchannels(channels)
        target.setsampwidth(width)
        target.setframerate(rate)
        target.writeframes(samples.tobytes())
    return buffer.getvalue()


def sine(rate: int, pitch: float, seconds: float = 0.5) -> np.ndarray:
    """A tone that fades in and out."""
    count = round(rate * seconds)
    tone = np.sin(2 * np.pi * pitch * np.arange(count) / rate) * np.hanning(count)
    return np.round(12_000 * tone).astype(np.int16)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100])
@pytest.mark.parametrize("pitch", [300.0, 3_000.0, 7_000.0])
def test_a_tone_keeps_pitch_length_and_level(rate: int, pitch: float) -> None:
    """What was recorded at any rate is the same tone at ours, and nothing else."""
    heard = read_wave(written(sine(rate, pitch), rate))
    wanted = sine(RATE, pitch)
    assert abs(len(heard) - len(wanted)) <= 1
    shared = min(len(heard), len(wanted))
    assert np.abs(heard[:shared].astype(int) - wanted[:shared]).max() < 60


def test_an_abrupt_end_does_not_come_back_at_the_start() -> None:
    """A clip that ends loud leaves its first milliseconds as they were."""
    clip = np.zeros(8_000, np.int16)
    clip[4_000:] = 10_000
    heard = resample(clip, 16_000)
    assert np.abs(heard[: RATE // 20].astype(int)).max() < 50


def test_our_own_rate_is_left_alone() -> None:
    """Nothing is computed where nothing is to do."""
    clip = sine(RATE, 440.0)
    assert read_wave(written(clip, RATE)).tolist() == clip.tolist()


@pytest.mark.parametrize(
    "body, words",
    [
        (b"not a wave at all", "not a WAV"),
        (b"", "not a WAV"),
        (written(np.zeros(8, np.int16), RATE, channels=2), "2 channels"),
        (written(np.zeros(8, np.int8), RATE, width=1), "8 bits"),
    ],
)
def test_what_we_do_not_play_is_refused_by_name(body: bytes, words: str) -> None:
    """The error says what is wrong with the file."""
    with pytest.raises(WaveError, match=words):
        read_wave(body)


def test_pieces_follow_each_other() -> None:
    """Joining keeps order and lengths; nothing joined is nothing."""
    first, second = np.full(3, 1, np.int16), np.full(2, 2, np.int16)
    joined = join([first, silence(1 / RATE), second])
    assert joined.tolist() == [1, 1, 1, 0, 2, 2]
    assert len(join([])) == 0
