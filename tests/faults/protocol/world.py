"""A ward small enough that everything that can happen to it is tried: who touches what, what the
network does to each message, which machine fails when, which way a clock is set.

Every move either does a part of the script, lets a message arrive, or spends one fault. After each
the promise is checked; at each state all that was still on its way is let arrive, in order and
whole, and what is then true of every press is checked too.
"""

import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smartward.clinical.nurse_call import CallClass, NurseCall, is_open
from smartward.wire.envelope import Action, ActionRequest
from smartward.wire.envelope import ActionKind as K
from tests.faults.protocol.hub_side import DEVICES, HubSide
from tests.faults.protocol.screen_side import Screen

HOUR_S = 3600.0
PRESSES = (K.CALL_PLACE, K.CALL_AGAIN)
MOST_IN_DRAIN = 200


@dataclass(frozen=True)
class Touch:
    """One touch of the script: by whom, and what."""

    screen: str
    verb: str


@dataclass(frozen=True)
class Message:
    """A request on its way. `n` tells two sendings of one touch apart."""

    screen: str
    request: ActionRequest
    n: int


@dataclass(frozen=True)
class Pressed:
    """What a person did at the bed: at which place in the order of all touches, and when."""

    action: str
    screen: str
    order: int
    at: datetime


@dataclass
class State:
    """What is not in the hub's file: screens, network, what is left to happen, and what truly
    happened."""

    screens: dict[str, Screen]
    script: tuple[Touch, ...]
    faults: tuple[str, ...]
    faults_left: int
    net: tuple[Message, ...] = ()
    order: int = 0
    sent: int = 0
    touched: dict[str, int] = field(default_factory=dict)
    """Order of each touch by its action's id."""
    presses: tuple[Pressed, ...] = ()
    closed_by: dict[str, str] = field(default_factory=dict)
    """Which touch has ended which call."""
    backup: tuple[tuple[tuple[Any, ...], ...], dict[str, str]] | None = None
    clock_moved: bool = False
    was_cut: bool = False

    def copied(self) -> "State":
        twin = copy.copy(self)
        twin.screens = {name: one.copied() for name, one in self.screens.items()}
        twin.touched, twin.closed_by = dict(self.touched), dict(self.closed_by)
        return twin


class Broken(AssertionError):
    """The promise does not hold."""


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


