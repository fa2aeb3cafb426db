"""Speech through the real engine in its real process, killed, hung and crashed."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import qasync

from smartward.clock import SystemClock
from smartward.device import voice as voice_module
from smartward.device.samples import RATE
from smartward.device.voice import (
    CLIPS_BROKEN,
    ENGINE_DEAD,
    MOST_CHARACTERS,
    MOST_IN_A_WORD,
    REST_AFTER_S,
    RETRY_S,
    VOICES,
    Voice,
    speakable,
)
from smartward.device.voice_process import EngineDead, EngineRefused, VoiceProcess
from smartward.errors import BadData
from tests.fakes.fake_clock import ManualClock

DINNER = {"en": "Your dinner will arrive at half past six.", "zh_CN": "您的晚餐六点半送到。"}
ENGLISH = VOICES["en"]
DEADLINE = 20.0


@pytest.fixture
def process() -> Iterator[VoiceProcess]:
    """The engine's process, with little patience for one that hangs."""
    process = VoiceProcess(answer_within=1.0)
    yield process
    process.close()
    process.release()


@pytest.fixture
async def voice(process: VoiceProcess) -> AsyncIterator[Voice]:
    """A voice with that process."""
    voice = Voice(SystemClock(), process=process)
    yield voice
    await voice.close()


async def until(true: Callable[[], bool]) -> None:
    """Let the event loop turn until something holds. Fails when it never does."""
    async with asyncio.timeout(DEADLINE):
        while not true():
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)


def pid_of(process: VoiceProcess) -> int:
    """The engine's process, which must be there."""
    assert process.pid is not None
    return process.pid


def level(samples: np.ndarray) -> float:
    """Decibels below full scale."""
    return float(10 * np.log10(np.mean((samples / 32_767) ** 2)))


# -------------------------------------------------------------------------------------- speaking


@pytest.mark.anyio
@pytest.mark.parametrize("language", sorted(DINNER))
async def test_any_text_is_spoken(voice: Voice, language: str) -> None:
    """A sentence takes some seconds, twice the sentence about twice as many, at a level to hear."""
    once = await voice.synthesise(DINNER[language], language)
    twice = await voice.synthesise(DINNER[language] * 2, language)
    assert once is not None
    assert twice is not None
    assert 1.0 < len(once) / RATE < 6.0
    assert len(twice) / len(once) == pytest.approx(2.0, abs=0.4)
    assert -24.0 < level(once) <= -17.5
    assert voice.faults == ()


@pytest.mark.anyio
async def test_prompts_are_clips_and_need_no_engine(voice: Voice) -> None:
    """A prompt of the catalogue is spoken without a process being there."""
    assert await voice.speak("bed_call", "zh_CN", {"room": "305", "bed": "12"}) is not None
    assert voice.worker_pid is None


@pytest.mark.anyio
async def test_what_is_not_in_the_catalogue_is_spoken_by_the_engine(voice: Voice) -> None:
    """A room with a name is said all the same."""
    samples = await voice.speak("emergency_call", "en", {"room": "Garden"})
    assert samples is not None
    assert len(samples) / RATE > 0.8
    assert voice.worker_pid is not None


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["zh_HK", "ar", ""])
async def test_a_language_without_a_voice_is_not_spoken_by_another(
    voice: Voice, language: str
) -> None:
    """Text and a tone, never another language."""
    assert await voice.speak("call_placed", language) is None
    assert await voice.synthesise("hello", language) is None
    assert voice.faults == ()


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x07"])
async def test_nothing_to_say_says_nothing(voice: Voice, text: str) -> None:
    """Empty texts, which end pyttsx3, do not reach it."""
    assert await voice.synthesise(text, "en") is None
    assert voice.faults == ()


@pytest.mark.anyio
async def test_mistakes_are_named(voice: Voice) -> None:
    """An unknown prompt is an error, not a silence."""
    with pytest.raises(BadData, match="dinner"):
        await voice.speak("dinner", "en")


