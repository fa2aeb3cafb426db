"""What a device's check needs a person for: a finger on the panel, an ear at the loudspeaker."""

import os
import selectors
from collections.abc import Callable
from pathlib import Path

import numpy as np

from smartward.clinical.device_check import CheckLine, fault, ok, untested
from smartward.clinical.priority import Priority
from smartward.clock import Clock
from smartward.device.evdev_source import EV_KEY, INPUT_EVENT
from smartward.device.microphone import Microphone, play
from smartward.device.samples import RATE, Curve, Samples, silence
from smartward.device.tones import TONES, alarm
from smartward.errors import Misconfigured

EV_ABS = 3
_TIMES_LOUDER = 4.0
"""How much louder the tone's own pitch is while it sounds than in the room before, and than the
pitches beside it (12 dB). A hum of the mains on the tone's pitch is in the room before as well; a
bang is at all pitches."""
_FALLS = 2.0
"""How much quieter it is between the pulses (6 dB): less is no tone of pulses, or an echo that only
an ear can tell from it."""
_TONE = TONES[Priority.MEDIUM]
_ROOM_S = 0.6
"""So long the room is heard before the tone."""
_SURE_S = 0.5
"""Of that nothing can be the tone: it is played behind `_ROOM_S` of silence."""
_LOOK_S, _STEP_S = _TONE.pulse, 0.02
"""A pulse of the tone is as long as one look."""
_EVERY = round((_TONE.pulse + _TONE.gaps[0]) / _STEP_S)
_PULSES = np.arange(len(_TONE.gaps) + 1) * _EVERY
"""The tone's pulses, in looks from its first."""
_QUIET = np.array([-_EVERY, *(_PULSES[:-1] + _EVERY // 2), _PULSES[-1] + _EVERY])
"""Where no pulse is: between them, and where one more would be before and behind them."""
_BAND_HZ, _BESIDE_HZ = 15.0, 150.0
_QUIETEST = 1.0
"""The least step of a sample."""


def touched(devices: list[tuple[str, Path]], within_s: float, clock: Clock) -> CheckLine:
    """Whether a finger is felt within `within_s` seconds on any of the panels."""
    if not devices:
        return fault("touch", "no_touch_device")
    names = ", ".join(name for name, _ in devices)
    opened: dict[int, str] = {}
    try:
        with selectors.DefaultSelector() as waits:
            for name, file in devices:
                device = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                opened[device] = name
                waits.register(device, selectors.EVENT_READ)
            until = clock.monotonic() + within_s
            while (left := until - clock.monotonic()) > 0:
                for key, _ in waits.select(left):
                    if _felt(key.fd):
                        return ok("touch", "touch", name=opened[key.fd])
    except OSError as error:
        return fault("touch", "touch_closed", names=names, why=str(error))
    finally:
        for device in opened:
            os.close(device)
    return fault("touch", "not_touched", names=names, s=round(within_s))


def _felt(device: int) -> bool:
    try:
        data = os.read(device, 64 * INPUT_EVENT.size)
    except BlockingIOError:
        return False
    whole = data[: len(data) // INPUT_EVENT.size * INPUT_EVENT.size]
    return any(kind in (EV_KEY, EV_ABS) for _, _, kind, _, _ in INPUT_EVENT.iter_unpack(whole))


def heard(ask: Callable[[], bool | None]) -> CheckLine:
    """The medium alarm, once: measured by a microphone where there is one, else by whoever stands
    here. `ask`: True, False, or None where nobody answers."""
    tone = np.concatenate([silence(_ROOM_S), alarm(Priority.MEDIUM)])
    microphone: Microphone | None = Microphone()
    try:
        if microphone is not None:
            microphone.start()
    except Misconfigured:
        microphone = None
    try:
        play(tone)
    except Misconfigured as error:
        if microphone is not None:
            microphone.stop()
        return fault("sound", "no_sound", why=error.detail or error.key)
    if microphone is not None and (louder := stands_out(microphone.stop())) >= _TIMES_LOUDER:
        return ok("sound", "sound_measured", times=round(louder))
    answer = ask()
    if answer is None:
        return untested("sound", "sound_unheard")
    return ok("sound", "sound_heard") if answer else fault("sound", "sound_not_heard")


def stands_out(sound: Samples) -> float:
    """How much louder the tone's pitch is than in the room before it, and than the pitches beside
    it at the same time, whichever is less: in the least of the tone's pulses, where they stand out
    most. 0.0 where it was no quieter between and beside them (a voice), and for a recording that is
    too short to tell."""
    look, step = round(_LOOK_S * RATE), round(_STEP_S * RATE)
    before = round((_SURE_S - _LOOK_S) / _STEP_S) + 1
    if len(sound) < look + before * step:
        return 0.0
    looks = np.lib.stride_tricks.sliding_window_view(sound, look)[::step]
    window = np.hanning(look)
    each = [_at_pitch(one * window) * 2 / window.sum() for one in looks]
    at, beside = np.array(each).T
    room = float(np.sqrt(np.mean(at[:before] ** 2)))
    # Digital silence in the room: whatever is heard then is louder, if it is a sound at all.
    louder = at / np.maximum(beside, max(room, _QUIETEST))
    most = 0.0
    for begin in range(max(before, _EVERY), len(at) - _PULSES[-1]):
        pulses, quiet = begin + _PULSES, begin + _QUIET
        if at[quiet[quiet < len(at)]].max() * _FALLS < at[pulses].min():
            most = max(most, float(louder[pulses].min()))
    return most


def _at_pitch(look: Curve) -> Curve:
    """How loud the tone's pitch is, and how loud what lies beside it."""
    spectrum = np.abs(np.fft.rfft(look))
    away = np.abs(np.fft.rfftfreq(len(look), 1 / RATE) - _TONE.pitch)
    at = spectrum[away < _BAND_HZ]
    beside = spectrum[(away >= _BAND_HZ) & (away < _BESIDE_HZ)]
    return np.sqrt([np.mean(at**2), np.mean(beside**2)])
