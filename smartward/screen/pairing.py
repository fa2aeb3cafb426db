"""A screen asks to be paired, until a person has said whose it is.

Where it does not know whom to believe (`House.compared`), that person types here the number that
the hub showed then: until that nothing of what a hub says is kept or done.
"""

import asyncio
import contextlib
import logging
import math
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from smartward.clinical.words import Value
from smartward.clock import Clock
from smartward.device_key import DeviceKey, tls_request
from smartward.errors import Misconfigured, SmartWardError, Unreachable
from smartward.log import Edge
from smartward.screen import enrolled
from smartward.screen.enrolled import Enrolled
from smartward.screen.house import House
from smartward.screen.seed import Seed
from smartward.screen.standing import (
    CONFIRM,
    DONE,
    FORGETTING,
    FULL,
    LOOKING,
    REFUSED,
    WAITING,
    Standing,
)
from smartward.screen.wipe import wipe
from smartward.tasks import Tasks
from smartward.wire import pairing as wire
from smartward.wire.pairing import Ask, PairingAnswer, Renewed

log = logging.getLogger("smartward.screen.pairing")

_AGAIN_S = 3.0
_STILL_OURS_S = 20.0
_ANEW_S = 60.0
"""With a hub that nobody knows a new code, and with it a new number, comes no sooner: whoever
stands in the middle hopes that two numbers come out alike, and gets so few trials."""
_DENIED_S = 60.0
"""The first time; each further time twice as long, up to `_MOST_S`."""
_THREE_WRONG = "pairing.page.three_wrong"
_DENIED = "pairing.page.denied"
_UNANSWERED = "pairing.page.unanswered"
_AGAIN = {
    _THREE_WRONG: "pairing.page.again_three_wrong",
    _DENIED: "pairing.page.again_denied",
    _UNANSWERED: "pairing.page.again_unanswered",
}
"""Text keys of why no hub is believed, and beside the next code of why it is another one: whoever
comes then has not seen the first."""
_LEAST_S, _MOST_S = 0.2, 600.0
"""No hub has a screen ask more often or more seldom."""
_DRAWN_S = 0.2
"""So long the page has to be drawn before the disk takes all the time there is."""
_MINUTE_S = 60.0
_PROMISE = re.compile(r"[0-9a-f]{64}")


class Asked(Protocol):
    """The hubs that are asked (`screen/pairing_link.py`)."""

    async def open(self) -> House:
        """Which hubs these are. Raises Unreachable, StorageFault, Misconfigured."""

    async def ask(self, asked: Ask) -> PairingAnswer:
        """Raises Unreachable."""

    async def renew(self, known: Enrolled, csr: str) -> Renewed | None:
        """None where no hub knows this screen."""

    async def close(self) -> None:
        """Hang up."""


