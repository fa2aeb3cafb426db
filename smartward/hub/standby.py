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
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smartward.clinical.device import ScreenRole
from smartward.clock import Clock, boot_id
from smartward.config import Settings
from smartward.errors import BadData, SmartWardError, StorageFault, Unreachable
from smartward.hub.decider import DeciderFactory, default_decider
from smartward.hub.gate import shown_in
from smartward.hub.replica_log import Frame, Taken
from smartward.hub.standby_folder import Folder, Kept, Refused
from smartward.hub.standby_request import Relayed, first, once_more, read_body, waits
from smartward.hub.standby_serving import AloneHub, Following
from smartward.hub.standby_source import CopyFirst, NotTaken, Source
from smartward.hub.store.reader import Reader
from smartward.hub.store.replica_table import TakenRow
from smartward.log import Edge
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionRequest

log = logging.getLogger("smartward.standby")

_AGAIN_S = 0.3
_HEAR_S = 0.5
"""While a copy comes the hub is asked so often whether it is there."""
_COPY_AGAIN_S = 1.0
_COPY_AGAIN_MOST_S = 60.0
"""Between two tries to copy the whole file; it doubles from the first to the second."""
_LOOK_S = 0.05
_HOLD_S = 4.0
"""A screen's request waits so long for the hub's answer, or for this hub to act alone."""
_AT_ONCE = 100
_LATER_S = 1.0
_RELAYED = frozenset({"/actions", "/inputs", "/staff/identify"})


