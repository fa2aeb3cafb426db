"""`smartward hub --standby-of URL`: a replica with an outbox.

It follows the hub write by write and serves feeds at the hub's own epoch and sequences; actions it
passes on. When the hub was not heard for `standby_alone_s` it acts alone: under an epoch of its
own, on its replica, without the hospital system, keeping every action it takes. When the hub
answers again it hands them over in their order, drops its branch, copies the hub and follows again.
What the hub had acknowledged and the replica had not got, the screens send again: the epoch is new.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from starlette.types import ASGIApp

from smartward.clinical.device import ScreenRole
from smartward.clock import Clock, boot_id
from smartward.config import Settings
from smartward.errors import BadData, SmartWardError, StorageFault
from smartward.hub.decider import DeciderFactory, default_decider
from smartward.hub.replica_log import Frame
from smartward.hub.standby_copying import Copying
from smartward.hub.standby_door import StandbyDoor
from smartward.hub.standby_folder import Folder, Kept
from smartward.hub.standby_handover import HandOver
from smartward.hub.standby_mode import Mode
from smartward.hub.standby_serving import AloneHub, Empty, Following
from smartward.hub.standby_source import CopyFirst, Source
from smartward.hub.standby_telling import Telling
from smartward.log import Edge
from smartward.tasks import Tasks

log = logging.getLogger("smartward.standby")

_AGAIN_S = 0.3
_LOOK_S = 0.05


class Standby:
    """One standby on one folder, without its process."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        clock: Clock,
        source: Source,
        noise: Random,
        decider_factory: DeciderFactory | None = default_decider,
        boot: str | None = None,
    ) -> None:
        """`boot`: which run of the machine. Raises StorageFault where the folder is of no use."""
        self._boot = boot_id() if boot is None else boot
        self.settings = settings
        self._door = StandbyDoor(self, source)
        self.application: ASGIApp = self._door
        self._mode = Mode.EMPTY
        self.changed: Callable[[], None] = lambda: None
        """Called when the mode is another."""
        self._folder = Folder(folder)
        self._empty = Empty(settings, folder, lambda: self.mode)
        self._clock = clock
        self._source = source
        self._noise = noise
        self._factory = decider_factory
        self.following: Following | None = None
        """The replica, while it follows."""
        self.alone: AloneHub | None = None
        """The hub of its own that it is while its hub is away."""
        self._as_of: datetime | None = None
        self._up = False
        self._heard = 0.0
        self.shut = False
        """Nobody is served: the hub lives and does not know this standby."""
        self._branch: str | None = None
        """The epoch of the history of its own that is in the replica's place."""
        self._copying = Copying(source, self._folder, clock, noise, self._was_heard)
        self._telling = Telling(source, clock)
        self._handing = HandOver(source, self._folder, clock, self._boot)
        self._contexts: list[ssl.SSLContext] = []
        self._changing = asyncio.Lock()
        self._is_alone = asyncio.Event()
        self._edge = Edge(log, "the hub")
        self._opening = Edge(log, "acting alone")
        self._tasks = Tasks()

    @property
    def mode(self) -> Mode:
        """What it is about."""
        return Mode.NOT_ENROLLED if self.shut else self._mode

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self.changed()

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Take up where the last process stopped. Raises StorageFault, Misconfigured."""
        kept = self._folder.kept()
        self._as_of = kept.his_as_of
        self._handing.refused = self._folder.refused()
        self._heard = self._clock.monotonic()
        if self._folder.has_replica:
            await (self._open_alone() if kept.alone else self._open_following())
        else:
            await self._empty.start()
        self._tasks.keep(self._stay_in_touch, "standby", self._clock)
        self._tasks.keep(self._watch, "standby watch", self._clock)
        self._telling.start()

    async def stop(self) -> None:
        """Close what is open. Alone it was, alone it begins."""
        await self._tasks.stop()
        await self._telling.stop()
        await self._door.stop()
        await self._copying.stop()
        async with self._changing:
            await self._close()
        await self._source.close()

    async def _close(self) -> None:
        following, self.following = self.following, None
        alone, self.alone = self.alone, None
        await self._empty.stop()
        if following is not None:
            await following.stop()
        if alone is not None:
            await alone.hang_up()
            await alone.stop()

    def guard(self, context: ssl.SSLContext) -> None:
        """Have a TLS listener ask screens for their certificates, as the hub does."""
        self._contexts.append(context)
        for serving in (self.following, self.alone):
            if serving is not None:
                serving.guard(context)

    async def wait_alone(self) -> None:
        """Returns once it acts alone."""
        await self._is_alone.wait()

    async def hang_up(self) -> None:
        """End what is being told to screens."""
        if self.following is not None:
            await self.following.feed.stop()
        if self.alone is not None:
            await self.alone.hang_up()

    def his(self) -> tuple[datetime | None, bool]:
        """What the hub says of the hospital system."""
        return self._as_of, self._up

    def state(self) -> dict[str, Any]:
        """Named states, for /health and the harness."""
        serving = self.alone or self.following
        own = {} if self.alone is None else self.alone.state()
        feeds = 0 if self.following is None else sum(self.following.feed.connected().values())
        return {
            "feeds": feeds,
            **own,
            "ok": serving is not None and not self.shut and own.get("ok", True),
            **({} if serving is None else {"epoch": serving.store.epoch}),
            "standby": self.mode.value,
            "refused": len(self._handing.refused),
        }

    # ------------------------------------------------------------------ modes

    async def _open_following(self) -> None:
        folder = self._folder.path
        following = Following(self.settings, folder, self._clock, self.his, lambda: self.mode)
        try:
            await following.start()
        except BaseException:
            await following.stop()
            raise
        for context in self._contexts:
            following.guard(context)
        following.feed.on_presence = self._telling.changed
        self.following = following
        self._set_mode(Mode.FOLLOWING)
        self._heard = self._clock.monotonic()

    async def _open_alone(self) -> None:
        alone = AloneHub(
            self.settings,
            self._folder.path,
            self._clock,
            self._factory,
            lambda: self._as_of,
            self._boot,
            lambda: self.mode,
        )
        await alone.start()
        for device in alone.access.devices():
            if device.role is ScreenRole.STANDBY:
                alone.presence.changed(device, True)  # that is this one
        for context in self._contexts:
            alone.guard(context)
        self.alone = alone
        self._branch = alone.store.epoch
        self._handing.given = 0
        self._set_mode(Mode.ALONE)
        self._is_alone.set()
        log.warning("acting alone, epoch %s", alone.store.epoch)

    async def _watch(self) -> None:
        while True:
            left = self._left_s()
            if left <= 0 and self.alone is None and not self.shut:
                await self._go_alone_if_silent()
            await self._clock.sleep(max(self._left_s(), _LOOK_S))

    def _left_s(self) -> float:
        return self.settings.standby_alone_s - (self._clock.monotonic() - self._heard)

    async def _go_alone_if_silent(self) -> None:
        """Where that fails (a full disk) it is tried again at once: nobody else serves the ward."""
        try:
            async with self._changing:
                # Whoever held the lock may just have heard the hub.
                if self._left_s() <= 0 and self.alone is None and self._folder.has_replica:
                    await self._go_alone()
        except SmartWardError as error:
            self._opening.down(self._clock.monotonic(), f"{error.key} {error.detail}")
        else:
            self._opening.up(self._clock.monotonic())

    async def _go_alone(self) -> None:
        """The hub is away: its screens are ours now."""
        await self._close()
        if self._branch is None:  # else a hand-over was broken off where nothing was open
            self._folder.begin_alone()
        self._folder.keep(Kept(True, self._as_of))
        await self._open_alone()

    # ------------------------------------------------------------------ the hub

    async def _stay_in_touch(self) -> None:
        while True:
            try:
                await self._be_in_touch()
                why = "the hub ended the log"
            except (CopyFirst, BadData) as error:
                why = str(error)
                self._heard = self._clock.monotonic()  # the hub it was that said so
                if self.alone is None and await self._try_copy():
                    continue
            except SmartWardError as error:
                why = f"{error.key} {error.detail}"
                if error.key == "standby.not_enrolled":
                    self._shut_out()
            self._edge.down(self._clock.monotonic(), why)
            await self._clock.sleep(_AGAIN_S * self._noise.uniform(0.7, 1.3))

    async def _be_in_touch(self) -> None:
        if self.alone is not None:
            await self._source.ready()
            await self._hand_over()
        await self._follow()

    def _shut_out(self) -> None:
        """The hub lives and does not know us: what we showed would age, and what we took could
        never be handed over. Screens go to the hub."""
        if self.shut:
            return
        log.error("the hub does not know this standby: it serves nobody until it is enrolled again")
        self.shut = True
        for serving in (self.following, self.alone):
            if serving is not None:
                for device in serving.access.devices():
                    serving.feed.drop(device.id)
        self.changed()

    def _let_in(self) -> None:
        if self.shut:
            self.shut = False
            self.changed()

    async def _try_copy(self) -> bool:
        """A new copy, while the old replica is served. Whether it is followed now; what failed is
        tried again."""
        if self._copying.rests:
            return False
        try:
            await self._copying.copy()
            self._let_in()
            async with self._changing:
                if self.alone is not None:
                    return False
                await self._change_for_new()
        except SmartWardError as error:
            if error.key == "standby.not_enrolled":
                self._shut_out()
            await self._report()
            return False
        return True

    def _was_heard(self) -> None:
        self._heard = self._clock.monotonic()

    async def _change_for_new(self) -> None:
        await self._close()
        self._is_alone.clear()
        try:
            self._folder.take_new(branch=self._branch)
            self._branch = None
            self._telling.begin_anew()
            self._folder.keep(Kept(False, self._as_of))
            await self._open_following()
            self._copying.well()
        except SmartWardError as error:
            self._copying.failed(error)
            self._set_mode(Mode.EMPTY)
            await self._empty.start()
            raise

    async def _follow(self) -> None:
        if self.alone is not None:
            return
        if self.following is None:
            await self._source.ready()
            raise CopyFirst("standby.copy_first")
        place = await self.following.place()
        await self._report()
        try:
            async for frames in self._source.log(*place):
                self._telling.connected()
                await self._took(frames)
                if self._mode is not Mode.FOLLOWING:
                    return
        finally:
            self._telling.hung_up()

    async def _report(self) -> None:
        """Have the station show what is wrong here, once at each connection as long as it is."""
        self._handing.refused = self._folder.refused()
        refused = "standby.refused" if self._handing.refused else ""
        await self._telling.report(refused, self._copying.fault)

    async def _took(self, frames: list[Frame]) -> None:
        if not frames:
            return
        async with self._changing:
            following = self.following
            if following is None:
                return
            if any(frame.epoch != following.store.epoch for frame in frames):
                raise CopyFirst("standby.copy_first", "another epoch")
            self._heard = self._clock.monotonic()
            writes = [frame for frame in frames if frame.n]
            if writes:
                try:
                    await following.repeat(writes)
                except StorageFault as error:  # of a newer hub, or no room: no silence of the hub
                    raise CopyFirst("standby.copy_first", f"{error.key} {error.detail}") from error
            self._heard = self._clock.monotonic()
            self._as_of, self._up = frames[-1].his_as_of, frames[-1].his_up
            self._edge.up(self._heard)
            self._let_in()

    # ------------------------------------------------------------------ handing over

    async def _hand_over(self) -> None:
        """Give the hub all that was taken, then become its replica again. Where that is broken off
        nothing is lost: it acts alone as before, and begins again."""
        alone = self.alone
        if alone is None:
            return
        if self._copying.rests:
            # No copy yet, but each call is at the hub.
            await self._handing.give(alone, self._handing.given)
            return
        self._tell(alone, Mode.HANDING_OVER)
        try:
            await self._handing.give(alone, 0)
            alone.taking = False
            await alone.store.write(lambda tx: None)  # what was being taken is in the file now
            await self._handing.give(alone, self._handing.given)
            await self._copying.copy()
            self._let_in()
        except SmartWardError:
            alone.taking = True
            self._tell(alone, Mode.ALONE)
            await self._report()
            raise
        async with self._changing:
            await self._change_for_new()
        given, refused = self._handing.given, len(self._handing.refused)
        log.warning("handed over %d actions, %d refused so far", given, refused)

    def _tell(self, alone: AloneHub, mode: Mode) -> None:
        self._set_mode(mode)
        alone.feed.beats.standby = "alone" if mode is Mode.ALONE else "handing_over"