@pytest.mark.anyio
@pytest.mark.expects_log("voice.bad_clip")
async def test_a_damaged_clip_is_told_and_the_engine_speaks(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prompt is heard, and the screen shows what is wrong."""
    told: list[tuple[str, ...]] = []
    voice.on_faults = lambda: told.append(voice.faults)
    monkeypatch.setattr(voice.clips, "_folder", tmp_path)
    assert await voice.speak("call_placed", "en") is not None
    assert told == [(CLIPS_BROKEN,)]


def test_texts_are_made_speakable() -> None:
    """Spaces for control characters, words and text cut where the engine would break."""
    assert speakable(" a\x00b\n c ") == "a b c"
    assert speakable("好" * 1_000) == "好" * MOST_IN_A_WORD
    assert len(speakable("word " * 1_000)) <= MOST_CHARACTERS


# ------------------------------------------------------------------------- killed, hung, crashed


@pytest.mark.anyio
async def test_killed_in_the_middle_of_a_sentence_it_speaks_again(
    voice: Voice, process: VoiceProcess
) -> None:
    """The sentence asked for is still spoken, by a new process."""
    await voice.synthesise("ready", "en")
    first = pid_of(process)
    os.kill(first, signal.SIGSTOP)  # so that it cannot have answered before it is killed
    coming = asyncio.ensure_future(voice.synthesise(DINNER["en"], "en"))  # noqa: TID251
    await asyncio.get_running_loop().run_in_executor(None, os.kill, first, signal.SIGKILL)
    samples = await coming
    assert samples is not None
    assert pid_of(process) != first
    assert not psutil.pid_exists(first)
    assert voice.faults == ()


@pytest.mark.anyio
async def test_a_hung_engine_is_replaced_while_everything_else_goes_on(
    voice: Voice, process: VoiceProcess
) -> None:
    """The loop and the clips do not wait for it."""
    await voice.synthesise("ready", "en")
    first = pid_of(process)
    os.kill(first, signal.SIGSTOP)
    coming = asyncio.ensure_future(voice.synthesise(DINNER["en"], "en"))  # noqa: TID251
    assert await voice.speak("call_placed", "en") is not None
    assert not coming.done()
    assert await asyncio.wait_for(coming, DEADLINE) is not None
    assert not psutil.pid_exists(first)
    assert voice.faults == ()


def test_a_word_that_ends_the_engine_does_not_end_us(process: VoiceProcess) -> None:
    """A word of 100,000 letters kills it, twice; the next sentence is spoken."""
    with pytest.raises(EngineDead):
        process.wave(ENGLISH, "a" * 100_000, 150)
    assert len(process.wave(ENGLISH, "again", 150)) > 10_000


@pytest.mark.anyio
async def test_such_a_word_never_reaches_it(voice: Voice, process: VoiceProcess) -> None:
    """The cap keeps the process alive."""
    await voice.synthesise("ready", "en")
    first = pid_of(process)
    assert await voice.synthesise("a" * 100_000, "en") is not None
    assert pid_of(process) == first


@pytest.mark.anyio
@pytest.mark.expects_log("failed at a text of 100000 characters")
async def test_one_bad_text_is_not_a_dead_engine(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text is not spoken; no warning about the engine is shown, which is well."""
    monkeypatch.setattr(voice_module, "MOST_IN_A_WORD", 200_000)
    monkeypatch.setattr(voice_module, "MOST_CHARACTERS", 200_000)
    assert await voice.synthesise("a" * 100_000, "en") is None
    assert voice.faults == ()
    assert await voice.synthesise("again", "en") is not None


def test_an_unknown_voice_is_refused_by_name(process: VoiceProcess) -> None:
    """Never the wrong voice: the engine would go on with the one before."""
    process.wave(ENGLISH, "ready", 150)
    first = pid_of(process)
    with pytest.raises(EngineRefused, match="xx/none"):
        process.wave("xx/none", "hello", 150)
    assert pid_of(process) == first


@pytest.mark.anyio
@pytest.mark.expects_log("the speech engine is dead")
async def test_a_dead_engine_is_told_at_once_and_tried_for_ever(
    process: VoiceProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine on this machine: the screen shows it, prompts still speak, and it may return."""
    stub = tmp_path / "pyttsx3.py"
    stub.write_text("raise ImportError('no engine here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    clock = ManualClock()
    voice = Voice(clock, process=process)
    changed = asyncio.Event()
    voice.on_faults = changed.set
    running = asyncio.ensure_future(voice.run())  # noqa: TID251
    await asyncio.wait_for(changed.wait(), DEADLINE)
    assert voice.faults == (ENGINE_DEAD,)
    assert await voice.speak("call_placed", "zh_CN") is not None
    assert await voice.synthesise(DINNER["en"], "en") is None
    stub.unlink()
    changed.clear()
    while not changed.is_set():
        clock.advance(RETRY_S)
        await asyncio.wait([asyncio.ensure_future(changed.wait())], timeout=0.05)  # noqa: TID251
    assert voice.faults == ()
    assert await voice.synthesise(DINNER["en"], "en") is not None
    running.cancel()
    await voice.close()


@pytest.mark.anyio
async def test_an_engine_that_says_nothing_ends_and_speaks_again_when_asked(
    process: VoiceProcess,
) -> None:
    """Its memory is not a screen's for ever; each sentence gives it its whole time again."""
    clock = ManualClock()
    voice = Voice(clock, process=process)
    resting = asyncio.ensure_future(voice.rest())  # noqa: TID251  # ended below
    assert await voice.synthesise(DINNER["en"], "en") is not None
    first = pid_of(process)
    await until(lambda: clock.waiting == 1)
    assert await voice.synthesise(DINNER["zh_CN"], "zh_CN") is not None
    clock.advance(REST_AFTER_S)
    await until(lambda: clock.waiting == 1)
    assert pid_of(process) == first
    clock.advance(REST_AFTER_S)
    await until(lambda: process.pid is None)
    assert not psutil.pid_exists(first)
    assert await voice.synthesise(DINNER["en"], "en") is not None
    assert pid_of(process) != first
    assert voice.faults == ()
    resting.cancel()
    await voice.close()


# ------------------------------------------------------------------------ nothing is left behind


@pytest.mark.anyio
async def test_closing_ends_the_process_even_when_it_hangs(process: VoiceProcess) -> None:
    """Whoever waits for it is answered, and it is gone."""
    voice = Voice(SystemClock(), process=process)
    await voice.synthesise("ready", "en")
    pid = pid_of(process)
    os.kill(pid, signal.SIGSTOP)
    coming = asyncio.ensure_future(voice.synthesise(DINNER["en"], "en"))  # noqa: TID251
    await asyncio.get_running_loop().run_in_executor(None, threading.Event().wait, 0.05)
    coming.cancel()
    await asyncio.wait_for(voice.close(), DEADLINE)
    assert not psutil.pid_exists(pid)


OWNER = """
import sys
from smartward.device.voice_process import VoiceProcess
process = VoiceProcess()
process.wave("gmw/en-us", "ready", 150)
print(process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("hangs", [False, True], ids=["idle", "hung"])
def test_a_killed_screen_leaves_no_engine_behind(hangs: bool) -> None:
    """kill -9 of the program ends the engine, also one that hangs."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with owner:
        assert owner.stdout is not None
        engine = psutil.Process(int(owner.stdout.readline()))
        if hangs:
            engine.suspend()
        owner.kill()
    gone, alive = psutil.wait_procs([engine], timeout=DEADLINE)
    assert (len(gone), alive) == (1, [])


@pytest.mark.anyio
async def test_a_patients_words_touch_no_disk(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the folder for temporary files nor the working folder ever holds a file of it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(voice_module.__file__).parents[2]))
    before = os.stat(tmp_path).st_mtime_ns
    assert await voice.synthesise("Your evening medicine.", "en") is not None
    assert voice.worker_pid is not None
    opened = {file.path for file in psutil.Process(voice.worker_pid).open_files()}
    assert not any("speech" in path or path.endswith(".wav") for path in opened)
    assert os.stat(tmp_path).st_mtime_ns == before


def test_it_speaks_in_the_loop_of_the_screens(qapp: object, process: VoiceProcess) -> None:
    """The event loop of Qt and asyncio together, as the programs run it."""
    with qasync.QEventLoop(qapp) as loop:
        voice = Voice(SystemClock(), process=process)
        samples = loop.run_until_complete(voice.synthesise(DINNER["en"], "en"))
        loop.run_until_complete(voice.close())
    assert samples is not None


@pytest.mark.anyio
async def test_no_sentence_is_lost_or_comes_out_as_the_next(voice: Voice) -> None:
    """The engine loses about one in a hundred, and may tell of an end that is not this one's."""
    once = DINNER["en"]
    short = [await voice.synthesise(f"{once} {n}", "en") for n in range(40)]
    long = [await voice.synthesise(f"{once} {once} {n}", "en") for n in range(40)]
    seconds = [len(samples) / RATE for samples in (*short, *long) if samples is not None]
    assert len(seconds) == 80
    assert max(seconds[:40]) < min(seconds[40:])
    assert min(seconds) > 1.0
