"""A ward small enough that everything that can happen to it is tried: who touches what, what the
network does to each message, which machine fails or stands still when, which way a clock is set.

Every move either does a part of the script, lets a message arrive, or spends one fault. After each
the promise is checked; at each state all that was still on its way is let arrive, in order and
whole, and what is then true of every press is checked too.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

from smartward.clinical.nurse_call import CallClass
from smartward.wire.envelope import Action
from smartward.wire.envelope import ActionKind as K
from tests.faults.protocol.hub_side import DEVICES
from tests.faults.protocol.promise import PRESSES, Promise
from tests.faults.protocol.screen_side import Screen
from tests.faults.protocol.state import Broken, Message, Pressed, Touch

HOUR_S = 3600.0
PAUSE_S = 480.0
"""How long a machine stands still: no request is on its way so long, and less than what makes a
hub doubt the clock of a machine that was away."""
HUB = "hub"
MOST_IN_DRAIN = 200


class World(Promise):
    """Every move there is."""

    # ------------------------------------------------------------------------------- moves

    def moves(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """All that may happen next."""
        s = self.s
        for touch in dict.fromkeys(s.script):
            if self._can(touch):
                yield f"{touch.screen} touches {touch.verb}", lambda t=touch: self._touch(t)
        if s.stands is not None and not s.net:
            yield f"{s.stands[0]} goes on", self._go_on
        if not self._still(HUB):
            yield from self._talk()
            if s.faults_left and s.stands is None:
                yield from self._faults()

    def _talk(self) -> Iterator[tuple[str, Callable[[], None]]]:
        s = self.s
        for name, screen in s.screens.items():
            if self._still(name):
                continue
            if screen.has_to_send:
                yield f"{name} sends", lambda n=name: self._send(n)
            if screen.behind(self.hub.epoch, self.hub.head):
                yield f"{name} is fed", lambda n=name: self._feed(n)
        for message in s.net:
            yield f"hub takes {_told(message)}", lambda m=message: self._arrive(m)

    def _still(self, name: str) -> bool:
        return self.s.stands is not None and self.s.stands[0] == name

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
            yield from self._machines()
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

    def _machines(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Those that stand still or start anew. Not while a request is on its way, as above."""
        for how in ("asleep", "halted"):
            if how in self.s.faults:
                for name in (HUB, *self.s.screens):
                    still = self._fault(lambda n=name, h=how: self._stand_still(n, h))
                    yield f"{name} is {how}", still
        if "anew" in self.s.faults:
            for hours in (-1, 1):
                yield f"hub anew, {hours:+} h", self._fault(lambda h=hours: self._hub_anew(h))
                for name in self.s.screens:
                    anew = self._fault(lambda n=name, h=hours: self._screen_anew(n, h))
                    yield f"{name} anew, {hours:+} h", anew

    def _fault(self, move: Callable[[], None]) -> Callable[[], None]:
        def with_fault() -> None:
            self.s.faults_left -= 1
            move()

        return with_fault

    # ---------------------------------------------------------------------------- the people

    def _can(self, touch: Touch) -> bool:
        screen = self.s.screens[touch.screen]
        if self._still(touch.screen):
            return False
        needs_call = touch.verb in ("accept", "close", "hear")
        return not needs_call or screen.open_call() is not None

    def _touch(self, touch: Touch) -> None:
        s = self.s
        left = list(s.script)
        left.remove(touch)
        s.script = tuple(left)
        self._passes(1)
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
        self._passes(61)
        self._speak_up()

    def _speak_up(self) -> None:
        before = self.hub.calls()
        self.hub.speak_up()
        self._check_step(before, None)

    def _passes(self, seconds: float) -> None:
        """Time, also where one machine counts none of it."""
        if self.s.stands == (HUB, "halted"):
            self.hub.clock.step(seconds)
            for screen in self.s.screens.values():
                screen.gained += seconds
            return
        self.hub.clock.advance(seconds)
        if self.s.stands is not None and self.s.stands[1] == "halted":
            self.s.screens[self.s.stands[0]].gained -= seconds

    def _stand_still(self, name: str, how: str) -> None:
        """Half of its time passes; the others may be touched before it goes on."""
        self.s.stands = (name, how)
        if how == "halted" and name != HUB:
            self.s.was_cut = True  # its own seconds do not tell any more when it was touched
        self._half_a_pause()

    def _go_on(self) -> None:
        """With its wall clock right, as that of each machine whose clock runs on or is set."""
        self._half_a_pause()
        self.s.stands = None
        self._speak_up()

    def _half_a_pause(self) -> None:
        self._passes(PAUSE_S / 2)
        if not self._still(HUB):
            self._speak_up()

    def _hub_anew(self, hours: int) -> None:
        """Its machine, with a clock that is wrong: an hour back it is before what was stored."""
        self._passes(61)
        before = self.hub.calls()
        self.hub.starts_anew(hours * HOUR_S)
        self._clock_moved(hours)
        self._check_step(before, None)
        self._speak_up()

    def _screen_anew(self, name: str, hours: int) -> None:
        """With a clock that is wrong, as the next beat tells."""
        self._passes(61)
        self.s.screens[name].power_cut(timedelta(hours=hours))
        self.s.was_cut = True
        self._speak_up()

    def _set_clock(self, hours: int) -> None:
        """Those of the screens go on; the next beat tells them, before anything else happens."""
        self.hub.clock.step(hours * HOUR_S)
        self._clock_moved(hours)

    def _clock_moved(self, hours: int) -> None:
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
        if s.stands is not None:
            self._go_on()
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
        world.hub.times(),
        world.hub.times_kept() if "anew" in s.faults and s.faults_left else None,
        [(name, one.state()) for name, one in s.screens.items()],
        net,
        s.script,
        s.faults_left,
        s.stands,
        s.backup,
        s.closed_by,
        [(one.action, one.order) for one in s.presses],
    )
    return hashlib.blake2b(repr(all_of_it).encode(), digest_size=16).digest()


def _told(message: Message) -> str:
    return f"{message.request.action.kind} of {message.request.action.id}"