class Mode(StrEnum):
    """What the standby is about."""

    EMPTY = "empty"
    """Nothing was ever copied: it cannot stand for anybody yet."""
    FOLLOWING = "following"
    ALONE = "alone"
    HANDING_OVER = "handing_over"
    NOT_ENROLLED = "not_enrolled"
    """The hub lives and does not know this standby any more: nobody is served."""


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
        """`boot`: which run of the machine it is. Raises StorageFault when the folder cannot be
        used."""
        self._boot = boot_id() if boot is None else boot
        self.settings = settings
        self.application: ASGIApp = self
        self._mode = Mode.EMPTY
        self.changed: Callable[[], None] = lambda: None
        """Called when the mode is another."""
        self._folder = Folder(folder)
        self._clock = clock
        self._source = source
        self._noise = noise
        self._factory = decider_factory
        self._following: Following | None = None
        self._alone: AloneHub | None = None
        self._as_of: datetime | None = None
        self._up = False
        self._heard = 0.0
        self._refused: list[Refused] = []
        self._told: str | None = None
        self._shut = False
        self._branch: str | None = None
        """The epoch of the history of its own that is in the replica's place."""
        self._handed = 0
        self._no_copy = ""
        self._copy_again_s = _COPY_AGAIN_S
        self._copy_not_before = 0.0
        self._contexts: list[ssl.SSLContext] = []
        self._changing = asyncio.Lock()
        self._is_alone = asyncio.Event()
        self._edge = Edge(log, "the hub")
        self._copying = Edge(log, "copying the hub")
        self._opening = Edge(log, "acting alone")
        self._tasks = Tasks()

    @property
    def mode(self) -> Mode:
        """What it is about."""
        return Mode.NOT_ENROLLED if self._shut else self._mode

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self.changed()

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Take up where the last process stopped. Raises StorageFault, Misconfigured."""
        kept = self._folder.kept()
        self._as_of = kept.his_as_of
        self._refused = self._folder.refused()
        self._heard = self._clock.monotonic()
        if self._folder.has_replica:
            await (self._open_alone() if kept.alone else self._open_following())
        self._tasks.keep(self._stay_in_touch, "standby", self._clock)
        self._tasks.keep(self._watch, "standby watch", self._clock)

    async def stop(self) -> None:
        """Close what is open. Alone it was, alone it begins."""
        await self._tasks.stop()
        async with self._changing:
            await self._close()
        await self._source.close()

    async def _close(self) -> None:
        following, self._following = self._following, None
        alone, self._alone = self._alone, None
        if following is not None:
            await following.stop()
        if alone is not None:
            await alone.hang_up()
            await alone.stop()

    def guard(self, context: ssl.SSLContext) -> None:
        """Have a TLS listener ask screens for their certificates, as the hub does."""
        self._contexts.append(context)
        if self._following is not None:
            self._following.certificates.guard(context)
        if self._alone is not None:
            self._alone.guard(context)

    async def hang_up(self) -> None:
        """End what is being told to screens."""
        if self._following is not None:
            await self._following.feed.stop()
        if self._alone is not None:
            await self._alone.hang_up()

    def his(self) -> tuple[datetime | None, bool]:
        """What the hub says of the hospital system."""
        return self._as_of, self._up

    def state(self) -> dict[str, Any]:
        """Named states, for /health and the harness."""
        serving = self._alone or self._following
        epoch = {} if serving is None else {"epoch": serving.store.epoch}
        own = {} if self._alone is None else self._alone.state()
        feeds = 0 if self._following is None else sum(self._following.feed.connected().values())
        return {
            "feeds": feeds,
            **own,
            "ok": serving is not None and not self._shut and own.get("ok", True),
            **epoch,
            "standby": self.mode.value,
            "refused": len(self._refused),
        }

    # ------------------------------------------------------------------ modes

    async def _open_following(self) -> None:
        following = Following(self.settings, self._folder.path, self._clock, self.his)
        try:
            await following.start()
        except BaseException:
            await following.stop()
            raise
        for context in self._contexts:
            following.certificates.guard(context)
        self._following = following
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
        )
        await alone.start()
        for device in alone.access.devices():
            if device.role is ScreenRole.STANDBY:
                alone.presence.changed(device, True)  # that is this one
        for context in self._contexts:
            alone.guard(context)
        self._alone = alone
        self._branch = alone.store.epoch
        self._handed = 0
        self._set_mode(Mode.ALONE)
        self._is_alone.set()
        log.warning("acting alone, epoch %s", alone.store.epoch)

    async def _watch(self) -> None:
        while True:
            left = self._left_s()
            if left <= 0 and self._alone is None and not self._shut:
                await self._go_alone_if_silent()
            await self._clock.sleep(max(self._left_s(), _LOOK_S))

    def _left_s(self) -> float:
        return self.settings.standby_alone_s - (self._clock.monotonic() - self._heard)

    async def _go_alone_if_silent(self) -> None:
        """Where that fails (a full disk) it is tried again at once: nobody else serves the ward."""
        try:
            async with self._changing:
                # Whoever held the lock may just have heard the hub.
                if self._left_s() <= 0 and self._alone is None and self._folder.has_replica:
                    await self._go_alone()
        except SmartWardError as error:
            self._opening.down(self._clock.monotonic(), f"{error.key} {error.detail}")
        else:
            self._opening.up(self._clock.monotonic())

    async def _go_alone(self) -> None:
        """The hub is away: its screens are ours now."""
        if self._following is not None:
            following, self._following = self._following, None
            await following.stop()
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
                if self._alone is None and await self._try_copy():
                    continue
            except SmartWardError as error:
                why = f"{error.key} {error.detail}"
                if error.key == "standby.not_enrolled":
                    self._shut_out()
            self._edge.down(self._clock.monotonic(), why)
            await self._clock.sleep(_AGAIN_S * self._noise.uniform(0.7, 1.3))

    async def _be_in_touch(self) -> None:
        if self._alone is not None:
            await self._source.ready()
            await self._hand_over()
        await self._follow()

    def _shut_out(self) -> None:
        """The hub lives and does not know us: what we showed would age, and what we took could
        never be handed over. Screens go to the hub."""
        if self._shut:
            return
        log.error("the hub does not know this standby: it serves nobody until it is enrolled again")
        self._shut = True
        for serving in (self._following, self._alone):
            if serving is not None:
                for device in serving.access.devices():
                    serving.feed.drop(device.id)
        self.changed()

    def _let_in(self) -> None:
        if self._shut:
            self._shut = False
            self.changed()

    async def _try_copy(self) -> bool:
        """A new copy, while the old replica is served. Whether it is followed now; what failed is
        tried again."""
        if self._clock.monotonic() < self._copy_not_before:
            return False
        try:
            await self._copy()
            async with self._changing:
                if self._alone is not None:
                    return False
                await self._change_for_new()
        except SmartWardError as error:
            if error.key == "standby.not_enrolled":
                self._shut_out()
            await self._report()
            return False
        return True

    async def _copy(self) -> None:
        hearing = self._tasks.spawn(self._hear(), "hear the hub")
        try:
            await self._source.copy(self._folder.new)
            await asyncio.to_thread(self._folder.check_new)
        except SmartWardError as error:
            now = self._clock.monotonic()
            self._copying.down(now, f"{error.key} {error.detail}")
            self._copy_not_before = now + self._copy_again_s * self._noise.uniform(0.7, 1.3)
            self._copy_again_s = min(self._copy_again_s * 2, _COPY_AGAIN_MOST_S)
            self._no_copy = "" if isinstance(error, Unreachable) else "standby.no_copy"
            raise
        finally:
            hearing.cancel()
        self._copying.up(self._clock.monotonic())
        self._copy_not_before, self._copy_again_s, self._no_copy = 0.0, _COPY_AGAIN_S, ""
        self._let_in()

    async def _hear(self) -> None:
        """A copy takes as long as it takes: the hub is there all the time."""
        while True:
            with suppress(Unreachable):
                await self._source.ready()
                self._heard = self._clock.monotonic()
            await self._clock.sleep(_HEAR_S)

    async def _change_for_new(self) -> None:
        await self._close()
        self._is_alone.clear()
        self._folder.take_new(branch=self._branch)
        self._branch = self._told = None
        self._folder.keep(Kept(False, self._as_of))
        await self._open_following()

    async def _follow(self) -> None:
        if self._alone is not None:
            return
        if self._following is None:
            await self._source.ready()
            raise CopyFirst("standby.copy_first")
        place = await self._following.place()
        await self._report()
        async for frames in self._source.log(*place):
            await self._took(frames)
            if self._mode is not Mode.FOLLOWING:
                return

    async def _report(self) -> None:
        """Tell the station what is wrong here, once at each connection as long as it is; what was
        put away is told of no more."""
        self._refused = self._folder.refused()
        refused = "standby.refused" if self._refused else ""
        faults = ",".join(fault for fault in (refused, self._no_copy) if fault)
        if faults == self._told:
            return
        with suppress(Unreachable):  # it is told at the next connection
            await self._source.report(faults, self._clock.now())
            self._told = faults

    async def _took(self, frames: list[Frame]) -> None:
        if not frames:
            return
        async with self._changing:
            following = self._following
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
        alone = self._alone
        if alone is None:
            return
        if self._clock.monotonic() < self._copy_not_before:
            await self._drain(alone, self._handed)  # no copy yet, but each call is at the hub
            return
        self._tell(alone, Mode.HANDING_OVER)
        try:
            await self._drain(alone, 0)
            alone.taking = False
            await alone.store.write(lambda tx: None)  # what was being taken is in the file now
            await self._drain(alone, self._handed)
            await self._copy()
        except SmartWardError:
            alone.taking = True
            self._tell(alone, Mode.ALONE)
            await self._report()
            raise
        async with self._changing:
            await self._change_for_new()
        log.warning("handed over %d actions, %d refused so far", self._handed, len(self._refused))

    def _tell(self, alone: AloneHub, mode: Mode) -> None:
        self._set_mode(mode)
        told: Literal["alone", "handing_over"]
        told = "alone" if mode is Mode.ALONE else "handing_over"
        alone.feed.standby = told

    async def _drain(self, alone: AloneHub, after: int) -> None:
        """Everything taken behind number `after`."""
        while rows := await alone.store.read(partial(Reader.taken_after, n=after, most=_AT_ONCE)):
            for row in rows:
                await self._give(row)
                after = self._handed = row.n

    async def _give(self, row: TakenRow) -> None:
        request = msgspec.json.decode(row.request, type=ActionRequest)
        while True:
            taken = Taken(row.device, self._aged(request, row))
            try:
                answer = await self._source.take(taken)
            except NotTaken as error:
                self._refuse(row, request, error.key)
                return
            if answer.outcome != "later":
                break
            await self._clock.sleep(answer.retry_after_s or _LATER_S)
        if answer.outcome != "applied":
            self._refuse(row, request, answer.key or answer.outcome)

    def _aged(self, request: ActionRequest, row: TakenRow) -> ActionRequest:
        """The request with its age now, whatever the clock was set to meanwhile; none where the
        machine was started anew. What the hub was known by belonged to another history."""
        age_ms = None
        if not row.estimated and row.moment is not None and row.boot and row.boot == self._boot:
            seconds = (self._clock.monotonic() - row.moment) * self._clock.rate
            age_ms = max(0, round(seconds * 1000))
        return msgspec.structs.replace(request, age_ms=age_ms, epoch=None)

    def _refuse(self, row: TakenRow, request: ActionRequest, key: str) -> None:
        refused = Refused(row.device, row.action, request.action.kind, key, row.at)
        if any((one.device, one.action) == (row.device, row.action) for one in self._refused):
            return
        log.error("the hub refused a %s that was taken alone: %s", refused.kind, key)
        self._folder.refuse(refused)
        self._refused.append(refused)

    # ------------------------------------------------------------------ screens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request of a screen: answered here, or passed on to the hub."""
        if scope["type"] != "http":
            return
        path, posted = scope["path"], scope["method"] == "POST"
        if path == "/health":
            state = self.state()
            answer: Response = JSONResponse(state, status_code=200 if state["ok"] else 503)
            await answer(scope, receive, send)
        elif self._shut:
            await waits()(scope, receive, send)
        elif self._alone is not None:
            await self._alone.application(scope, receive, send)
        elif (refused := self._refusal(scope)) is not None:
            await refused(scope, receive, send)
        elif posted and path in _RELAYED:
            await self._pass_on(scope, receive, send)
        elif path == "/feed" and self._following is not None:
            await self._serve_feed(self._following, scope, receive, send)
        else:
            await waits()(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        return None if self._following is None else self._following.gate.refusal(scope)

    async def _serve_feed(
        self, following: Following, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Who gets no data at the hub gets none here; the replica alone cannot tell two machines
        with one identity apart. A hub that does not answer is away in a moment: then we judge."""
        asked = await self._relay("/feed/may", scope, b"")
        if asked is not None and asked[0] in (401, 409):
            await Response(asked[2], asked[0], media_type=asked[1])(scope, receive, send)
        else:
            await following.serve_feed(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """To the hub, in the screen's name; should this hub act alone before the hub has answered,
        it takes the same itself."""
        body = await read_body(Request(scope, receive))
        if body is None:
            too_long = JSONResponse({"error": "action.too_long"}, status_code=413)
            await too_long(scope, receive, send)
            return
        passing = self._tasks.spawn(self._relay(scope["path"], scope, body), "pass on")
        alone = self._tasks.spawn(self._wait_alone(), "wait until alone")
        try:
            async with asyncio.timeout(_HOLD_S):
                answer = await first(passing, alone)
        except TimeoutError:
            answer = None
        finally:
            passing.cancel()
            alone.cancel()
        if answer is not None:
            status, kind, content = answer
            await Response(content, status, media_type=kind or None)(scope, receive, send)
        elif self._alone is not None:
            await self._alone.application(scope, once_more(body, receive), send)
        else:
            await waits()(scope, receive, send)

    async def _relay(self, path: str, scope: Scope, body: bytes) -> Relayed | None:
        try:
            return await self._source.relay(path, scope["headers"], body, shown_in(scope))
        except Unreachable:
            return None

    async def _wait_alone(self) -> None:
        await self._is_alone.wait()
