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
from smartward.device.samples import RATE, Samples
from smartward.device.tones import alarm
from smartward.errors import Misconfigured
from smartward.screen.check_line import Line, fault, ok, untested

EV_ABS = 3
_TIMES_LOUDER = 4.0
"""How much louder the tone's own pitch is in what the microphone heard than beside it (12 dB):
less is a room's noise."""
_PITCH_HZ = 440.0
"""Of the alarm of medium priority (device/tones.py)."""
_BAND_HZ = 15.0


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
    tone = alarm(Priority.MEDIUM)
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
    if microphone is not None and (louder := _stands_out(microphone.stop())) >= _TIMES_LOUDER:
        return ok("sound", "sound_measured", times=round(louder))
    answer = ask()
    if answer is None:
        return untested("sound", "sound_unheard")
    return ok("sound", "sound_heard") if answer else fault("sound", "sound_not_heard")


def _stands_out(sound: Samples) -> float:
    """How much louder the tone's pitch is than what lies beside it."""
    if len(sound) < RATE // 2:
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound.astype(np.float64)))
    pitch = np.fft.rfftfreq(len(sound), 1 / RATE)
    at = np.abs(pitch - _PITCH_HZ) < _BAND_HZ
    beside = (np.abs(pitch - _PITCH_HZ) < 10 * _BAND_HZ) & ~at
    quiet = float(spectrum[beside].mean())
    return float(spectrum[at].max()) / quiet if quiet > 0 else 0.0
