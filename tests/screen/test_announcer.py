"""The announcer between the view models and the device: tones at once, words after them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.priority import Priority
from smartward.clock import SystemClock
from smartward.device.samples import RATE
from smartward.screen.announcer import DeviceAnnouncer
from smartward.tasks import Tasks

CLOCK = SystemClock()


def heard(announcer: DeviceAnnouncer, seconds: float) -> bool:
    """Whether the loudspeaker would play anything in the next seconds."""
    return bool(np.any(announcer.mixer.pull(int(seconds * RATE), CLOCK.monotonic())))


def with_announcer(
    story: Callable[[DeviceAnnouncer, Tasks], Coroutine[Any, Any, None]],
) -> None:
    """Play a story on an announcer whose loudspeaker was never opened."""

    async def run() -> None:
        tasks = Tasks()
        announcer = DeviceAnnouncer(ScreenRole.STATION, CLOCK, tasks)
        try:
            await story(announcer, tasks)
        finally:
            await tasks.stop()
            await announcer.close()
            assert tasks.failures == {}

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    end = CLOCK.monotonic() + 20
    while not condition():
        assert CLOCK.monotonic() < end, "it did not come to be in time"
        await CLOCK.sleep(0.01)


@pytest.mark.parametrize("priority", [Priority.HIGH, Priority.MEDIUM, Priority.LOW])
def test_an_alarm_sounds_until_it_is_taken_away(priority: Priority) -> None:
    async def story(announcer: DeviceAnnouncer, tasks: Tasks) -> None:
        announcer.set_alarm(priority)
        assert heard(announcer, 1)
        announcer.set_alarm(None)
        heard(announcer, 1)
        assert not heard(announcer, 40)

    with_announcer(story)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_prompt_is_heard(language: str) -> None:
    async def story(announcer: DeviceAnnouncer, tasks: Tasks) -> None:
        announcer.announce(
            "bed_call", {"room": "305", "bed": "12"}, Priority.MEDIUM, language, 30.0
        )
        await until(lambda: announcer.mixer.active)
        assert heard(announcer, 1)

    with_announcer(story)


def test_words_that_come_too_late_are_not_said() -> None:
    async def story(announcer: DeviceAnnouncer, tasks: Tasks) -> None:
        announcer.announce("bed_call", {"room": "305", "bed": "12"}, Priority.MEDIUM, "en", -1.0)
        await until(lambda: len(asyncio.all_tasks()) == 1)
        assert not heard(announcer, 2)

    with_announcer(story)


def test_a_language_without_a_voice_is_silent_and_says_so() -> None:
    async def story(announcer: DeviceAnnouncer, tasks: Tasks) -> None:
        assert not announcer.can_say("xx")
        assert announcer.can_say("en")
        announcer.announce("bed_call", {"room": "305", "bed": "12"}, Priority.MEDIUM, "xx", 30.0)
        await until(lambda: len(asyncio.all_tasks()) == 1)
        assert not heard(announcer, 2)

    with_announcer(story)
