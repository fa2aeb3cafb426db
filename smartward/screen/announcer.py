"""The device's one arbiter of tones and speech, as the view models use it.

Started after the first frame. Without a sound device, a voice or an engine everything else goes
on; `faults` tells what is wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable

from smartward.clinical.device import ScreenRole
from smartward.clinical.priority import Priority
from smartward.clock import Clock
from smartward.device.loudness import for_role
from smartward.device.loudspeaker import Loudspeaker
from smartward.device.mixer import Alarm, Mixer, Sound
from smartward.device.samples import Samples
from smartward.device.tones import TONES, alarm
from smartward.device.voice import ENGINE_DEAD, VOICES, Voice
from smartward.tasks import Tasks


class DeviceAnnouncer:
    """Tones by priority; prompts and free text as they become samples."""

    def __init__(self, role: ScreenRole, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self.mixer = Mixer(for_role(role.value))
        self.loudspeaker = Loudspeaker(self.mixer, clock)
        self.voice = Voice(clock)
        self.on_faults: Callable[[], None] = lambda: None
        self.voice.on_faults = lambda: self.on_faults()

    def start(self) -> None:
        """Open the sound device and warm the voice up."""
        loop = asyncio.get_running_loop()

        def from_its_thread() -> None:
            loop.call_soon_threadsafe(self._faults_changed)

        self.loudspeaker.on_faults = from_its_thread
        self.loudspeaker.start()
        self._tasks.spawn(self.voice.run(), "voice")

    def _faults_changed(self) -> None:
        self.on_faults()

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong now."""
        return frozenset((*self.loudspeaker.faults, *self.voice.faults))

    def set_night(self, night: bool) -> None:
        """Follow the ward's night: low and information are silent, the rest is softer."""
        self.mixer.set_night(night)

    def set_alarm(self, priority: Priority | None) -> None:
        """Sound the tone of `priority` until told otherwise; None: silence."""
        if priority is None:
            self.mixer.set_alarm(None)
            return
        tone = TONES[priority]
        self.mixer.set_alarm(
            Alarm(
                name=f"alarm {priority.value}",
                priority=priority,
                burst=alarm(priority),
                interburst=tone.interburst,
            )
        )

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        """Say a prompt of the table as soon as the tone allows, not after `expires_s`."""
        name = " ".join([prompt_key, *values.values()])
        self._tasks.spawn(
            self._play(name, self.voice.speak(prompt_key, lang, values), priority, expires_s),
            "announcement",
        )

    def can_say(self, lang: str) -> bool:
        """Whether free text can be spoken in this language now."""
        return lang in VOICES and ENGINE_DEAD not in self.voice.faults

    def say(self, text: str, priority: Priority, lang: str, expires_s: float) -> None:
        """Speak a text that a person asked to hear. It stays in memory."""
        # The text may name the patient's plan: the log gets a word of our own instead.
        self._tasks.spawn(
            self._play("read aloud", self.voice.synthesise(text, lang), priority, expires_s),
            "reading aloud",
        )

    async def _play(
        self,
        name: str,
        coming: Awaitable[Samples | None],
        priority: Priority,
        expires_s: float,
    ) -> None:
        expires_at = self._clock.monotonic() + expires_s
        samples = await coming
        if samples is None or len(samples) == 0:
            return
        sound = Sound(name=name, priority=priority, samples=samples, expires_at=expires_at)
        self.mixer.play(sound, self._clock.monotonic())

    async def close(self) -> None:
        """Fall silent and end the threads and the engine."""
        self.loudspeaker.close()
        await self.voice.close()
