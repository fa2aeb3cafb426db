"""One display: its parts wired together. Cache first, first frame, then the network."""

import argparse
import importlib
import json
import logging
import os
import signal
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

from smartward import supervisor
from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.config import asset
from smartward.device.call_input import Inputs
from smartward.errors import Misconfigured
from smartward.screen import no_dumps
from smartward.screen.call_inputs import CallInputs, inputs_of
from smartward.screen.kept import LATE, Kept, draw_rest, open_cache, own, read_token
from smartward.screen.light import PanelLight
from smartward.screen.link import LinkState, Phase
from smartward.screen.options import settings_of
from smartward.screen.page_ahead import PageAhead
from smartward.screen.pages import PAGES, make_model
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, read_scene, show_scene
from smartward.screen.screen_clock import ScreenClock
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import TASK_FAULT, ActionSink, Services
from smartward.screen.window import MessageCounter, ScreenWindow
from smartward.tasks import Flag, Tasks

if TYPE_CHECKING:
    import socket

    from smartward.screen.driven import Driven
    from smartward.screen.enrolled import Enrolled
    from smartward.screen.live import Live
    from smartward.screen.wedge import Wedge

log = logging.getLogger("smartward.screen.app")

_BAD_CA = "screen.bad_ca"
"""A file of authorities, or this screen's own certificate, is not there or cannot be used. An
address that no hub can have stays so: then the program ends with that."""
_LOOK_S = 2.0
"""How often it is looked whether that file is there by now."""


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
        self.tasks = Tasks(lambda *_: self._judge_faults(), lambda _: self._judge_faults())
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
        self._own_faults: frozenset[str] = frozenset()
        """While there is no `live`."""
        self.processor_s = 0.0
        """Seconds of processor time from the start to the first frame."""
        self.ended = Flag()
        self.live: Live | None = None
        self.driven: Driven | None = None
        self.time = ScreenClock(self.model, self.clock, self.tasks, self._judge_faults)
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
                stack.push_async_callback((await self._be_driven(self.args.control)).stop)
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
                await self._take_picture(self.args.shot)
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

    async def _take_picture(self, file: Path) -> None:
        from smartward.screen import picture

        live = self._connect()
        if live is not None:
            await picture.hear_once(live, self.link)
        await picture.shoot(self.window, file)

    def _go_live(self) -> None:
        """What may cost time comes after the first frame: network, disk writer, sound."""
        if self.paired is not None:
            no_dumps.shut()
        try:
            live = self._connect()
        except Misconfigured as error:
            if error.key != _BAD_CA:
                raise
            self._say_why_no_hub(error)
            self.tasks.spawn(self._await_authority(), "the hub's authority")
        else:
            self._start(live)

    def _say_why_no_hub(self, error: Misconfigured) -> None:
        """On the page, with what was kept: whoever stands there sees no terminal. A patient reads
        no file's name, but how to call."""
        log.error("no hub is asked: %s %s %s", error.key, error.values, error.detail)
        link = self.link
        link.phase, link.lost_at = Phase.OFFLINE, link.last_heard
        if self.role is ScreenRole.BEDSIDE:
            from smartward.screen.first_start import FAULT

            self._own_faults = frozenset({FAULT})
            self._judge_faults()
        else:
            link.refused = error.key
            link.refused_values = {name: str(value) for name, value in error.values.items()}
        link.changed()

    async def _await_authority(self) -> None:
        """The file may come yet, as with a disk that is there late."""
        while True:
            await self.clock.sleep(_LOOK_S)
            try:
                live = self._connect()
            except Misconfigured:
                continue  # which was told
            self.link.refused = ""
            self._start(live)
            return

    def _start(self, live: "Live | None") -> None:
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
        """The part that speaks to the hub, not yet begun; None where there is no hub. Raises
        Misconfigured for an address or a certificate that can never work."""
        if self.kept is None or self.args.hub is None:
            return None
        # Of httpx its command line is left out, for which it has a way: 5 MiB of others' modules.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not there
        # Importing them any earlier would hold up the first frame.
        from smartward.screen.hub_address import Hub
        from smartward.screen.live import Live
        from smartward.screen.this_start import start_headers

        hub = Hub(
            url=self.args.hub[0],
            token=self.kept.token,
            ca=tuple(self.args.ca),
            others=tuple(self.args.hub[1:]),
            silent_s=self.settings.hub_silent_s,
            certificate=None if self.paired is None else self.paired.shown,
            start=start_headers(self.kept.folder, self.kept.token),
        )
        hub.check()
        self.live = Live(
            kept=self.kept,
            hub=hub,
            model=self.model,
            window=self.window,
            replica=self.replica,
            link=self.link,
            clock=self.clock,
            screen_tasks=self.tasks,
        )
        self.live.screen_faults = lambda: self.inputs.faults
        self.live.readers = self.inputs.reader_count
        self.live.inputs_file = self.args.inputs
        self.live.seed_file = self.args.seed
        self.live.serial = self.args.serial
        self.inputs.post = self.live.hub_link.post
        if self.driven is not None:
            self.driven.goes_live(self.live)
        return self.live

    async def _be_driven(self, path: Path) -> "Driven":
        from smartward.screen.driven import Driven

        self.driven = Driven(self, path)
        await self.driven.start()
        return self.driven

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
            self.model.set_faults(self.inputs.faults | self._own_faults | failing)

    def close(self) -> None:
        """Take the window down before what it shows."""
        self.window.close()
        signal.set_wakeup_fd(-1)
        for end in self.signal_sockets:
            end.close()