class Pairing:
    """One pairing, from the first request to what is kept of it."""

    def __init__(
        self,
        *,
        link: Asked,
        folder: Path,
        machine: str,
        serial: str,
        seed: Seed,
        clock: Clock,
        show: Callable[[Standing], None],
    ) -> None:
        """Raises StorageFault where the device's key can be neither read nor kept."""
        self._seed = seed
        self._link = link
        self._folder = folder
        self._machine = machine
        self._clock = clock
        self._show = show
        self._standing = Standing(hub=next(iter(seed.hubs), ""), serial=serial)
        self._key = DeviceKey.to_be_paired(folder)
        self._secret, self._csr = tls_request()
        self._salt = ""
        self._house = House(seed.hubs, "")
        self._compared = wire.KNOWN
        self._number = ""
        self._wrong = 0
        self._said: asyncio.Future[bool] | None = None
        self._denials = 0
        self._denied_by = ""
        self._again = ""
        """Text key of why the next code is another one."""
        self._has_new_key = False
        self._tasks = Tasks()
        self._edge = Edge(log, "the hub")

    async def run(self) -> None:
        """Ask until this screen is one of the ward's. Raises StorageFault where what it was given
        cannot be kept."""
        known = enrolled.kept(self._folder)
        looked = self._clock.monotonic()
        self._tell(LOOKING)
        while True:
            pause, given = await self._ask()
            said = await self._is_confirmed() if given is not None else None
            if given is not None and said:
                enrolled.keep(self._folder, given, self._secret, self._house)
                break
            if given is not None:
                await self._denied(is_answered=said is not None)
                continue
            known = enrolled.kept(self._folder) if known is not None else None
            if self._house.compared or known is None:
                await self._clock.sleep(pause)
                continue
            if self._clock.monotonic() - looked >= _STILL_OURS_S:
                looked = self._clock.monotonic()
                again = await self._link.renew(known, self._csr)
                if again is not None:
                    enrolled.renew(known, again, self._secret)
                    break
            await self._clock.sleep(pause)
        self._tell(DONE)

    async def _ask(self) -> tuple[float, wire.Enrolment | None]:
        """Seconds until it asks again, and what it was given."""
        try:
            is_other = self._at(await self._link.open())
        except (Misconfigured, Unreachable) as error:
            return self._unheard(error), None
        if is_other:  # whoever shows other authorities each time has no more trials than any other
            return _ANEW_S, None
        try:
            answer = await self._link.ask(self._asked())
        except Unreachable as error:
            return self._unheard(error), None
        self._edge.up(self._clock.monotonic())
        if self._house.compared and not self._is_credible(answer):
            self._begin_anew()
            self._tell(LOOKING)
            return _ANEW_S, None
        if answer.state == wire.CLONE:
            self._another()
        elif answer.state == wire.WIPED:
            log.warning("the hub has this screen forget all it has")
            self._tell(FORGETTING)
            await self._clock.sleep(_DRAWN_S)
            wipe(self._folder, self._seed)
            self._key = DeviceKey.load_or_make(self._folder)
            self._begin_anew()
        elif answer.state == wire.WAITING:
            # Before the hub has seen what the code is made of it can tell nobody of it.
            told = not self._house.compared or answer.salt == self._salt
            self._salt = answer.salt
            self._tell(WAITING if told else LOOKING, why=self._again if told else "")
        elif answer.state == wire.REFUSED:
            self._tell(REFUSED)
        elif answer.state == wire.FULL:
            self._tell(FULL)
        given = answer.enrolment if answer.state == wire.PAIRED else None
        if given is not None and self._house.compared:
            self._number = wire.number_of(self._key.public, self._compared, answer.word)
        return min(max(answer.poll_s, _LEAST_S), _MOST_S), given

    def _asked(self) -> Ask:
        return wire.asked(
            self._key,
            self._csr,
            self._machine,
            serial=self._standing.serial,
            version=version("smartward"),
            salt=self._salt,
            compared=self._compared,
            denied=self._denied_by,
        )

    def _unheard(self, error: SmartWardError) -> float:
        self._edge.down(self._clock.monotonic(), f"{error.key} {error.detail}")
        values = tuple((name, str(value)) for name, value in error.values.items())
        self._tell(LOOKING, why=error.key, values=values)
        return _AGAIN_S

    def _at(self, house: House) -> bool:
        """These are the hubs now. Whether a code ends with that which others may know by now. The
        page names the first of them: a name of which DNS tells once the number is known could say
        it there, and begins all anew."""
        other, had_code = house.compared != self._house.compared, bool(self._salt)
        if house.compared and sorted(house.hubs) != sorted(self._house.hubs):
            other = True
        self._house = house
        if other:
            self._begin_anew()
        self._standing = replace(self._standing, hub=next(iter(house.hubs), ""))
        return other and had_code

    def _begin_anew(self) -> None:
        """Nobody knows a code of this screen any more."""
        self._salt = self._number = ""
        compared = self._house.compared
        self._compared = wire.Compared(compared, secrets.token_hex(16)) if compared else wire.KNOWN

    # ------------------------------------------------------------------ a hub that nobody knows

    def _is_credible(self, answer: PairingAnswer) -> bool:
        """Whether a hub that nobody has compared yet may say this. It has nothing forgotten, no
        second salt once it knows what the code is made of, and no other word than it promised."""
        if answer.state in (wire.CLONE, wire.WIPED):
            self._leave_key()
            return False
        if answer.state == wire.WAITING:
            first = not self._salt and _PROMISE.fullmatch(answer.salt) is not None
            return first or answer.salt == self._salt != ""
        return answer.state != wire.PAIRED or wire.promise(answer.word) == self._salt

    def _leave_key(self) -> None:
        """A screen that was never paired may have been copied with its key, and nothing hangs on
        that. The new one nobody has: who says so again lies, and gets no more writing done."""
        never = not enrolled.authorities(self._folder) and enrolled.kept(self._folder) is None
        if never and not self._has_new_key:
            self._has_new_key = True
            self._key = DeviceKey.anew(self._folder)

    async def _is_confirmed(self) -> bool | None:
        """Whether this hub is the one that was meant: a person types its number, where nothing else
        says so. None: nobody did anything."""
        if not self._house.compared:
            return True
        self._wrong = 0
        self._again = ""
        self._tell(CONFIRM)
        self._said = asyncio.get_running_loop().create_future()
        late = self._tasks.spawn(self._late(), "nobody answers")
        try:
            await asyncio.wait((self._said, late), return_when=asyncio.FIRST_COMPLETED)
            return self._said.result() if self._said.done() else None
        finally:
            late.cancel()
            self._said = None

    async def _late(self) -> None:
        await self._clock.sleep(wire.NUMBER_S)

    def type_number(self, number: str) -> None:
        """Somebody types at the screen what the hub shows."""
        if self._said is None or self._said.done():
            return
        if number == self._number:
            self._said.set_result(True)
            return
        self._wrong += 1
        log.warning("a number was typed that is not the one of %s", self._standing.hub)
        if self._wrong >= wire.NUMBER_TRIES:
            self._said.set_result(False)
        else:
            self._tell(CONFIRM)

    def deny(self) -> None:
        """Somebody says at the screen that the hub shows no number."""
        if self._said is not None and not self._said.done():
            self._said.set_result(False)

    async def _denied(self, *, is_answered: bool) -> None:
        """Believe this hub no more, and begin anew after a while."""
        hub, pause, why = self._standing.hub, _DENIED_S, _UNANSWERED
        if is_answered:
            why = _THREE_WRONG if self._wrong >= wire.NUMBER_TRIES else _DENIED
            log.error("the number was not the hub's, or the hub has none: %s is not believed", hub)
            self._denied_by = self._house.compared
            pause = min(_DENIED_S * 2**self._denials, _MOST_S)
            self._denials += 1
        else:
            log.error("nobody typed the hub's number: %s is not believed", hub)
        self._begin_anew()
        self._again = _AGAIN[why]
        self._tell(LOOKING, why=why, values=_minutes(pause))
        # The code and the number that it shows for this screen hold no more; what it answers counts
        # once the screen asks again.
        with contextlib.suppress(Unreachable):
            await self._link.ask(self._asked())
        until = self._clock.monotonic() + pause
        while (left := until - self._clock.monotonic()) > 0:
            self._tell(LOOKING, why=why, values=_minutes(left))
            await self._clock.sleep(left % _MINUTE_S or _MINUTE_S)

    def _another(self) -> None:
        """This disk was copied with its key: the machine that came first keeps it, this one has one
        of its own from now on."""
        log.error("another machine has the key of this one: a new one is made here")
        self._key = DeviceKey.anew(self._folder)
        self._begin_anew()

    def _tell(self, state: str, why: str = "", values: tuple[tuple[str, Value], ...] = ()) -> None:
        made_of = (self._key.public, self._salt, self._compared)
        code = wire.code_of(*made_of) if state in (WAITING, CONFIRM) else ""
        qr = wire.qr_text(*made_of) if state == WAITING else ""
        now = replace(
            self._standing,
            state=state,
            why=why,
            values=values,
            code=code,
            qr=qr,
            tries=wire.NUMBER_TRIES - self._wrong if state == CONFIRM else wire.NUMBER_TRIES,
            compares=bool(self._house.compared),
        )
        self._show(now)


def _minutes(seconds: float) -> tuple[tuple[str, Value], ...]:
    """As a page says how long something takes yet: begun ones count."""
    return (("n", math.ceil(seconds / _MINUTE_S)),)
