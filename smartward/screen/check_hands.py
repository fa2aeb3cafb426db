"""What a device's check needs a person for: a finger on the panel, an ear at the loudspeaker."""

import os
import selectors
from collections.abc import Callable
from pathlib import Path

import numpy as np

from smartward.clinical.priority import Priority
from smartward.clock import Clock
from smartward.device.evdev_source import EV_KEY, INPUT_EVENT
from smartward.device.microphone import Microphone, play
from smartward.device.samples import RATE, Curve, Samples, silence
from smartward.device.tones import TONES, alarm
from smartward.errors import Misconfigured
from smartward.screen.check_line import Line, fault, ok, untested

EV_ABS = 3
_TIMES_LOUDER = 4.0
"""How much louder the tone's own pitch is while it sounds than in the room before (12 dB): less is
a room's noise. A hum of the mains, of which a multiple may lie beside the tone, is in both."""
_TONE = TONES[Priority.MEDIUM]
_ROOM_S = 0.6
"""So long the room is heard before the tone."""
_SURE_S = 0.5
"""Of that nothing can be the tone: it is played behind `_ROOM_S` of silence."""
_LOOK_S, _STEP_S = 0.2, 0.05
"""A pulse of the tone is as long as one look."""
_BAND_HZ = 15.0
_QUIETEST = 1.0
"""The least step of a sample."""


def touched(devices: list[tuple[str, Path]], within_s: float, clock: Clock) -> Line:
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


def heard(ask: Callable[[], bool | None]) -> Line:
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
    """How much louder the tone's pitch is, where it is loudest, than in the room before it. 0.0 for
    a recording that is too short to tell."""
    look, step = round(_LOOK_S * RATE), round(_STEP_S * RATE)
    looks = [sound[at : at + look] for at in range(0, len(sound) - look + 1, step)]
    before = round((_SURE_S - _LOOK_S) / _STEP_S) + 1
    if len(looks) <= before:
        return 0.0
    loud = _at_pitch(np.array(looks, dtype=np.float64))
    room = float(np.sqrt(np.mean(loud[:before] ** 2)))
    most = float(loud[before:].max())
    # Digital silence in the room: whatever is heard then is louder, if it is a sound at all.
    return most / max(room, _QUIETEST)


def _at_pitch(looks: Curve) -> Curve:
    """How loud the tone's pitch is in each look, in steps of a sample."""
    window = np.hanning(looks.shape[1])
    spectrum = np.abs(np.fft.rfft(looks * window, axis=1)) * 2 / window.sum()
    pitch = np.fft.rfftfreq(looks.shape[1], 1 / RATE)
    at = spectrum[:, np.abs(pitch - _TONE.pitch) < _BAND_HZ]
    loud: Curve = np.sqrt(np.mean(at**2, axis=1))
    return loud
