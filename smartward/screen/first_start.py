"""`smartward screen auto`: the screen that the hub says it is, and until then the page that asks.

What a screen is by its pairing is put where its command line would have said it. Where it is paired
no more, the process begins anew and asks.
"""

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from smartward import supervisor, wrapping
from smartward.clinical.device import ScreenRole
from smartward.clock import Clock, SystemClock
from smartward.config import asset, load, pairs
from smartward.errors import Misconfigured, StorageFault
from smartward.i18n import of_terminal
from smartward.machine import machine_mark
from smartward.screen import damaged, enrolled
from smartward.screen.enrolled import Enrolled
from smartward.screen.light import Light, PanelLight
from smartward.screen.link import LinkState, Phase
from smartward.screen.pairing_model import PairingModel
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox
from smartward.screen.seed import Seed, read_seed, serial_of
from smartward.screen.services import Services
from smartward.screen.standing import LOOKING, STUCK, Standing
from smartward.screen.window import MessageCounter, ScreenWindow
from smartward.tasks import Flag, Tasks
from smartward.wire.pairing import RENEW_PATH, Renew, Renewed

if TYPE_CHECKING:
    import socket

    from smartward.screen.pairing import Asked

log = logging.getLogger("smartward.screen.first_start")

FAULT = "screen.fault.certificate"
"""Text key: this screen has no certificate that it could show."""
_MISSING = "certificate.missing"

ASK = "SMARTWARD_PAIR"
"""In the environment while a screen that was paired asks to be paired anew."""

_OK = 200
_LOST_S = 5.0
"""For so long a hub says that it does not know this screen before that asks anew."""
_KEPT_S = 4 * 3600.0
_UNHEARD_S = 60.0
"""After so long without a word of a hub, and again and again, it is asked without a certificate."""
_UNHEARD_TIMES = 2
"""So many times in turn it says then that it does not know this screen before that asks anew."""
_UNHEARD = (Phase.OFFLINE, Phase.STALE)
_RETRY_S = 3600.0
_RETRY_BARE_S = 60.0
_LOOK_S = 900.0
"""How often it is looked whether the next certificate is due: a clock may have been set."""


def resolve(args: argparse.Namespace) -> Enrolled | None:
    """Have the arguments say what this screen is by its pairing; None where it has to ask. Raises
    Misconfigured where there is nothing to begin with."""
    if args.state_dir is None:
        raise Misconfigured("screen.arguments", "--state-dir")
    if args.shot is None:  # a picture changes nothing in the folder
        damaged.set_aside(args.state_dir)
        wrapping.take_over(args.state_dir / enrolled.CERTIFICATE)
    found = None if os.environ.get(ASK) else enrolled.kept(args.state_dir)
    if found is None:
        return None
    hubs, ca = found.what.hubs, found.ca
    try:
        seed = read_seed(args.seed)
        hubs, ca = (*hubs, *seed.hubs), (*ca, *seed.ca)
    except Misconfigured as error:
        log.warning("what was kept is used: %s", error)
    if not ca and any(one.startswith("https://") for one in hubs):
        log.error("nobody is believed to be a hub: %s is gone", enrolled.AUTHORITIES)
        return None
    if args.shot is None:
        enrolled.ask_dns(args.state_dir, asks=False)
    args.role = found.what.role.value
    args.hub = list(dict.fromkeys(hubs))
    args.ca = list(ca)
    args.token_file = found.token
    args.set = [*_understood(found.what.settings), *args.set]
    return found


def _understood(settings: Mapping[str, str]) -> list[str]:
    """What the hub said, as a command line has it, without what this version does not know or does
    not allow: the hub may be newer, and a screen that does not start helps nobody."""
    given = []
    for name, value in settings.items():
        try:
            load(None, {name: value})
        except Misconfigured as error:
            log.warning("the hub's setting %s is left out: %s", name, error)
        else:
            given.append(f"{name}={value}")
    return given


def begin_anew(*, ask: bool) -> None:
    """The same program with the same arguments, in the place of this one."""
    os.environ.pop(ASK, None)
    if ask:
        os.environ[ASK] = "1"
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, sys.orig_argv)


class Asking(Protocol):
    """The link to the hub, as far as certificates go."""

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        """Post something that is answered once."""

    def certificate_changed(self) -> None:
        """Show the new one from the next connection on."""


