"""`smartward screen ROLE`: one display. Cache first, first frame, then the network."""

import argparse
import importlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from smartward import log as logs
from smartward import supervisor
from smartward.clinical.device import ScreenRole
from smartward.clock import ClockSpec, SystemClock
from smartward.config import Settings, asset, load, pairs
from smartward.device.call_input import Inputs
from smartward.errors import Misconfigured
from smartward.i18n import TABLE
from smartward.screen import first_frame, no_dumps
from smartward.screen.call_inputs import CallInputs, inputs_of
from smartward.screen.display import open_display
from smartward.screen.kept import LATE, Kept, draw_rest, open_cache, own, read_token
from smartward.screen.light import PanelLight
from smartward.screen.link import LinkState, Phase
from smartward.screen.page_ahead import PageAhead
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, read_scene, show_scene
from smartward.screen.screen_clock import ScreenClock
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import TASK_FAULT, ActionSink, Services
from smartward.screen.window import MessageCounter, ScreenWindow
from smartward.tasks import Flag, Tasks

if TYPE_CHECKING:
    import asyncio
    import socket

    from PySide6.QtGui import QGuiApplication

    from smartward.control import ControlServer
    from smartward.screen.churn import Churn
    from smartward.screen.control_commands import ScreenCommands
    from smartward.screen.enrolled import Enrolled
    from smartward.screen.event_loop import ScreenLoop
    from smartward.screen.first_start import PairingPage
    from smartward.screen.live import Live
    from smartward.screen.wedge import Wedge

log = logging.getLogger("smartward.screen.app")

AUTO = "auto"
"""In place of a role: `first_start`."""

_HEAR_S = 12.0
"""How long a picture waits for a word from the hub: longer than a connection that fails."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a role's model and root page are."""

    module: str
    model: str
    qml: str


PAGES = {
    ScreenRole.BEDHEAD: Page("smartward.screen.bedhead", "BedheadModel", "Bedhead.qml"),
    ScreenRole.BEDSIDE: Page("smartward.screen.bedside", "BedsideModel", "Bedside.qml"),
    ScreenRole.DOOR: Page("smartward.screen.door", "DoorModel", "Door.qml"),
    ScreenRole.STATION: Page("smartward.screen.station", "StationModel", "Station.qml"),
    ScreenRole.CORRIDOR: Page("smartward.screen.corridor", "CorridorModel", "Corridor.qml"),
}


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _point(text: str) -> tuple[int, int]:
    x, _, y = text.partition(",")
    return int(x), int(y)


def parser() -> argparse.ArgumentParser:
    """The command line of a screen."""
    args = argparse.ArgumentParser(prog="smartward screen", description="Run one display.")
    args.add_argument(
        "role",
        choices=[*(role.value for role in PAGES), AUTO],
        help="auto: what the hub says, after it was paired",
    )
    args.add_argument(
        "--seed", type=Path, metavar="FILE", help="with auto: names hub and authority"
    )
    args.add_argument(
        "--hub",
        metavar="URL",
        action="append",
        help="address of the ward hub; given again: of its standby, in order",
    )
    args.add_argument("--token-file", type=Path, help="file with this screen's credential")
    args.add_argument(
        "--ca",
        type=Path,
        action="append",
        default=[],
        help="certificate of the hub's authority (PEM); given again: of another hub's",
    )
    args.add_argument("--state-dir", type=Path, help="folder of the cache and the outbox")
    args.add_argument("--replica", type=Path, metavar="FILE", help="draw a file, without a hub")
    args.add_argument("--config", type=Path, help="settings file (TOML)")
    args.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    args.add_argument("--place", help="bed or room id, to be refused a cache of another one")
    args.add_argument("--size", type=_size, metavar="WxH", help="size of the window")
    args.add_argument("--at", type=_point, metavar="X,Y", help="where the window goes, in pixels")
    args.add_argument("--fullscreen", action="store_true")
    args.add_argument("--language", choices=tuple(TABLE.languages))
    args.add_argument("--appearance", choices=("auto", "day", "night"), default="auto")
    args.add_argument("--text-scale", type=float, default=1.0, help="1 to 1.6, bedside only")
    args.add_argument("--reduced-motion", action="store_true", help="no movement on the page")
    args.add_argument("--clock", type=ClockSpec.parse, help="a demo's clock")
    args.add_argument("--inputs", type=Path, metavar="FILE", help="call inputs and readers (TOML)")
    args.add_argument("--control", type=Path, metavar="SOCKET", help="for tests and demo")
    args.add_argument(
        "--shot",
        type=Path,
        metavar="FILE",
        help="draw once into a PNG and exit; with --hub once it has answered, or has not. Of what "
        "was kept or told no person is on it",
    )
    return args