class World:
    """The hub with a state beside it, and every move there is."""

    def __init__(self, hub: HubSide, state: State) -> None:
        self.hub = hub
        self.s = state

    # ------------------------------------------------------------------------------- moves

    def moves(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """All that may happen next."""
        s = self.s
        for touch in dict.fromkeys(s.script):
            if self._can(touch):
                yield f"{touch.screen} touches {touch.verb}", lambda t=touch: self._touch(t)
        for name, screen in s.screens.items():
            if screen.has_to_send:
                yield f"{name} sends", lambda n=name: self._send(n)
            if screen.behind(self.hub.epoch, self.hub.head):
                yield f"{name} is fed", lambda n=name: self._feed(n)
        for message in s.net:
            yield f"hub takes {_told(message)}", lambda m=message: self._arrive(m)
        if s.faults_left:
            yield from self._faults()

    def _faults(self) -> Iterator[tuple[str, Callable[[], None]]]:
        for message in self.s.net:
            yield from self._faults_of(message)
        if "power" in self.s.faults:
            for name in self.s.screens:
                yield f"{name} power cut", self._fault(lambda n=name: self._power_cut(n))
        if "hub" in self.s.faults and self.s.net:
            yield "hub restarts", self._fault(self._hub_restarts)
        if not self.s.net:
            yield from self._times()
        if "backup" in self.s.faults:
            if self.s.backup is None:
                yield "backup", self._backup
            else:
                yield "restored", self._fault(self._restore)

    def _faults_of(self, message: Message) -> Iterator[tuple[str, Callable[[], None]]]:
        told, faults = _told(message), self.s.faults
        waits = self.s.screens[message.screen].waits_for == message.request.action.id
        if "lost" in faults:
            yield f"lost: {told}", self._fault(lambda: self._lose(message))
        if "lost" in faults and waits:
            unanswered = self._fault(lambda: self._arrive(message, answered=False))
            yield f"answer lost: {told}", unanswered
        if "late" in faults and waits:
            late = self._fault(lambda: self.s.screens[message.screen].give_up())
            yield f"late: {told}", late

    def _times(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Not while a request is on its way: a screen gives that up after seconds, and set just
        then, a clock hides how long it was under way."""
        if "time" in self.s.faults:
            yield "a minute passes", self._fault(self._minute)
        if "clock" in self.s.faults:
            for hours in (-1, 1):
                yield f"hub's clock {hours:+} h", self._fault(lambda h=hours: self._set_clock(h))

    def _fault(self, move: Callable[[], None]) -> Callable[[], None]:
        def with_fault() -> None:
            self.s.faults_left -= 1
            move()

        return with_fault

    # ---------------------------------------------------------------------------- the people

    def _can(self, touch: Touch) -> bool:
        screen = self.s.screens[touch.screen]
        needs_call = touch.verb in ("accept", "close", "hear")
        return not needs_call or screen.open_call() is not None

    def _touch(self, touch: Touch) -> None:
        s = self.s
        left = list(s.script)
        left.remove(touch)
        s.script = tuple(left)
        self.hub.clock.advance(1)
        s.order += 1
        screen = s.screens[touch.screen]
        action = self._made(screen, touch.verb)
        s.touched[action.id] = s.order
        if action.kind in PRESSES:
            pressed = Pressed(action.id, touch.screen, s.order, self.hub.clock.now())
            s.presses = (*s.presses, pressed)

    def _made(self, screen: Screen, verb: str) -> Action:
        place = DEVICES[screen.name][1] or ""
        call = screen.open_call()
        if verb in ("press", "emergency"):
            if call is not None:
                return screen.touch(K.CALL_AGAIN, call)
            word = CallClass.NORMAL if verb == "press" else CallClass.EMERGENCY
            return screen.touch(K.CALL_PLACE, bed_id=place, **{"class": word.value})
        if verb in ("enter", "leave"):
            kind = K.PRESENCE_ENTER if verb == "enter" else K.PRESENCE_LEAVE
            return screen.touch(kind, place)
        kinds = {"accept": K.CALL_ACCEPT, "close": K.CALL_CLOSE, "hear": K.CALL_HEARD}
        return screen.touch(kinds[verb], call, reason="seen")

    # --------------------------------------------------------------------------- the network

    def _send(self, name: str) -> None:
        s = self.s
        request = s.screens[name].send()
        assert request is not None
        s.sent += 1
        s.net = (*s.net, Message(name, request, s.sent))

    def _arrive(self, message: Message, answered: bool = True) -> None:
        s = self.s
        s.net = tuple(one for one in s.net if one.n != message.n)
        before = self.hub.calls()
        answer = self.hub.take(message.screen, message.request)
        self._check_step(before, message)
        screen = s.screens[message.screen]
        if screen.waits_for == answer.id:
            if answered:
                screen.answered(answer)
            else:
                screen.give_up()

    def _lose(self, message: Message) -> None:
        s = self.s
        s.net = tuple(one for one in s.net if one.n != message.n)
        if s.screens[message.screen].waits_for == message.request.action.id:
            s.screens[message.screen].give_up()

    def _feed(self, name: str) -> None:
        screen, hub = self.s.screens[name], self.hub
        after = screen.replica.cursor if screen.replica.epoch == hub.epoch else 0
        screen.fed(hub.epoch, *hub.told(name, after))

    # -------------------------------------------------------------------------- the machines

    def _power_cut(self, name: str) -> None:
        self.s.screens[name].power_cut()
        self.s.was_cut = True

    def _hub_restarts(self) -> None:
        """What was on its way has no connection any more."""
        for message in self.s.net:
            self._lose(message)

    def _minute(self) -> None:
        before = self.hub.calls()
        self.hub.clock.advance(61)
        self.hub.speak_up()
        self._check_step(before, None)

    def _set_clock(self, hours: int) -> None:
        """Those of the screens go on; the next beat tells them, before anything else happens."""
        self.hub.clock.step(hours * HOUR_S)
        self.s.clock_moved = True
        for screen in self.s.screens.values():
            screen.skew += timedelta(hours=hours)

    def _backup(self) -> None:
        self.s.backup = (self.hub.contents(), dict(self.s.closed_by))

    def _restore(self) -> None:
        """The file of the backup; whoever closed a call since then will say so again."""
        assert self.s.backup is not None
        contents, closed_by = self.s.backup
        self._hub_restarts()
        self.hub.restore(contents, f"epoch-{self.s.order}-{self.s.sent}")
        self.s.closed_by = dict(closed_by)

    # -------------------------------------------------------------------------- the promise

    def _check_step(self, before: dict[str, NurseCall], by: Message | None) -> None:
        """What no single message may do."""
        after = self.hub.calls()
        check(set(before) <= set(after), "a call is gone")
        for id, call in after.items():
            was = before.get(id)
            if was is None:
                self._check_new(call, by)
                continue
            check(call.placed_at == was.placed_at, "the first time is kept")
            check(call.bed_id == was.bed_id, "a call changed its bed")
            check(call.marks[: len(was.marks)] == was.marks, "a mark is gone")
            check(call.priority.rank <= was.priority.rank, "it went down by itself")
            if is_open(was) and not is_open(call):
                self._check_closed(call, by)

    def _check_new(self, call: NurseCall, by: Message | None) -> None:
        check(by is not None and by.request.action.kind in PRESSES, "a call nobody made")
        assert by is not None
        check(call.bed_id == DEVICES[by.screen][1], "a call at another bed")
        true = next(one for one in self.s.presses if one.action == by.request.action.id)
        if not self.s.clock_moved and not self.s.was_cut:
            check(call.placed_at == true.at, "the time of the press")

    def _check_closed(self, call: NurseCall, by: Message | None) -> None:
        check(by is not None, "closed by nobody")
        assert by is not None
        kind, screen = by.request.action.kind, by.screen
        normal = call.call_class is CallClass.NORMAL
        in_room = kind in (K.CALL_CLOSE, K.PRESENCE_LEAVE, K.PRESENCE_ENTER) and (
            DEVICES[screen][1] == call.bed_id or screen == "door"
        )
        check(
            in_room if normal else (kind == K.CALL_CLOSE and screen == call.device_id),
            f"closed by {kind} at {screen}",
        )
        self.s.closed_by[call.id] = by.request.action.id

    def drained(self) -> None:
        """Let all arrive that is on its way, and look at what became of every press."""
        for _ in range(MOST_IN_DRAIN):
            if not self._drain_one():
                break
        else:
            raise Broken("it never comes to rest")
        self._check_presses()

    def _drain_one(self) -> bool:
        s = self.s
        if s.net:
            self._arrive(s.net[0])
            return True
        for name, screen in s.screens.items():
            # What is to be sent again later waits for the feed.
            if screen.behind(self.hub.epoch, self.hub.head):
                self._feed(name)
                return True
            if screen.has_to_send:
                self._send(name)
                return True
        return False

    def _check_presses(self) -> None:
        s, calls = self.s, self.hub.calls()
        for place in {DEVICES[one.screen][1] for one in s.presses}:
            counted = sum(c.presses for c in calls.values() if c.bed_id == place)
            mine = [one for one in s.presses if DEVICES[one.screen][1] == place]
            over = [one for one in mine if s.screens[one.screen].rows()[one.action] == "refused"]
            check(counted <= len(mine), "a press was counted twice")
            check(counted >= len(mine) - len(over), "a press is lost")
            for one in over:
                ended = (
                    s.touched[by] for id, by in s.closed_by.items() if calls[id].bed_id == place
                )
                check(any(at > one.order for at in ended), f"{one.action} was answered by nobody")
            for id, by in s.closed_by.items():
                if calls[id].bed_id == place and not is_open(calls[id]):
                    self._check_answered(calls[id], s.touched[by], mine)

    def _check_answered(self, call: NurseCall, ended: int, presses: list[Pressed]) -> None:
        """A person who ended a call had it before them; what was pressed later is a call still."""
        later = [one for one in presses if one.order > ended]
        waiting = [c for c in self.hub.calls().values() if c.bed_id == call.bed_id and is_open(c)]
        ends = [self.s.touched[by] for by in self.s.closed_by.values()]
        for one in later:
            check(
                bool(waiting) or any(at > one.order for at in ends),
                f"{one.action} was pressed after the call was ended, and nobody is called",
            )


def fingerprint(world: World) -> bytes:
    """Tells two states of the world apart."""
    s = world.s
    net = sorted(
        (m.screen, m.request.action.id, m.request.age_ms or 0, str(m.request.clock_skew_ms))
        for m in s.net
    )
    all_of_it = (
        world.hub.contents(),
        world.hub.epoch,
        world.hub.clock.now(),
        world.hub.own_time,
        world.hub.set_lately,
        [(name, one.state()) for name, one in s.screens.items()],
        net,
        s.script,
        s.faults_left,
        s.backup,
        s.closed_by,
        [(one.action, one.order) for one in s.presses],
    )
    return hashlib.blake2b(repr(all_of_it).encode(), digest_size=16).digest()


def _told(message: Message) -> str:
    return f"{message.request.action.kind} of {message.request.action.id}"
