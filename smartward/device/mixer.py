"""One voice at a time: what a screen's loudspeaker plays now, decided by priority.

The mixer is pure: it is asked for frames and answers with samples. Whoever asks also tells the
time, so a test that pulls frames sees what a loudspeaker would have played, to the frame.
Commands may come from another thread than the one that pulls.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from smartward.clinical.priority import Priority
from smartward.device.loudness import Loudness
from smartward.device.played import Alarm, Event, Sound, What, Why
from smartward.device.samples import FULL_SCALE, RATE, Curve, Samples, frames, join

BLOCK = frames(0.020)
"""The most frames to ask for at once: a higher priority is heard after at most one block."""

LOW_WAITS = 10.0
"""Seconds that something of low priority waits for its turn before it is dropped (field.md 5.3)."""

_FADE = frames(0.005)
_RAMP = frames(1.0)
_RAMP_START = 0.5
_KEPT_EVENTS = 2_000


@dataclass(slots=True)
class _Waiting:
    sound: Sound
    order: int


@dataclass(slots=True)
class _Voice:
    """What is sounding now: an alarm's burst (order None) or a sound."""

    sound: Sound
    order: int | None
    at: int = 0


class Mixer:
    """Plays one `Sound` or alarm burst at a time, the highest priority first.

    A higher priority interrupts; what it interrupts starts again from its beginning, unless it is
    information, which is dropped. What cannot sound now waits: high and medium until they expire,
    low at most `LOW_WAITS`, information not at all. An alarm holds its priority in the silence
    between its bursts; only sounds at least as high are heard there.
    """

    def __init__(self, loudness: Loudness) -> None:
        self._lock = threading.Lock()
        self._loudness = loudness
        self._night = False
        self._muted = False
        self._frame = 0
        self._order = count()
        self._queue: list[_Waiting] = []
        self._voice: _Voice | None = None
        self._alarm: Alarm | None = None
        self._alarm_bursts = 0
        self._alarm_in = 0
        self._tail: Curve = np.zeros(0)
        self._events: deque[Event] = deque(maxlen=_KEPT_EVENTS)
        self.on_active: Callable[[], None] | None = None
        """Called after a command that gave the mixer something to play, in the caller's thread."""
        self.tap: Callable[[Samples], None] | None = None
        """Receives every block that `pull` answers."""

    # ------------------------------------------------------------------------------- commands

    def play(self, sound: Sound, now: float) -> Sound | None:
        """Play a sound as soon as its priority allows; what became of it is in the events.

        The sound as `lengthen` knows it; None when it is not taken, and will not be heard.
        """
        with self._lock:
            taken = self._admit(sound, now)
        self._tell()
        return taken

    def lengthen(self, sound: Sound, samples: Samples) -> bool:
        """Let a sound that `play` took, and that waits or is heard now, go on with these samples;
        False when it is over or dropped."""
        longer = replace(sound, samples=join([sound.samples, samples]))
        with self._lock:
            for waiting in self._queue:
                if waiting.sound is sound:
                    waiting.sound = longer
                    return True
            voice = self._voice
            if voice is None or voice.sound is not sound:
                return False
            voice.sound = longer
            return True

    def set_alarm(self, alarm: Alarm | None) -> None:
        """Let this alarm repeat, in place of any other; None ends it at once."""
        with self._lock:
            if alarm is self._alarm or (alarm is not None and alarm.is_like(self._alarm)):
                return
            if self._voice is not None and self._voice.order is None:
                self._cut(What.CANCELLED, Why.ASKED)
            self._alarm, self._alarm_bursts, self._alarm_in = alarm, 0, 0
        self._tell()

    def set_night(self, night: bool) -> None:
        """Change to the night's levels or back; what is silent now stops and is not made up for."""
        with self._lock:
            self._night = night
            self._silence_inaudible()
        self._tell()

    def set_muted(self, muted: bool) -> None:
        """Silence everything but high alarms; they can only be silenced by answering them."""
        with self._lock:
            self._muted = muted
            self._silence_inaudible()
        self._tell()

    def set_loudness(self, loudness: Loudness) -> None:
        """Change the levels, from the next block on."""
        with self._lock:
            self._loudness = loudness
            self._silence_inaudible()
        self._tell()

    # ------------------------------------------------------------------------------ questions

    @property
    def active(self) -> bool:
        """True while frames are needed: something sounds, waits, or will repeat."""
        with self._lock:
            alarm = self._alarm is not None and self._audible(self._alarm.priority)
            return alarm or self._voice is not None or bool(self._queue) or len(self._tail) > 0

    def undisturbed(self) -> float:
        """Seconds of frames for which nothing starts or ends by itself: until a sound, or the
        silence between two bursts, is over; 0.0 while something waits to start, infinite while
        nothing will sound. A command changes it."""
        with self._lock:
            if self._voice is not None:
                return (len(self._voice.sound.samples) - self._voice.at) / RATE
            if self._alarm is not None and self._audible(self._alarm.priority):
                return max(self._alarm_in, 0) / RATE
            return 0.0 if self._queue or len(self._tail) > 0 else float("inf")

    @property
    def frame(self) -> int:
        """Frames answered since the start."""
        with self._lock:
            return self._frame

    def take_events(self) -> list[Event]:
        """Events since the last call, oldest first (at most the last 2,000)."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
        return events

    # ----------------------------------------------------------------------------------- pull

    def pull(self, number: int, now: float) -> Samples:
        """The next `number` frames; `now` is the time in seconds by which sounds expire.

        Ask for at most `BLOCK` frames at a time where interruption has to be quick.
        """
        curve = np.zeros(number)
        with self._lock:
            self._drop_stale(now)
            done = 0
            while done < number:
                self._choose()
                done += self._render(curve[done:])
        block = np.round(np.clip(curve, -FULL_SCALE, FULL_SCALE)).astype(np.int16)
        if self.tap is not None:
            self.tap(block)
        return block

    # --------------------------------------------------------------------- inside, lock held

    def _admit(self, sound: Sound, now: float) -> Sound | None:
        if (why := self._refused(sound, now)) is not None:
            self._note(What.DROPPED, sound, why)
            return None
        if sound.priority is Priority.LOW:
            sound = replace(sound, expires_at=min(sound.expires_at, now + LOW_WAITS))
        self._note(What.QUEUED, sound)
        self._queue.append(_Waiting(sound, next(self._order)))
        return sound

    def _refused(self, sound: Sound, now: float) -> Why | None:
        if sound.expires_at <= now:
            return Why.STALE
        if not self._audible(sound.priority):
            return Why.SILENT
        if self._is_known(sound.name):
            return Why.REPEATED
        information = sound.priority is Priority.INFORMATION
        return Why.BUSY if information and self._is_busy(sound.priority) else None

    def _is_known(self, name: str) -> bool:
        voice = self._voice
        playing = voice is not None and voice.order is not None and voice.sound.name == name
        return playing or any(waiting.sound.name == name for waiting in self._queue)

    def _is_busy(self, priority: Priority) -> bool:
        """True when something at least as high sounds, waits or repeats."""
        others = [waiting.sound.priority for waiting in self._queue]
        if self._voice is not None:
            others.append(self._voice.sound.priority)
        if self._alarm is not None and self._audible(self._alarm.priority):
            others.append(self._alarm.priority)
        return any(other.rank <= priority.rank for other in others)

    def _choose(self) -> None:
        """Start what should be heard now, if it is not what is heard already."""
        alarm, voice = self._alarm, self._voice
        repeating = alarm is not None and self._audible(alarm.priority)
        waiting = min(self._queue, key=lambda w: (w.sound.priority.rank, w.order), default=None)
        if alarm is not None and repeating:
            if waiting is not None and waiting.sound.priority.rank > alarm.priority.rank:
                waiting = None
            due = self._alarm_in <= 0 and not (voice is not None and voice.order is None)
            if due and (waiting is None or waiting.sound.priority.rank >= alarm.priority.rank):
                self._start_burst(alarm)
                return
        if waiting is None:
            return
        if voice is not None and voice.sound.priority.rank <= waiting.sound.priority.rank:
            return
        self._interrupt()
        self._queue.remove(waiting)
        self._begin(_Voice(waiting.sound, waiting.order))

    def _start_burst(self, alarm: Alarm) -> None:
        voice = self._voice
        if voice is not None and voice.sound.priority.rank <= alarm.priority.rank:
            return
        self._interrupt()
        sound = Sound(name=alarm.name, priority=alarm.priority, samples=alarm.burst)
        self._begin(_Voice(sound, None))

    def _begin(self, voice: _Voice) -> None:
        self._voice = voice
        self._note(What.STARTED, voice.sound)

    def _interrupt(self) -> None:
        """Make room for something higher; keep what may start again."""
        voice = self._voice
        if voice is None:
            return
        self._cut(What.INTERRUPTED)
        if voice.order is None:
            self._alarm_in = 0
            return
        sound = voice.sound
        if sound.priority is Priority.INFORMATION:
            return self._note(What.DROPPED, sound, Why.BUSY)
        self._queue.append(_Waiting(sound, voice.order))
        return None

    def _render(self, curve: Curve) -> int:
        """Fill a stretch in which nothing changes; its length in frames."""
        voice, number = self._voice, len(curve)
        if voice is None:
            if self._alarm is not None and self._audible(self._alarm.priority):
                number = min(number, max(self._alarm_in, 1))
            self._advance(curve, number)
            return number
        number = min(number, len(voice.sound.samples) - voice.at)
        curve[:number] = self._levelled(voice, number)
        voice.at += number
        self._advance(curve, number)
        if voice.at == len(voice.sound.samples):
            self._voice = None
            self._note(What.ENDED, voice.sound)
            if voice.order is None and self._alarm is not None:
                self._alarm_bursts += 1
                self._alarm_in = frames(self._alarm.interburst)
        return number

    def _levelled(self, voice: _Voice, number: int) -> Curve:
        gain = self._loudness.gain(voice.sound.priority, night=self._night)
        curve = voice.sound.samples[voice.at : voice.at + number].astype(np.float64) * gain
        if voice.order is None and self._alarm_bursts == 0:
            rise = (voice.at + np.arange(number)) / _RAMP
            curve *= np.minimum(_RAMP_START + (1 - _RAMP_START) * rise, 1.0)
        return curve

    def _advance(self, curve: Curve, number: int) -> None:
        fading = min(number, len(self._tail))
        curve[:fading] += self._tail[:fading]
        self._tail = self._tail[fading:]
        self._frame += number
        self._alarm_in -= number

    def _audible(self, priority: Priority) -> bool:
        if self._muted and priority is not Priority.HIGH:
            return False
        return self._loudness.gain(priority, night=self._night) > 0.0

    def _silence_inaudible(self) -> None:
        voice = self._voice
        for waiting in [w for w in self._queue if not self._audible(w.sound.priority)]:
            self._forget(waiting, What.DROPPED, Why.SILENT)
        if voice is not None and not self._audible(voice.sound.priority):
            self._cut(What.DROPPED, Why.SILENT)
            if voice.order is None:
                self._alarm_in = 0

    def _drop_stale(self, now: float) -> None:
        for waiting in [w for w in self._queue if w.sound.expires_at <= now]:
            self._forget(waiting, What.DROPPED, Why.STALE)

    def _forget(self, waiting: _Waiting, what: What, why: Why) -> None:
        self._queue.remove(waiting)
        self._note(what, waiting.sound, why)

    def _cut(self, what: What, why: Why | None = None) -> None:
        """End the present voice; 5 ms of it fade out below whatever follows, so nothing clicks."""
        voice = self._voice
        if voice is None:
            return
        number = min(_FADE, len(voice.sound.samples) - voice.at)
        self._tail = self._levelled(voice, number)
        self._tail *= np.linspace(1.0, 0.0, number)
        self._voice = None
        self._note(what, voice.sound, why)

    def _note(self, what: What, sound: Sound, why: Why | None = None) -> None:
        self._events.append(Event(self._frame, what, sound.name, sound.priority, why))

    def _tell(self) -> None:
        if self.on_active is not None and self.active:
            self.on_active()