def settings_of(args: argparse.Namespace) -> Settings:
    """Settings from file and `--set`. Raises Misconfigured."""
    return load(args.config, pairs(args.set))


def make_model(role: ScreenRole, services: Services) -> ScreenModel:
    """The role's view model. Its module registers the type for QML."""
    page = PAGES[role]
    model = getattr(importlib.import_module(page.module), page.model)(services)
    if not isinstance(model, ScreenModel):
        raise Misconfigured("screen.page", f"{page.model} is no ScreenModel")
    return model


class ScreenProgram:
    """One screen from start to end; wires the parts together."""

    def __init__(self, args: argparse.Namespace, paired: "Enrolled | None" = None) -> None:
        """Read the cache (or the scene) and draw. `paired`: what this screen is by its pairing.
        Raises Misconfigured and BadData."""
        self.args = args
        self.paired = paired
        self.begins_anew: bool | None = None
        """Once it ended: whether the process begins anew, and asks to be paired then."""
        self.role = ScreenRole(args.role)
        self.settings = settings_of(args)
        inputs = Inputs() if args.inputs is None else inputs_of(args.inputs, self.role)
        self.clock = SystemClock(args.clock)
        self.tasks = Tasks(lambda *_: self._judge_faults())
        self.messages = MessageCounter()
        self.messages.install()
        self.replica = Replica(self.role)
        self.link = LinkState()
        self.own: IO[bytes] | None = None
        """Holds the data folder for this process."""
        self.kept: Kept | None = None
        page = asset("ui", PAGES[self.role].qml)
        importlib.import_module(PAGES[self.role].module)  # the types that the page's files name
        with PageAhead(page) as ahead:
            outbox = self._take_up()
            supervisor.step()
            ahead.go_on()
            self.model = self._made_model(outbox)
            supervisor.step()
            self.window = ScreenWindow(page, self.model, self.clock, self.messages)
            self.window.load(args.size, args.fullscreen, ahead)
        if args.at is not None:
            self.window.move(*args.at)
        self.wedge: Wedge | None = None
        self.inputs = CallInputs(
            self.model, inputs, self.clock, self.tasks, lambda: self._judge_faults()
        )
        self.processor_s = 0.0
        """Seconds of processor time from the start to the first frame."""
        self.ended = Flag()
        self.drawn: dict[str, float] = {}
        self.live: Live | None = None
        self.commands: ScreenCommands | None = None
        self.time = ScreenClock(self.model, self.clock, self.tasks, self._judge_faults)
        self.churn: Churn | None = None
        self.signal_sockets: tuple[socket.socket, ...] = ()

    def draw(self) -> None:
        """Draw the first frame."""
        self.window.draw()
        self.processor_s = time.process_time()

    def _take_up(self) -> ActionSink:
        """What is drawn first: the scene, or what was kept. Gives where its touches go."""
        if self.args.replica is not None:
            show_scene(read_scene(self.args.replica), self.replica, self.link, self.clock)
            return PictureOutbox()
        self.kept = self._open_cache()
        return self.kept.outbox

    def _made_model(self, outbox: ActionSink) -> ScreenModel:
        args = self.args
        model = make_model(
            self.role,
            Services(
                role=self.role,
                settings=self.settings,
                clock=self.clock,
                replica=self.replica,
                link=self.link,
                outbox=outbox,
                language=args.language or self.settings.language,
                appearance=args.appearance,
                reduced_motion=args.reduced_motion,
                place=args.place,
                staged=self.kept is not None and self.kept.later != (),
                applied=frozenset if self.kept is None else self.kept.outbox.applied,
            ),
        )
        model.setTextScale(args.text_scale)
        model.start()
        return model

    def _open_cache(self) -> Kept:
        if self.args.state_dir is None or self.args.token_file is None:
            raise Misconfigured("screen.arguments", "--state-dir and --token-file, or --replica")
        self.replica.late = LATE.get(self.role, ())
        self.replica.without_persons = self.args.shot is not None
        if not self.replica.without_persons:
            self.own = own(self.args.state_dir)
        return open_cache(
            folder=self.args.state_dir,
            token=read_token(self.args.token_file),
            place=self.args.place,
            replica=self.replica,
            link=self.link,
            clock=self.clock,
            rate=1.0 if self.args.clock is None else self.args.clock.rate,
        )

    async def run(self) -> int:
        """Draw, tell that it is ready, go on until told to end. Gives the exit code."""
        drawn = self.window.drawn_at
        if drawn is None:
            return 0  # closed before it had drawn
        self._take_keys()
        async with AsyncExitStack() as stack:
            if self.args.control is not None:
                stack.push_async_callback((await self._serve_control(self.args.control)).stop)
            stack.push_async_callback(self._stop)
            ready = {
                "ready": "screen",
                "role": self.role.value,
                "pid": os.getpid(),
                "drawn_at": drawn,
                "processor_s": self.processor_s,
            }
            print(json.dumps(ready), flush=True)
            self._draw_rest()
            if self.args.shot is not None:
                await self._hear_once()
                await self.window.settled()
                self._shoot(self.args.shot)
                return 1 if self.messages.count else 0
            self.model.on_pace_changed(self.time.keep)
            self.time.keep()
            self._go_live()
            self.inputs.start()
            supervisor.tell("READY=1")
            self._follow_light()
            self.tasks.spawn(supervisor.keep_alive(self.clock), "signs of life")
            await self.ended.wait()
            if self.begins_anew is None:
                supervisor.tell("STOPPING=1")
        return 0

    def _take_keys(self) -> None:
        # Qt's names for keys take as long to load as a tenth of what the first frame does.
        from smartward.screen.wedge import Wedge

        self.wedge = Wedge(
            self.window.window,
            self.clock,
            self.model.badge_read,
            self.model.somebody_there,
            refuses_keys=self.inputs.keyboards_refused,
        )

    def _draw_rest(self) -> None:
        """What the first frame could do without."""
        if self.kept is not None:
            draw_rest(self.kept, self.replica)
        self.model.first_drawn()

    def _follow_light(self) -> None:
        light = PanelLight(self.settings, self.clock)
        self.window.on_frame.append(lambda: light.drawn(self.model.light))
        light.drawn(self.model.light)
        self.tasks.keep(light.run, "panel light", self.clock)

    async def _hear_once(self) -> None:
        """For a picture: what the hub says now, or that it says nothing, is drawn as well."""
        import asyncio

        heard = asyncio.Event()

        def changed() -> None:
            if self.link.phase not in (Phase.STARTING, Phase.CONNECTING):
                heard.set()

        self.link.listeners.append(changed)
        live = self._connect()
        if live is None:
            return
        live.look()
        try:
            async with asyncio.timeout(_HEAR_S):
                await heard.wait()
        except TimeoutError:
            log.warning("no word from the hub within %g s", _HEAR_S)

    def _shoot(self, file: Path) -> None:
        try:
            self.window.grab(file)
        except OSError as error:
            raise Misconfigured("screen.bad_shot", str(error), file=str(file)) from error

    def _go_live(self) -> None:
        """What may cost time comes after the first frame: network, disk writer, sound."""
        if self.paired is not None:
            no_dumps.shut()
        live = self._connect()
        if live is not None:
            live.start()
            live.start_sound()
            if self.paired is not None:
                self._stay_paired(self.paired, live)

    def _stay_paired(self, paired: "Enrolled", live: "Live") -> None:
        from smartward.screen.first_start import Renewal

        kept_s = self.settings.identity_max_age_s
        renewal = Renewal(paired, self.link, self.clock, kept_s)
        live.screen_faults = lambda: self.inputs.faults | renewal.faults

        async def lost() -> None:
            if await renewal.lost():
                # What was kept would never be shown again, and lie there until it is paired.
                await live.feed.not_enrolled()
                await live.proofs.forget()
            self.begins_anew = True
            self.ended.set()

        self.tasks.keep(lambda: renewal.keep(live.hub_link), "certificate", self.clock)
        self.tasks.keep(lost, "pairing", self.clock)

    def _connect(self) -> "Live | None":
        """The part that speaks to the hub, not yet begun; None where there is no hub."""
        if self.kept is None or self.args.hub is None:
            return None
        # Of httpx its command line is left out, for which it has a way: 5 MiB of others' modules.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not there
        # Importing them any earlier would hold up the first frame.
        from smartward.screen.hub_address import Hub
        from smartward.screen.live import Live, fault_switches
        from smartward.screen.this_start import start_headers

        start = start_headers(self.kept.folder, self.kept.token)
        self.live = Live(
            kept=self.kept,
            hub=Hub(
                url=self.args.hub[0],
                token=self.kept.token,
                ca=tuple(self.args.ca),
                others=tuple(self.args.hub[1:]),
                silent_s=self.settings.hub_silent_s,
                certificate=None if self.paired is None else self.paired.shown,
                start=start,
            ),
            model=self.model,
            window=self.window,
            replica=self.replica,
            link=self.link,
            clock=self.clock,
            screen_tasks=self.tasks,
        )
        self.live.screen_faults = lambda: self.inputs.faults
        self.live.readers = self.inputs.reader_count
        self.inputs.post = self.live.hub_link.post
        if self.commands is not None:
            self.commands.faults |= fault_switches(self.live, self.window)
        return self.live

    async def _serve_control(self, path: Path) -> "ControlServer":
        from smartward.control import ControlServer
        from smartward.screen.churn import Churn
        from smartward.screen.control_commands import ScreenCommands

        server = ControlServer(path, self.clock, self.state)
        commands = ScreenCommands(self.window, self.model, self.clock, self.ended.set)
        commands.input = self.inputs.event
        commands.register(server)
        self.commands = commands
        if self.role is ScreenRole.STATION:
            self.churn = Churn(self.replica, self.clock, server.changed)
            server.handle("churn", self.churn.start)
            server.handle("churn.cards", self.churn.start_cards)
        self.window.on_frame.append(self._note_drawn)
        self.window.on_frame.append(server.changed)
        self.link.listeners.append(server.changed)
        await server.start()
        return server

    def _note_drawn(self) -> None:
        """Keep when a frame first held each call and alert: benches measure up to there."""
        for kind in ("nurse_call", "alert"):
            for id in self.replica.docs(kind).keys() - self.drawn.keys():
                self.drawn[id] = self.clock.monotonic()
        for id in self.model.direct_call_ids():
            self.drawn.setdefault(id, self.clock.monotonic())

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        model = self.model
        return {
            "role": self.role.value,
            "link": self.link.phase.value,
            "place": model.place,
            "seq": self.replica.seq,
            "drawn_seq": self.window.drawn_seq,
            "identity_current": model.identityCurrent,
            "banner": model.linkKind,
            "link_text": model.linkText,
            "his_up": self.link.his_up,
            "notice": model.noticeText,
            "faults": sorted(model.faults),
            "pending": len(model.pending()),
            "engine_warnings": self.messages.count,
            "rejected": self.replica.rejected,
            "task_failures": self.tasks.failures,
            "language": model.language,
            "night": model.night,
            "light": model.light.value,
            "time": model.timeText,
            **{f"drawn.{id}": at for id, at in self.drawn.items()},
            "churning": self.churn is not None and self.churn.running,
            **model.identity_state(),
            **({} if self.live is None else self.live.state()),
            **model.state(),
        }

    async def _stop(self) -> None:
        await self.tasks.stop()
        if self.live is not None:
            await self.live.close()
        if self.kept is not None:
            self.kept.cache.close()
        if self.own is not None:
            self.own.close()

    def _judge_faults(self) -> None:
        """Show what is wrong with the screen, also while it has no hub to tell of it."""
        if self.live is not None:
            self.live.judge_faults()
        else:
            failing = {TASK_FAULT} if self.tasks.failing else set()
            self.model.set_faults(self.inputs.faults | failing)

    def close(self) -> None:
        """Take the window down before what it shows."""
        self.window.close()
        signal.set_wakeup_fd(-1)
        for end in self.signal_sockets:
            end.close()


