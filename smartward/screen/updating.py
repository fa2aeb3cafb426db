"""A screen on an image keeps it new: it asks the hub, fetches what it is offered, has the system
write it, has it started when the hub lets it, and tests itself then.

Nothing of this has a right that the screen has not: who signed an update, and what is written
where, is judged by the system (packaging/update.md).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

import msgspec

from smartward.clinical.drill import DrillFault
from smartward.clinical.screen_update import BAD, Stage
from smartward.clock import Clock, boot_id
from smartward.screen.hub_download import Fetch
from smartward.screen.update_folder import Course, System, UpdateFolder
from smartward.wire import own_test
from smartward.wire.update import BUSY_S, FETCH, PATH, Offer, UpdateAsk, UpdateTold

log = logging.getLogger("smartward.screen.updating")

FIRST_S = 60.0
"""The screens of a ward that lost its power do not all ask in its first minute."""
TEST_AGAIN_S = 15.0
"""The other system hears so often how the test stands."""
_CALL_AGAIN_MOST_S = 240.0
"""The pause after a silent call that failed doubles up to this: whatever it failed at is not mended
by calls, and each is in the audit."""
_PORTION_S = 60.0
"""Then the hub is asked whether somebody calls here."""
_WRITTEN_S = 2400.0
"""An update that is not written by then never will be."""
_TEST_S = 30
_OK = 200
_OF_OTHERS = frozenset(
    {
        *(DrillFault.STATION_AWAY, DrillFault.DOOR_AWAY, DrillFault.DOOR_SILENT),
        DrillFault.UNIT_LOST,
    }
)
"""What a test call may find wrong without this screen being at fault."""
_NO_CALL_NOW = frozenset({"drill.refused.call_open", "drill.refused.running"})

Ask = Callable[[str, bytes], Awaitable[tuple[int, bytes] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What of the running screen is asked."""

    live: Callable[[], bool]
    """Whether the hub is heard."""
    calls: Callable[[], bool]
    """Whether somebody calls here."""
    touched: Callable[[], bool]
    """Whether somebody has touched it lately."""
    rests: Callable[[], bool]
    """Whether nobody has touched it lately, and nothing waits to be sent."""
    bedside: bool
    """Whether it places calls."""


