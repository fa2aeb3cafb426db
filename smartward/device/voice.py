"""Speech for the screens: prompts from the clips, everything else from the speech engine."""

import asyncio
import logging
import unicodedata
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from smartward.clock import Clock
from smartward.device.clips import Clips
from smartward.device.recorded import Recorded
from smartward.device.samples import FULL_SCALE, Samples, WaveError, read_wave
from smartward.device.voice_process import EngineDead, EngineRefused, VoiceProcess
from smartward.errors import BadData, Misconfigured

log = logging.getLogger("smartward.voice")

VOICES: Mapping[str, str] = {
    "en": "gmw/en-us",
    "zh_CN": "sit/cmn-latn-pinyin",
    "es": "roa/es-419",
}
"""espeak-ng's voice by language. `sit/cmn` reads pinyin as English in espeak-ng 1.51; its Cantonese
and Arabic are not understood: those are recorded by a person."""

RATE = 150
"""Words a minute: comfortable for old and young (field.md 5.1)."""

MOST_CHARACTERS = 400
MOST_IN_A_WORD = 60
"""espeak-ng 1.51 ends its process at a word of 100,000 letters."""

RETRY_S = 30.0
"""Seconds between two tries to start an engine that is dead."""

REST_AFTER_S = 10.0
"""Seconds without a word after which the engine's process ends. To begin anew makes the next
sentence 50 ms later (14 ms become 65); to keep it takes 10 MiB of every screen."""

ENGINE_DEAD = "voice.engine_dead"
CLIPS_BROKEN = "voice.bad_clip"

_WARM_UP = {"en": "ready", "zh_CN": "好", "es": "listo"}
_LEVEL = 10 ** (-18 / 20)
_PEAK = 0.89


class Voice:
    """Turns prompts and texts into samples. Its methods belong to the event loop's thread.

    `on_faults` is called when `faults` changed. `run` and `rest` have to run in the background.
    """

    def __init__(
        self, clock: Clock, clips: Clips | None = None, process: VoiceProcess | None = None
    ) -> None:
        self.clips = clips if clips is not None else Clips()
        self._clock = clock
        self._process = process if process is not None else VoiceProcess()
        self._engine_thread = ThreadPoolExecutor(1, "voice-engine")
        self._clip_thread = ThreadPoolExecutor(1, "voice-clips")
        self._faults: set[str] = set()
        self._died = asyncio.Event()
        self._spoke = asyncio.Event()
        self.on_faults: Callable[[], None] | None = None

    @classmethod
    def reading(cls, clock: Clock, folder: str) -> "Voice":
        """With the prompts that people have recorded in `folder` (empty: none).

        A screen starts without them rather than not: that they cannot be used is a fault.
        """
        if not folder:
            return cls(clock)
        try:
            return cls(clock, Clips(recorded=Recorded(Path(folder))))
        except Misconfigured as error:
            log.error("%s", error)
            voice = cls(clock)
            voice._faults.add(CLIPS_BROKEN)
            return voice

    @property
    def faults(self) -> tuple[str, ...]:
        """Text keys of what is wrong now."""
        return tuple(sorted(self._faults))

    @property
    def worker_pid(self) -> int | None:
        """The engine's process."""
        return self._process.pid

    async def run(self) -> None:
        """Warm the engine up, and start it again whenever it is dead, for ever."""
        while True:
            if await self._warm_up():
                await self._died.wait()
            else:
                await self._clock.sleep(RETRY_S)

    async def rest(self) -> None:
        """End the engine's process whenever nothing was said for a while, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._spoke.wait()
            while self._spoke.is_set():
                self._spoke.clear()
                await self._clock.sleep(REST_AFTER_S)
            await loop.run_in_executor(self._engine_thread, self._process.rest)

    async def speak(
        self, key: str, language: str, values: Mapping[str, str] | None = None
    ) -> Samples | None:
        """A prompt as sound; None when this language has no voice (show the text, play a tone).

        Raises BadData for an unknown prompt or a missing value.
        """
        given = values if values is not None else {}
        if not self.clips.prompts.says(key, language):
            return None
        text = self.clips.prompts.text(key, language, given)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._clip_thread, self.clips.prompt, key, language, given
            )
        except BadData as error:
            log.error("%s", error)
            self._set(CLIPS_BROKEN, True)
            found = None
        return found if found is not None else await self.synthesise(text, language)

    async def synthesise(self, text: str, language: str) -> Samples | None:
        """Any text as sound; None when there is nothing to say, no voice, or no engine."""
        said, voice = speakable(text), VOICES.get(language)
        if voice is None or said == "":
            return None
        return await self._engine(voice, said, language)

    async def _engine(self, voice: str, said: str, language: str) -> Samples | None:
        try:
            samples = await self._in_engine(voice, said)
        except EngineRefused as error:
            log.warning("the speech engine refused a text: %s", error)
            return None
        except EngineDead as error:
            # Twice at one text: is it the engine, or the text?
            if said != _WARM_UP[language] and await self._warm_up():
                log.warning("the speech engine failed at a text of %d characters", len(said))
            else:
                log.error("the speech engine is dead: %s", error)
                self._set(ENGINE_DEAD, True)
            return None
        self._set(ENGINE_DEAD, False)
        return samples

    async def _in_engine(self, voice: str, said: str) -> Samples:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._engine_thread, self._synthesised, voice, said)
        finally:
            self._spoke.set()

    def _synthesised(self, voice: str, said: str) -> Samples:
        body = self._process.wave(voice, said, RATE)
        try:
            return levelled(read_wave(body))
        except WaveError as error:
            raise EngineRefused(str(error)) from error

    async def _warm_up(self) -> bool:
        """The first sentence takes longest; it is said to nobody."""
        self._died.clear()
        for language, word in _WARM_UP.items():
            if await self._engine(VOICES[language], word, language) is None:
                return False
        return True

    def _set(self, key: str, wrong: bool) -> None:
        if key == ENGINE_DEAD and wrong:
            self._died.set()
        before = set(self._faults)
        (self._faults.add if wrong else self._faults.discard)(key)
        if self._faults != before and self.on_faults is not None:
            self.on_faults()

    async def close(self) -> None:
        """End the engine's process and the threads."""
        self._process.close()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._engine_thread, self._process.release)
        self._engine_thread.shutdown()
        self._clip_thread.shutdown()


def speakable(text: str) -> str:
    """A text that the engine survives: no control characters, no endless words, not too long."""
    clean = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    words = [word[:MOST_IN_A_WORD] for word in clean.split()]
    return " ".join(words)[:MOST_CHARACTERS].strip()


def levelled(samples: Samples) -> Samples:
    """As loud as the clips, unless single peaks forbid it."""
    curve = samples.astype(np.float64) / FULL_SCALE
    power = float(np.mean(np.square(curve))) if len(curve) > 0 else 0.0
    if power == 0.0:
        return samples
    gain = min(_LEVEL / power**0.5, _PEAK / float(np.max(np.abs(curve))))
    scaled: Samples = np.round(samples * gain).astype(np.int16)
    return scaled