def _end_on_signals(
    loop: "asyncio.AbstractEventLoop", program: "ScreenProgram | PairingPage"
) -> None:
    """End in order on SIGTERM and SIGINT; Qt's loop does not look at Python's signals itself."""
    import socket

    ours, pythons = socket.socketpair()
    for end in (ours, pythons):
        end.setblocking(False)
    signal.set_wakeup_fd(pythons.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: program.ended.set())
    loop.add_reader(ours, ours.recv, 64)
    # Closed with the process: Python writes to its end for as long as there are signals.
    program.signal_sockets = (ours, pythons)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one display until its window closes. Gives the exit code. Raises Misconfigured where
    there is no display."""
    supervisor.step()
    args = parser().parse_args(argv)
    no_dumps.limit()
    paired = _paired(args)
    logs.setup(f"screen-{args.role}")
    # Most kiosks draw without a GPU, and a software OpenGL is slower than Qt's own renderer.
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    app = open_display()
    supervisor.step()
    app.setQuitOnLastWindowClosed(False)
    program = _pairing_page(args) if args.role == AUTO else ScreenProgram(args, paired)
    app.lastWindowClosed.connect(program.ended.set)
    try:
        supervisor.step()
        program.draw()
        supervisor.step()
        with _loop(app) as loop:
            _end_on_signals(loop, program)
            code = int(loop.run_until_complete(program.run()))
    finally:
        program.close()
    if program.begins_anew is not None:
        supervisor.step()
        _begin_anew(ask=program.begins_anew)
    return code


def _loop(app: "QGuiApplication") -> "ScreenLoop":
    """The loop of what comes behind the first frame: asyncio's, on Qt's."""
    import asyncio

    from smartward.screen.event_loop import ScreenLoop

    loop = ScreenLoop(app)
    asyncio.set_event_loop(loop)
    first_frame.over()
    return loop


def _begin_anew(*, ask: bool) -> None:
    from smartward.screen.first_start import begin_anew

    begin_anew(ask=ask)


def _pairing_page(args: argparse.Namespace) -> "PairingPage":
    from smartward.screen.first_start import PairingPage

    return PairingPage(args)


def _paired(args: argparse.Namespace) -> "Enrolled | None":
    """What this screen is by its pairing, as its arguments say from then on."""
    if args.role != AUTO:
        return None
    from smartward.screen import first_start

    return first_start.resolve(args)


if __name__ == "__main__":
    sys.exit(main())
