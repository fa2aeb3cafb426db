"""What a screen lets be heard: tones, prompts and texts, through one mixer.

When something is to be said is decided where its cause is known, from the documents; here is
decided how: the tone before the words, the night, the mute, and what happens without a voice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import MUTE
from smartward.clinical.priority import Priority
from smartward.clock import Clock
from smartward.device import tones
from smartward.device.loudness import for_role
from smartward.device.loudspeaker import Loudspeaker
from smartward.device.mixer import Mixer
from smartward.device.played import Alarm, Sound
from smartward.device.samples import Samples, join, silence
from smartward.device.voice import ENGINE_DEAD, VOICES, Voice
from smartward.tasks import Tasks

log = logging.getLogger("smartward.sound")

_BREATH = 0.15
_TICK_WITHIN = 1.0
_FOR_STAFF = frozenset({ScreenRole.STATION, ScreenRole.CORRIDOR})
"""Screens whose words are led by an alarm's tone: alarm tones are for those who have to come."""


@dataclass(slots=True)
class _Words:
    """Something to be said, and the tone that leads it, once the mixer has that."""

    name: str
    priority: Priority
    expires_at: float
    lead: Sound | None = None

    def sound(self, samples: Samples) -> Sound:
        """Its tone, or its words."""
        return Sound(
            name=self.name, priority=self.priority, samples=samples, expires_at=self.expires_at
        )


class Announcer:
    """The one arbiter of tones and speech of a screen. Belongs to the event loop's thread.

    Without a sound device, a voice or an engine everything else goes on; `faults` tells what is
    wrong, and `on_faults` is called when that changed.
    """

    def __init__(
        self, role: ScreenRole, clock: Clock, tasks: Tasks, voice: Voice | None = None
    ) -> None:
        self._role = role
        self._clock = clock
        self._tasks = tasks
        self._alarm: Priority | None = None
        self._muted_until: datetime | None = None
        self.mixer = Mixer(for_role(role.value))
        self.loudspeaker = Loudspeaker(self.mixer, clock)
        self.voice = voice if voice is not None else Voice(clock)
        self.on_faults: Callable[[], None] = lambda: None
        self.voice.on_faults = lambda: self.on_faults()

    def start(self) -> None:
        """Open the sound device and warm the voice up."""
        loop = asyncio.get_running_loop()
        self.loudspeaker.on_faults = lambda: _tell(loop, self)
        self.loudspeaker.start()
        self._tasks.keep(self.voice.run, "voice", self._clock)
        self._tasks.keep(self.voice.rest, "voice at rest", self._clock)

    async def close(self) -> None:
        """Fall silent and end the threads and processes."""
        self.loudspeaker.close()
        await self.voice.close()

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong now."""
        return frozenset((*self.loudspeaker.faults, *self.voice.faults))

    # -------------------------------------------------------------------------------- tones

    def set_alarm(self, priority: Priority | None, *, unbroken: bool = False) -> None:
        """Repeat the tone of `priority` until told otherwise; None or information: no tone.

        `unbroken`: as fast as the standard allows, for a staff emergency.
        """
        self._alarm = priority if priority is not Priority.INFORMATION else None
        if self._alarm is None:
            self.mixer.set_alarm(None)
            return
        fast = unbroken and self._alarm is Priority.HIGH
        gap = tones.CONTINUOUS_INTERBURST if fast else tones.TONES[self._alarm].interburst
        self.mixer.set_alarm(
            Alarm(
                name=f"alarm.{self._alarm}",
                priority=self._alarm,
                burst=tones.alarm(self._alarm),
                interburst=gap,
            )
        )

    def tick(self) -> None:
        """One soft tick: a touch was taken. It is heard at night too, where words are not said."""
        now = self._clock.monotonic()
        sound = Sound(
            name="tick",
            priority=Priority.MEDIUM,
            samples=tones.tick(),
            expires_at=now + _TICK_WITHIN,
        )
        self.mixer.play(sound, now)

    def set_night(self, night: bool) -> None:
        """Follow the ward's night: low and information are silent, the rest is softer."""
        self.mixer.set_night(night)

    def mute(self, until: datetime) -> None:
        """Silence all but high alarms until then, two minutes at most. Lights are not ours."""
        self._muted_until = min(until, self._clock.now() + MUTE)
        self.mixer.set_muted(True)
        self._tasks.spawn(self._unmute(self._muted_until), "end of mute")

    @property
    def muted_until(self) -> datetime | None:
        """When the mute ends, to be shown; None when there is none."""
        return self._muted_until

    async def _unmute(self, until: datetime) -> None:
        await self._clock.wait_until(until)
        if self._muted_until == until:
            self._muted_until = None
            self.mixer.set_muted(False)

    # ------------------------------------------------------------------------------- speech

    def announce(
        self,
        prompt_key: str,
        values: Mapping[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        """Say a prompt after its tone, as soon as priority allows but not after `expires_s`.

        A language without a voice gets the tone alone: the screen shows the text.
        """
        now = self._clock.monotonic()
        words = _Words(".".join([prompt_key, *values.values()]), priority, now + expires_s)
        if (tone := self._lead(priority)) is not None:
            # At once: an engine that has to be started first, and takes long, delays no tone.
            words.lead = self.mixer.play(words.sound(tone), now)
            if words.lead is None:
                return
        coming = self.voice.speak(prompt_key, lang, values)
        self._tasks.spawn(self._play(words, coming), "announcement")

    def can_say(self, lang: str) -> bool:
        """Whether free text can be spoken in this language, and heard, now."""
        heard = not self.loudspeaker.faults and ENGINE_DEAD not in self.voice.faults
        return heard and lang in VOICES

    def say(self, text: str, priority: Priority, lang: str, expires_s: float) -> None:
        """Speak a text that a person asked to hear. It stays in memory."""
        # The text may name the patient's plan: the log gets a word of our own instead.
        words = _Words("read aloud", priority, self._clock.monotonic() + expires_s)
        coming = self.voice.synthesise(text, lang)
        self._tasks.spawn(self._play(words, coming), "reading aloud")

    def _lead(self, priority: Priority) -> Samples | None:
        """The tone before words; none where the alarm's own tone comes first."""
        if self._alarm is not None and self._alarm.rank <= priority.rank:
            return None
        if self._role in _FOR_STAFF and priority is not Priority.INFORMATION:
            return tones.alarm(priority)
        return tones.chime()

    async def _play(self, words: _Words, coming: Awaitable[Samples | None]) -> None:
        """Words behind their tone while it is waiting or heard, else for themselves."""
        samples = await coming
        if samples is None or len(samples) == 0:
            return
        behind = join([silence(_BREATH), samples])
        if words.lead is None or not self.mixer.lengthen(words.lead, behind):
            self.mixer.play(words.sound(samples), self._clock.monotonic())


def _tell(loop: asyncio.AbstractEventLoop, announcer: Announcer) -> None:
    """From the loudspeaker's thread into the event loop's; a loop that has ended hears nothing."""
    try:
        loop.call_soon_threadsafe(lambda: announcer.on_faults())
    except RuntimeError:
        log.debug("the event loop ended before a fault of sound could be told")
