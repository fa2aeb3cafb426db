"""A prompt spoken by a person: where the words are in a recording, and whether they can be used.

Pure: samples in, samples and findings out. A clip of a person sounds like the clips of the
packaged voices: as loud, without silence around it, without clicks at its ends.
"""

import io
import wave
from dataclasses import dataclass

import numpy as np

from smartward.device.samples import FULL_SCALE, RATE, Curve, Samples, resample, to_samples

CLIP_RATE = 16_000
"""Frames per second of a clip's file: wide-band speech."""

LONGEST_S = 6.0
"""A prompt is over within this time (field.md 5.1)."""

SHORTEST_S = 0.3
"""What is shorter is no sentence: a click, a cough."""

SPOKEN_DB = -18.0
"""Root mean square of what is spoken, in decibels below full scale."""

SILENT_DB, QUIET_DB = -60.0, -42.0
"""Below the first nothing was recorded, below the second the microphone is too far away."""

CLEAR_DB = 15.0
"""Words stand out from the room by at least so much."""

FAULTS = ("silent", "short", "long", "clipped", "cut", "quiet", "noisy")
"""What can be wrong with a recording, the worst first."""

_UNUSABLE = frozenset({"silent", "short", "long"})
_FRAME = RATE // 50
_AROUND_S = 0.06
_EDGE_S = 0.01
_BELOW_LOUDEST_DB = 32.0
_ABOVE_ROOM_DB = 9.0
_CLIPPED_AT, _CLIPPED_FRAMES = 32_700, 4
_PEAK = 0.89


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One recording, cut to its words and as loud as every clip.

    `faults` are of `FAULTS`; `level_db` is how loud it was said, in decibels below full scale.
    """

    samples: Samples
    level_db: float
    faults: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """How long the words last."""
        return len(self.samples) / RATE

    @property
    def usable(self) -> bool:
        """Whether it may be kept, if the person likes it."""
        return not _UNUSABLE & set(self.faults)


def take(recorded: Samples) -> Take:
    """Find the words of a recording and judge them."""
    levels = _levels(recorded)
    if len(levels) == 0 or levels.max() < SILENT_DB:
        return Take(np.zeros(0, np.int16), float("-inf"), ("silent",))
    room = float(np.percentile(levels, 10))
    least = max(levels.max() - _BELOW_LOUDEST_DB, min(room + _ABOVE_ROOM_DB, levels.max() - 1.0))
    loud = np.flatnonzero(levels > least)
    around = round(_AROUND_S * RATE)
    start, end = loud[0] * _FRAME - around, (loud[-1] + 1) * _FRAME + around
    words = recorded[max(0, start) : end]
    spoken = _spoken_db(words)
    found = {
        "short": (loud[-1] + 1 - loud[0]) * _FRAME < SHORTEST_S * RATE,
        "long": len(words) > LONGEST_S * RATE,
        "clipped": int(np.sum(np.abs(words.astype(np.int32)) >= _CLIPPED_AT)) >= _CLIPPED_FRAMES,
        "cut": start < 0 or end > len(recorded),
        "quiet": spoken < QUIET_DB,
        "noisy": spoken - room < CLEAR_DB,
    }
    faults = tuple(fault for fault in FAULTS if found.get(fault, False))
    return Take(_levelled(words, spoken), spoken, faults)


def clip(samples: Samples) -> bytes:
    """A clip's file: 16-bit mono WAV of `CLIP_RATE`."""
    body = resample(samples, RATE, CLIP_RATE).astype("<i2").tobytes()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(CLIP_RATE)
        target.writeframes(body)
    return buffer.getvalue()


def _levels(samples: Samples) -> Curve:
    """Decibels of each 20 ms."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    power = np.mean(np.square(frames / FULL_SCALE), axis=1)
    levels: Curve = 10 * np.log10(np.maximum(power, 1e-12))
    return levels


def _spoken_db(words: Samples) -> float:
    """How loud words are, their pauses left out."""
    levels = _levels(words)
    said = levels[levels > levels.max() - 20.0]
    return float(10 * np.log10(np.mean(10 ** (said / 10))))


def _levelled(words: Samples, spoken_db: float) -> Samples:
    """As loud as every clip; single peaks are rounded off, the ends do not click."""
    curve = words.astype(np.float64) / FULL_SCALE * 10 ** ((SPOKEN_DB - spoken_db) / 20)
    knee = 0.7 * _PEAK
    over = np.abs(curve) > knee
    rounded = knee + (_PEAK - knee) * np.tanh((np.abs(curve) - knee) / (_PEAK - knee))
    curve = np.where(over, np.sign(curve) * rounded, curve)
    edge = min(round(_EDGE_S * RATE), len(curve) // 2)
    fade = np.linspace(0.0, 1.0, edge)
    curve[:edge] *= fade
    curve[len(curve) - edge :] *= fade[::-1]
    return to_samples(curve)