class Renewal:
    """Has the next certificate in time, and says so where the hub knows this screen no more."""

    def __init__(
        self, found: Enrolled, link: LinkState, clock: Clock, kept_s: float = _KEPT_S
    ) -> None:
        """`kept_s`: for how long what was kept is of use without a hub, in seconds."""
        self._found = found
        self._link = link
        self._clock = clock
        self._kept_s = kept_s
        self._ask_at: float | None = None
        self._disowned = 0

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong with the pairing."""
        return frozenset({FAULT} if self._found.bare else ())

    async def keep(self, hub: Asking) -> None:
        """For ever: ask for the next certificate when it is due, or there is none."""
        while True:
            wait, bare = _LOOK_S, self._found.bare
            due = bare or self._clock.now() >= self._found.what.renew_at
            if due and not await self._renew(hub):
                wait = _RETRY_BARE_S if bare else _RETRY_S
            await self._clock.sleep(wait)

    async def _renew(self, hub: Asking) -> bool:
        from smartward.device_key import (
            tls_request,
        )  # what makes keys is heavy, and needed here alone

        secret, csr = tls_request()
        answer = await hub.ask(RENEW_PATH, msgspec.json.encode(Renew(csr=csr)))
        if answer is None or answer[0] != _OK:
            status = "no answer" if answer is None else f"status {answer[0]}"
            log.warning("the next certificate was not had: %s", status)
            return False
        try:
            given = msgspec.json.decode(answer[1], type=Renewed)
            self._found = enrolled.renew(self._found, given, secret)
        except (msgspec.DecodeError, StorageFault) as error:
            log.error("the next certificate was not kept: %s", error)
            return False
        hub.certificate_changed()
        log.info("the certificate is renewed")
        return True

    async def lost(self) -> bool:
        """Returns once a hub has said for a while that this screen is none of the ward's, or is
        heard by this screen only without the certificate it gave: whether what was kept is of no
        use to anybody any more. A hub that errs about the time would see every screen empty."""
        since: float | None = None
        while True:
            now = self._clock.monotonic()
            if not self._is_out():
                since = None
            elif since is None:
                since = now
            elif now - since >= _LOST_S:
                return self._is_over()
            if await self._forgotten(now):
                return True
            await self._clock.sleep(1.0)

    def _is_out(self) -> bool:
        """Whether a hub says that this screen is not to be told anything, and what it kept is of no
        use any more, or cannot be known to be. About a certificate a hub errs while its clock is
        wrong."""
        link = self._link
        if self._is_over():
            return True
        return bool(link.refused) and (link.last_heard is None or not link.clock_known())

    def _is_over(self) -> bool:
        """The same, where nothing that was kept may be shown again, whatever the hub's clock is."""
        link = self._link
        if link.phase is Phase.NOT_ENROLLED:
            return True
        if not link.refused:
            return False
        if self._found.bare and link.refused == _MISSING:
            return True  # each hub that answers goes on saying so
        if link.last_heard is None or not link.clock_known():
            return False
        return (self._clock.now() - link.last_heard).total_seconds() > self._kept_s

    async def _forgotten(self, now: float) -> bool:
        """Whether the hub that is not heard has another store than the one that knew this screen:
        it hangs up on the certificate, as if it were not there."""
        if self._found.bare or self._link.phase not in _UNHEARD:
            self._ask_at, self._disowned = None, 0
            return False
        if self._ask_at is None:
            self._ask_at = now + _UNHEARD_S
        if now < self._ask_at:
            return False
        self._ask_at = now + _UNHEARD_S
        said = await self._ask_without()
        self._disowned = self._disowned + 1 if said else 0
        if self._disowned < _UNHEARD_TIMES:
            return False
        log.warning("the hub does not know the certificate of this screen: it asks to be paired")
        return True

    async def _ask_without(self) -> bool:
        from smartward.screen.pairing_link import PairingLink  # httpx holds up a first frame

        link = PairingLink(self._found.what.hubs[:1], self._found.ca)
        try:
            return await link.forgotten(self._found)
        finally:
            await link.close()


