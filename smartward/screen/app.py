"""`smartward screen ROLE`: one display. Cache first, first frame, then the network."""

import argparse
import asyncio
import importlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import qasync
from PySide6.QtGui import QGuiApplication

from smartward import log as logs
from smartward.clinical.device import ScreenRole
from smartward.clock import ClockSpec, SystemClock
from smartward.config import Settings, asset, load
from smartward.errors import Misconfigured, SmartWardError
from smartward.i18n import LANGUAGES
from smartward.screen.link import LinkState
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, read_scene, show_scene
from smartward.screen.screen_model import ScreenModel, Services
from smartward.screen.window import MessageCounter, ScreenWindow
from smartward.tasks import Tasks


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
}


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def parser() -> argparse.ArgumentParser:
    """The command line of a screen."""
    args = argparse.ArgumentParser(prog="smartward screen", description="Run one display.")
    args.add_argument("role", choices=[role.value for role in ScreenRole])
    args.add_argument("--hub", metavar="URL", help="address of the ward hub")
    args.add_argument("--token-file", type=Path, help="file with this screen's credential")
    args.add_argument("--ca", type=Path, help="certificate of the hub's authority (PEM)")
    args.add_argument("--state-dir", type=Path, help="folder of the cache and the outbox")
    args.add_argument("--replica", type=Path, metavar="FILE", help="draw a file, without a hub")
    args.add_argument("--config", type=Path, help="settings file (TOML)")
    args.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    args.add_argument("--place", help="bed or room id, to be refused a cache of another one")
    args.add_argument("--size", type=_size, metavar="WxH", help="size of the window")
    args.add_argument("--fullscreen", action="store_true")
    args.add_argument("--language", choices=LANGUAGES)
    args.add_argument("--appearance", choices=("auto", "day", "night"), default="auto")
    args.add_argument("--text-scale", type=float, default=1.0, help="1 to 1.6, bedside only")
    args.add_argument("--clock", type=ClockSpec.parse, help="a demo's clock")
    args.add_argument("--control", type=Path, metavar="SOCKET", help="for tests and demo")
    args.add_argument("--shot", type=Path, metavar="FILE", help="draw once into a PNG and exit")
    return args


def settings_of(args: argparse.Namespace) -> Settings:
    """Settings from file and `--set`. Raises Misconfigured."""
    pairs = [str(pair).partition("=") for pair in args.set]
    return load(args.config, {name: value for name, _, value in pairs})


def make_model(role: ScreenRole, services: Services) -> ScreenModel:
    """The role's view model. Its module registers the type for QML."""
    page = PAGES[role]
    model = getattr(importlib.import_module(page.module), page.model)(services)
    if not isinstance(model, ScreenModel):
        raise Misconfigured("screen.page", f"{page.model} is no ScreenModel")
    return model


class ScreenProgram:
    """One screen from start to end; wires the parts together."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.role = ScreenRole(args.role)
        self.settings = settings_of(args)
        self.clock = SystemClock(args.clock)
        self.tasks = Tasks()
        self.messages = MessageCounter()
        self.messages.install()
        self.replica = Replica(self.role)
        self.link = LinkState()
        self.services = Services(
            role=self.role,
            settings=self.settings,
            clock=self.clock,
            replica=self.replica,
            link=self.link,
            outbox=PictureOutbox(),
            language=args.language or self.settings.language,
            appearance=args.appearance,
            place=args.place,
        )
        if args.replica is not None:
            show_scene(read_scene(args.replica), self.replica, self.link, self.clock)
        self.model = make_model(self.role, self.services)
        self.model.setTextScale(args.text_scale)
        self.model.start()
        page = asset("ui", PAGES[self.role].qml)
        self.window = ScreenWindow(page, self.model, self.clock, self.messages)
        self.window.load(args.size, args.fullscreen)
        self.ended = asyncio.Event()

    async def run(self) -> int:
        """Draw, tell that it is ready, go on until told to end. Gives the exit code."""
        await self.window.first_frame()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.tasks.stop)
            ready = {"ready": "screen", "role": self.role.value, "pid": os.getpid()}
            print(json.dumps(ready), flush=True)
            if self.args.shot is not None:
                await self.window.settled()
                self.window.grab(self.args.shot)
                return 1 if self.messages.count else 0
            self.tasks.spawn(self._keep_time(), "screen clock")
            await self.ended.wait()
        return 0

    async def _keep_time(self) -> None:
        while True:
            await self.clock.wait_until(self.model.next_boundary())
            self.model.clock_moved()

    def close(self) -> None:
        """Take everything down, the window before what it shows."""
        self.window.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one display until its window closes. Gives the exit code."""
    args = parser().parse_args(argv)
    logs.setup(f"screen-{args.role}")
    # Most kiosks draw without a GPU, and a software OpenGL is slower than Qt's own renderer.
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    app = QGuiApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        try:
            program = ScreenProgram(args)
        except SmartWardError as error:
            sys.stderr.write(f"smartward screen: {error}\n")
            return 2
        app.lastWindowClosed.connect(program.ended.set)
        try:
            return int(loop.run_until_complete(program.run()))
        finally:
            program.close()


if __name__ == "__main__":
    sys.exit(main())
