"""Audio samples in memory: one rate and one form for everything the mixer plays."""

import io
import math
import wave
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smartward.device.sound_link import BYTES_PER_FRAME as BYTES_PER_FRAME
from smartward.device.sound_link import RATE as RATE

FULL_SCALE = 32_767

Samples = NDArray[np.int16]
"""16-bit mono at `RATE`."""

Curve = NDArray[np.float64]
"""Mono at `RATE`, 1.0 being full scale."""


class WaveError(ValueError):
    """A WAV that is not what we play; the text says which property and what it should be."""


def frames(seconds: float) -> int:
    """Whole frames nearest to a time in seconds."""
    return round(seconds * RATE)


def silence(seconds: float) -> Samples:
    """A pause of that many seconds."""
    return np.zeros(frames(seconds), np.int16)


def to_samples(curve: Curve) -> Samples:
    """Full scale 1.0 to 16 bits; what exceeds full scale is cut off, never wrapped."""
    return np.round(np.clip(curve, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def join(pieces: Sequence[Samples]) -> Samples:
    """The pieces one after the other; no piece is an empty buffer."""
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def read_wave(data: bytes) -> Samples:
    """Samples of a 16-bit mono WAV of any rate, brought to `RATE`.

    Raises WaveError when it is not such a file.
    """
    try:
        with wave.open(io.BytesIO(data)) as source:
            channels, width = source.getnchannels(), source.getsampwidth()
            rate, body = source.getframerate(), source.readframes(source.getnframes())
    except (wave.Error, EOFError) as error:
        raise WaveError(f"not a WAV file: {error}") from error
    if (channels, width) != (1, BYTES_PER_FRAME):
        raise WaveError(f"WAV has {channels} channels of {8 * width} bits; 1 of 16 is needed")
    return resample(np.frombuffer(body, "<i2").astype(np.int16), rate)


def resample(samples: Samples, rate: int, to: int = RATE) -> Samples:
    """The same sound at another rate, band-limited (by its spectrum, so without images).

    The spectrum is that of the sound with silence around it, or its end would run into its start.
    """
    if rate == to or len(samples) == 0:
        return samples
    # Whole steps of the two rates, so that no length is rounded and nothing is drawn out.
    step = rate // math.gcd(rate, to)
    before = -(-rate // 20 // step) * step
    after = before + -len(samples) % step
    padded = np.pad(samples.astype(np.float64), (before, after))
    target = len(padded) * to // rate
    spectrum = np.fft.rfft(padded)
    wanted = np.zeros(target // 2 + 1, np.complex128)
    shared = min(len(spectrum), len(wanted))
    wanted[:shared] = spectrum[:shared]
    curve = np.fft.irfft(wanted, target) * (target / len(padded))
    start, length = before * to // rate, round(len(samples) * to / rate)
    return to_samples(curve[start : start + length] / FULL_SCALE)