class PairingPage:
    """The page of a screen that asks, from its first frame to being paired."""

    def __init__(self, args: argparse.Namespace) -> None:
        """Draw it. Raises Misconfigured."""
        self._args = args
        self.settings = load(args.config, pairs(args.set))
        self.clock = SystemClock(args.clock)
        self.tasks = Tasks()
        self.messages = MessageCounter()
        self.messages.install()
        self._seed, self._standing = _seed_of(args.seed, args.serial)
        language = self._seed.language if self._seed is not None else None
        self.model = PairingModel(
            Services(
                role=ScreenRole.BEDHEAD,
                settings=self.settings,
                clock=self.clock,
                replica=Replica(ScreenRole.BEDHEAD),
                link=LinkState(),
                outbox=PictureOutbox(),
                language=args.language or language or self.settings.language,
                appearance=args.appearance,
                reduced_motion=args.reduced_motion,
            )
        )
        self.model.show_standing(self._standing)
        was = enrolled.kept(args.state_dir)
        self.model.show_before(
            None if was is None else was.what.role, damaged=damaged.was_set_aside(args.state_dir)
        )
        self.model.start()
        page = asset("ui", "Pairing.qml")
        self.window = ScreenWindow(page, self.model, self.clock, self.messages)
        self.window.load(args.size, args.fullscreen)
        if args.at is not None:
            self.window.move(*args.at)
        self.ended = Flag()
        self.begins_anew: bool | None = None
        """Once it is paired False: the process begins anew and asks no more."""
        self.signal_sockets: tuple[socket.socket, ...] = ()

    def draw(self) -> None:
        """Draw the first frame."""
        self.window.draw()

    async def run(self) -> int:
        """Ask until it is paired or ended. Gives the exit code."""
        if self.window.drawn_at is None:
            return 0  # closed before it had drawn
        control = None
        if self._args.control is not None:
            from smartward.control import ControlServer
            from smartward.screen.control_commands import ScreenCommands

            control = ControlServer(self._args.control, self.clock, self.model.state)
            commands = ScreenCommands(self.window, self.model, self.clock, self.ended.set)
            commands.register(control)
            self.window.on_frame.append(control.changed)
            await control.start()
        ready = {"ready": "screen", "role": "auto", "pid": os.getpid()}
        print(json.dumps(ready), flush=True)
        try:
            return await self._until_paired()
        finally:
            await self.tasks.stop()
            if control is not None:
                await control.stop()

    async def _until_paired(self) -> int:
        if self._args.shot is not None:
            await self.window.settled()
            self.window.grab(self._args.shot)
            return 1 if self.messages.count else 0
        if self._seed is not None:
            seed = self._seed
            self.tasks.keep(lambda: self._pair(seed), "pairing", self.clock)
        # The screen that it was may have left the panel's light at rest, or at night.
        light = PanelLight(self.settings, self.clock)
        light.drawn(Light.DAY)
        self.tasks.keep(light.run, "panel light", self.clock)
        supervisor.tell("READY=1")
        self.tasks.spawn(supervisor.keep_alive(self.clock), "signs of life")
        await self.ended.wait()
        if self.begins_anew is None:
            supervisor.tell("STOPPING=1")
        return 0

    async def _pair(self, seed: Seed) -> None:
        # Importing these any earlier would hold up the first frame.
        from smartward.screen.pairing import Pairing

        link = _link(seed, self._args.state_dir)
        pairing = Pairing(
            link=link,
            seed=seed,
            folder=self._args.state_dir,
            machine=machine_mark(),
            serial=self._standing.serial,
            clock=self.clock,
            show=self.model.show_standing,
        )
        self.model.numberTyped.connect(pairing.type_number)
        self.model.denied.connect(pairing.deny)
        try:
            await pairing.run()
        except StorageFault as error:
            self.model.show_standing(replace(self._standing, state=STUCK, why=error.key))
            raise
        finally:
            self.model.numberTyped.disconnect(pairing.type_number)
            self.model.denied.disconnect(pairing.deny)
            await link.close()
        self.begins_anew = False
        self.ended.set()

    def close(self) -> None:
        """Take the window down before what it shows."""
        self.window.close()
        signal.set_wakeup_fd(-1)
        for end in self.signal_sockets:
            end.close()


def _link(seed: Seed, folder: Path) -> "Asked":
    # Importing these any earlier would hold up the first frame.
    if seed.hubs:
        from smartward.screen.pairing_link import PairingLink

        return PairingLink(seed.hubs, seed.ca)
    from smartward.screen.found_link import FoundLink
    from smartward.screen.hub_search import search

    return FoundLink(seed, folder, search)


def _seed_of(file: Path | None, serial: str) -> tuple[Seed | None, Standing]:
    """What the file says and what the page says of it first. `serial`: what whoever started it
    says, which counts before the file's."""
    try:
        seed = read_seed(file)
    except Misconfigured as error:
        log.error("%s (%s)", of_terminal().told(error.key, **error.values), error)
        values = tuple((name, str(value)) for name, value in error.values.items())
        return None, Standing(state=STUCK, why=error.key, values=values)
    hub = next(iter(seed.hubs), "")
    return seed, Standing(state=LOOKING, hub=hub, serial=serial_of(serial or seed.serial))
