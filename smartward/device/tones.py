"""Alarm tones after IEC 60601-1-8, the information chime and the soft tick.

Numbers: IEC 60601-1-8:2006+A1:2012 tables 3 and 4 as known from public sources, chosen so that they
hold however pulse length and spacing are measured (whole, or at half amplitude). SmartWard is not
the patient's alarm system and claims no conformity.
"""

from dataclasses import dataclass

import numpy as np

from smartward.clinical.priority import Priority
from smartward.device.samples import RATE, Curve, Samples, frames, silence, to_samples

PARTIALS = (1.0, 0.8, 0.6, 0.5, 0.35)
"""Amplitudes of the fundamental and its harmonics: at least four between 300 and 4000 Hz, within
15 dB of the fundamental, so that a tone can be located and is heard through noise."""

RISE = 0.20
"""Rise and fall, as part of the pulse length (10 to 40 % allowed)."""


@dataclass(frozen=True, slots=True)
class Tone:
    """One burst. Times in seconds, pitch in hertz, level as peak with full scale 1.0.

    `gaps` are the silences between its pulses; `interburst` is the silence before it repeats.
    Pitch is fixed: a rising melody on this fundamental would leave 150-1000 Hz.
    """

    pulse: float
    gaps: tuple[float, ...]
    interburst: float
    pitch: float
    level: float


_GROUP = (0.085, 0.085, 0.320, 0.085)

TONES = {
    Priority.HIGH: Tone(0.150, (*_GROUP, 0.600, *_GROUP), 5.0, 523.25, 0.80),
    # 8 s of silence after 0.96 s of sound: a call must be heard at least every 10 s (UL 1069).
    Priority.MEDIUM: Tone(0.200, (0.180, 0.180), 8.0, 440.00, 0.64),
    Priority.LOW: Tone(0.200, (0.180,), 30.0, 329.63, 0.50),
}

CONTINUOUS_INTERBURST = 2.6
"""Silence between high bursts of a staff emergency: as good as unbroken, above the least 2.5 s."""


def pulse(seconds: float, pitch: float, level: float, *, rise: float = RISE) -> Curve:
    """One pulse with its harmonics and raised-cosine edges."""
    count = frames(seconds)
    time = np.arange(count) / RATE
    curve: Curve = np.zeros(count)
    for number, amplitude in enumerate(PARTIALS, start=1):
        curve += amplitude * np.sin(2 * np.pi * pitch * number * time)
    edge = frames(rise * seconds)
    slope = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    curve[:edge] *= slope
    curve[count - edge :] *= slope[::-1]
    return curve * float(level / np.max(np.abs(curve)))


def alarm(priority: Priority) -> Samples:
    """One burst of a priority, without the silence that follows it.

    Raises ValueError for information, which has no alarm tone: it has `chime()`.
    """
    tone = TONES.get(priority)
    if tone is None:
        raise ValueError(f"priority {priority} has no alarm tone; use chime()")
    sound = to_samples(pulse(tone.pulse, tone.pitch, tone.level))
    parts = [sound]
    for gap in tone.gaps:
        parts += [silence(gap), sound]
    return np.concatenate(parts)


def chime() -> Samples:
    """Two soft rising notes (E5, A5) before something said as information: no alarm shape."""
    first = to_samples(pulse(0.22, 659.26, 0.30, rise=0.35))
    second = to_samples(pulse(0.34, 880.00, 0.26, rise=0.35))
    return np.concatenate([first, silence(0.06), second])


def tick() -> Samples:
    """One soft tick of 40 ms: what a sleeping room may hear when a touch was taken."""
    count = frames(0.040)
    time = np.arange(count) / RATE
    curve = 0.12 * np.sin(2 * np.pi * 740.0 * time) * np.exp(-time / 0.008)
    edge = frames(0.003)
    curve[:edge] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    return to_samples(curve * np.linspace(1.0, 0.0, count))
