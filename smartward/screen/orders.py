"""What the hub orders this screen to do: show which it is, start anew, send its log, look itself
over. Each is done once, while it lives, and told."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from smartward.clinical.device import WARD_WIDE_ROLES, ScreenRole
from smartward.clinical.device_check import Checked, CheckWish
from smartward.clock import Clock
from smartward.screen.screen_model import ScreenModel
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind
from smartward.wire.order import (
    CHECK_LIVES_S,
    DONE_PATH,
    IDENTIFY_S,
    LIVES_S,
    Order,
    Ordered,
)
from smartward.wire.views import BedView

log = logging.getLogger("smartward.screen.orders")

Ask = Callable[[str, bytes], Awaitable[tuple[int, bytes] | None]]

_TRIES = 3
_AGAIN_S = 2.0
_CALLS = (ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN)
_REMEMBERED = 32
_CHECK_S = CHECK_LIVES_S - 10.0
"""Within so many seconds a check is done, or the hub is told that it was not."""


class OrderRefused(Exception):
    """Not done. Its word is the text key of why."""


class Orders:
    """Carries out what this one screen is ordered."""

    def __init__(self, model: ScreenModel, ask: Ask, clock: Clock, tasks: Tasks) -> None:
        self._model = model
        self._ask = ask
        self._clock = clock
        self._tasks = tasks
        self._had: list[str] = []
        self.end: Callable[[], None] = lambda: signal.raise_signal(signal.SIGTERM)
        """Ends this program in order, as its service manager does."""
        self.bundle: Callable[[], Callable[[], bytes]] = lambda: bytes
        """Gives what makes the bundle that `log` sends, in another thread."""
        self.check: Callable[[CheckWish], Awaitable[Checked]] | None = None
        """Looks this screen over."""

    def take(self, data: str) -> None:
        """An order has come down the feed. Raises msgspec.DecodeError for what is none."""
        order = msgspec.json.decode(data, type=Order)
        if order.device_id != self._model.services.link.device_id or order.id in self._had:
            return
        self._had = [*self._had[-_REMEMBERED:], order.id]
        self._tasks.spawn(self._carry_out(order), "an order of the hub")

    async def _carry_out(self, order: Order) -> None:
        try:
            done = await self._do(order)
        except OrderRefused as refused:
            log.warning("order %s is not carried out: %s", order.do, refused)
            await self._tell(Ordered(id=order.id, done=False, why=str(refused)))
            return
        log.info("order %s is carried out", order.do)
        heard = await self._tell(done)
        # Of a restart nobody would know that it was one: it is told before, or not done.
        if order.do == "restart" and heard:
            self.end()

    async def _do(self, order: Order) -> Ordered:
        """What the hub is told once it is done. Raises OrderRefused."""
        done = Ordered(id=order.id, done=True)
        link = self._model.services.link
        age = link.hub_now(self._clock.now()) - order.at
        if age > timedelta(seconds=LIVES_S):
            raise OrderRefused("order.too_old")
        if order.do == "identify":
            self._model.identifies.show(self._where(), link.device_id, IDENTIFY_S)
        elif order.do == "restart":
            self._may_restart(order)
        elif order.do == "log":
            bundle = await asyncio.to_thread(self.bundle())
            return msgspec.structs.replace(done, bundle=bundle)
        elif order.do == "check" and self.check is not None:
            found = await self._checked(order, self.check)
            return msgspec.structs.replace(done, found=found)
        else:
            raise OrderRefused("order.not_known")
        return done

    async def _checked(
        self, order: Order, check: Callable[[CheckWish], Awaitable[Checked]]
    ) -> Checked:
        if self._is_needed():
            raise OrderRefused("order.call_first")
        try:
            async with asyncio.timeout(_CHECK_S):
                return await check(order.check or CheckWish())
        except TimeoutError as error:
            raise OrderRefused("order.took_too_long") from error

    def _may_restart(self, order: Order) -> None:
        if not os.environ.get("INVOCATION_ID"):
            # systemd sets it for what it runs (systemd.exec(5)): nobody else starts it again.
            raise OrderRefused("order.no_service")
        if not order.forced and self._is_needed():
            raise OrderRefused("order.call_open")

    def _is_needed(self) -> bool:
        """A call of this place is open, as far as this screen knows: it may know of one that the
        hub has yet to hear of. One of the whole ward the hub judges alone."""
        if self._model.pending(*_CALLS) or self._model.direct_call_ids():
            return True
        if self._model.services.role in WARD_WIDE_ROLES:
            return False
        calls = self._model.replica.docs("nurse_call").values()
        return any(getattr(one.body, "closed_at", None) is None for one in calls)

    def ask_touch(self, seconds: float) -> None:
        """Ask on the panel for a touch, for so long; 0: no more."""
        if seconds > 0:
            words = self._model.staff_texts.text("order.touch_here")
            self._model.identifies.show(words, self._where(), seconds)
        else:
            self._model.identifies.end()

    def _where(self) -> str:
        """What this screen is, where it stands, and what people call it."""
        services, texts = self._model.services, self._model.staff_texts
        told = [texts.text(f"check.role.{services.role.value}"), self._place_words()]
        if services.link.label and services.link.label not in told:
            told.append(services.link.label)
        return " · ".join(filter(None, told))

    def _place_words(self) -> str:
        services, place = self._model.services, self._model.place
        if services.role in WARD_WIDE_ROLES or place is None:
            return ""
        texts = self._model.staff_texts
        beds = self._model.replica.all("bed", BedView)
        if services.role is ScreenRole.DOOR:
            room = next((bed.room for bed in beds if bed.room_id == place), place)
            return texts.text("order.room", room=room)
        number = next((bed.number for bed in beds if bed.id == place), place)
        return texts.text("order.bed", bed=number)

    async def _tell(self, told: Ordered) -> bool:
        body = msgspec.json.encode(told)
        for _ in range(_TRIES):
            reply = await self._ask(DONE_PATH, body)
            if reply is not None:
                return reply[0] == 200
            await self._clock.sleep(_AGAIN_S)
        return False