class Updating:
    """Works for ever beside the screen."""

    def __init__(
        self,
        ask: Ask,
        fetch: Fetch,
        screen: Screen,
        folder: UpdateFolder,
        clock: Clock,
        system: System,
        noise: Random,
    ) -> None:
        self._ask = ask
        self._fetch = fetch
        self._screen = screen
        self._folder = folder
        self._clock = clock
        self._what = system.what()
        self._noise = noise
        self._run = boot_id()
        self._ordered: float | None = None
        self._tested = False
        self._failed_calls = 0
        self._failed_at = ""
        self._call_at = float("-inf")
        """From this monotonic second on the next silent call may be placed."""

    async def run(self) -> None:
        """Returns at once where this machine has no image of ours."""
        if self._what is None:
            return
        if not self._on_trial():
            await self._clock.sleep(self._noise.uniform(0.0, FIRST_S))
        while True:
            pause = await self.turn()
            await self._clock.sleep(pause * self._noise.uniform(0.8, 1.2))

    def _on_trial(self) -> bool:
        course = self._folder.now()
        return (
            course is not None
            and course.stage is Stage.TRYING
            and course.run == self._run
            and not self._tested
        )

    async def turn(self) -> float:
        """Do what is to be done now; gives the seconds until the next time."""
        if self._on_trial():
            await self._test()
            await self._tell()
            return TEST_AGAIN_S
        if not self._screen.live():
            return BUSY_S
        told = await self._tell()
        if told is None:
            return BUSY_S
        try:
            if told.forget:
                self._folder.begin()
            if told.offer is not None:
                return await self._work(told.offer, told.every_s)
            if told.restart:
                self._restart()
        except OSError as error:
            log.error("an update cannot be kept: %s", error)
            self._failed("disk")
        return told.every_s

    async def _tell(self) -> UpdateTold | None:
        """How far it is, to the hub; None: there was no answer."""
        assert self._what is not None
        course, percent = self._folder.now(), 0
        if course is not None and course.stage is Stage.DOWNLOADING:
            percent = self._percent
        compatible, version = self._what
        told = UpdateAsk(
            compatible=compatible,
            version=version,
            bundle="" if course is None else course.bundle,
            stage=None if course is None else course.stage,
            why="" if course is None else course.why,
            attempt=0 if course is None else course.attempt,
            percent=percent,
        )
        answer = await self._ask(PATH, msgspec.json.encode(told))
        if answer is None or answer[0] != _OK:
            return None
        try:
            return msgspec.json.decode(answer[1], type=UpdateTold)
        except msgspec.DecodeError:
            log.error("the hub's answer on updates cannot be read")
            return None

    # ------------------------------------------------------------------ fetching and writing

    _percent = 0

    async def _work(self, offer: Offer, every_s: float) -> float:
        course = self._folder.now()
        if course is None or course.bundle != offer.id or course.stage in BAD | {Stage.GOOD}:
            course = self._begin(offer, course)
        if course.stage is Stage.DOWNLOADING:
            return await self._load(offer, course)
        if course.stage is Stage.LOADED and self._lost(course):
            self._begin(offer, course)
            return 1.0
        return every_s

    def _begin(self, offer: Offer, before: Course | None) -> Course:
        attempt = 1 if before is None else before.attempt + 1
        course = Course(bundle=offer.id, attempt=attempt, stage=Stage.DOWNLOADING)
        self._percent, self._ordered = 0, None
        # In this order: what a power cut leaves of another update is not gone on with.
        self._folder.begin()
        self._folder.keep(course)
        return course

    async def _load(self, offer: Offer, course: Course) -> float:
        begin = self._folder.fetched()
        if not self._folder.room_for(offer.size - begin):
            self._failed("disk")
            return BUSY_S
        given = True
        if begin < offer.size:

            async def took(block: bytes) -> None:
                await asyncio.to_thread(self._folder.add, block)

            path = FETCH.format(id=offer.id)
            given = await self._fetch(path, begin, _PORTION_S, took)
        size = self._folder.fetched()
        self._percent = min(100, 100 * size // max(1, offer.size))
        if size < offer.size:
            return 1.0 if given and size > begin else BUSY_S
        if not await asyncio.to_thread(self._folder.close, offer.sha256):
            if course.spoilt:
                self._failed("sha256")
                return BUSY_S
            # Once may be a cut of the power or a bad moment of the disk; a screen that gives up
            # holds up the whole house.
            self._folder.keep(msgspec.structs.replace(course, spoilt=True))
            return 1.0
        loaded = msgspec.structs.replace(course, stage=Stage.LOADED, run=self._run)
        self._folder.keep(loaded)
        self._folder.order("install", loaded)
        self._ordered = self._clock.monotonic()
        return 5.0

    def _lost(self, course: Course) -> bool:
        """Whether what was ordered will never be done: the power went meanwhile, or the system's
        own part did not bear it."""
        if course.run != self._run:
            return True
        if self._ordered is None:
            self._ordered = self._clock.monotonic()
        return self._clock.monotonic() - self._ordered > _WRITTEN_S

    def _failed(self, why: str) -> None:
        mine = self._folder.mine()
        if mine is None:
            return
        try:
            self._folder.begin()
            self._folder.keep(
                msgspec.structs.replace(mine, stage=Stage.FAILED, why=f"updates.why.{why}")
            )
        except OSError as error:
            log.error("what became of an update cannot be kept: %s", error)

    def _restart(self) -> None:
        course = self._folder.now()
        if course is None or course.stage is not Stage.INSTALLED:
            return
        if self._screen.calls() or not self._screen.rests():
            return
        log.info("starting the system that was installed")
        self._folder.order("restart", course)

    # ------------------------------------------------------------------ the self-test

    async def _test(self) -> None:
        """The first frame was drawn before this; then the hub is to be heard, and a bedside's
        silent call to arrive."""
        ok, why, busy = False, "no_hub", self._screen.calls() or self._screen.touched()
        if self._screen.live():
            ok, why, refused = await self._call() if self._screen.bedside else (True, "", False)
            busy = busy or refused
        self._folder.tested(self._run, ok, "" if ok else f"updates.why.{why}", busy)
        self._tested = ok

    async def _call(self) -> tuple[bool, str, bool]:
        """Whether it arrived, why not, and whether that is because others call now. Between two
        that failed is a pause, within which the last one's word holds."""
        if self._clock.monotonic() < self._call_at:
            return False, self._failed_at, False
        ok, why, others = await self._place()
        if not ok and not others:
            self._failed_calls, self._failed_at = self._failed_calls + 1, why
            pause = min(_CALL_AGAIN_MOST_S, TEST_AGAIN_S * 2.0**self._failed_calls)
            self._call_at = self._clock.monotonic() + pause
        return ok, why, others

    async def _place(self) -> tuple[bool, str, bool]:
        told = await self._own_test(begin=True)
        for _ in range(_TEST_S):
            if told is None or told.state != "running":
                break
            await self._clock.sleep(1.0)
            told = await self._own_test(begin=False)
        if told is None:
            return False, "no_hub", False
        if told.state == "refused":
            return False, "call", told.why in _NO_CALL_NOW
        return told.state == "done" and set(told.faults) <= _OF_OTHERS, "call", False

    async def _own_test(self, *, begin: bool) -> own_test.OwnTest | None:
        body = msgspec.json.encode(own_test.OwnTestAsk(begin=begin))
        answer = await self._ask(own_test.PATH, body)
        if answer is None or answer[0] != _OK:
            return None
        try:
            return msgspec.json.decode(answer[1], type=own_test.OwnTest)
        except msgspec.DecodeError:
            return None
