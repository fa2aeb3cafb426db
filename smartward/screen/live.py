"""What a screen does after its first frame: the network, the writing to disk, the sound."""

import dataclasses
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol, runtime_checkable

import msgspec
from PySide6.QtCore import QTimer

from smartward.clinical.device import ScreenRole
from smartward.clinical.screen_health import Part
from smartward.clock import Clock
from smartward.device.announcer import Announcer
from smartward.device.fault_keys import LIST_FAULT, LOG_FAULT, START_FAULT
from smartward.device.log_server import LogServerWatch
from smartward.device.usb import PlugWatch
from smartward.device.voice import Voice
from smartward.errors import StorageFault
from smartward.screen.call_inputs import READER_LOST
from smartward.screen.check_order import Running
from smartward.screen.drill_answer import DrillAnswer
from smartward.screen.feed import Feed, credential_mark
from smartward.screen.health import HealthReports, Parts, TouchWatch, figures
from smartward.screen.hub_address import Hub
from smartward.screen.hub_link import HubLink
from smartward.screen.identity_client import IdentityClient
from smartward.screen.kept import Kept
from smartward.screen.link import LinkState
from smartward.screen.log_bundle import LastLines, bundle, persons
from smartward.screen.mirror import MirrorQueue
from smartward.screen.offline_proof import FILE as PROOFS
from smartward.screen.offline_proof import OfflineProofs, badge_key
from smartward.screen.orders import Orders
from smartward.screen.peer import PeerNet, ToHub
from smartward.screen.placing_client import PlacingClient
from smartward.screen.refusals import Refusals
from smartward.screen.replica import Replica
from smartward.screen.reports import Reports
from smartward.screen.screen_model import ScreenModel
from smartward.screen.seed import written_serial
from smartward.screen.services import TASK_FAULT
from smartward.screen.update_parts import updating
from smartward.screen.window import ScreenWindow
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind, Answer

log = logging.getLogger("smartward.screen.live")

SEND_FIRST_MS = 15
"""How long what a touch brings about on this screen waits for the touch to leave it: less than a
frame at 60 Hz, and more than a request takes to be written."""


_LOST = "bedside.setup.pin_lost"
"""Text key: a PIN was never sent, and is nowhere any more."""
_BEFORE = "screen.fault.before"
FOR_STAFF_ONLY = frozenset(
    {
        *("peer.fault.way", "peer.fault.key", "peer.fault.file"),
        *(_BEFORE, LIST_FAULT, START_FAULT, LOG_FAULT),
    }
)
"""Faults of a bedside that are told to the hub and so to the stations alone: whoever lies there can
do nothing about them, and can still call."""
WITH_SOUND = frozenset({ScreenRole.STATION, ScreenRole.BEDSIDE, ScreenRole.CORRIDOR})


@runtime_checkable
class Sounding(Protocol):
    """A model that sounds alarms (station, corridor)."""

    def connect_sound(self, announcer: Announcer) -> None:
        """Sound and speak through `announcer` from now on."""


@runtime_checkable
class Speaking(Protocol):
    """A model that speaks (the bedside)."""

    def set_speaker(self, speaker: Announcer) -> None:
        """Speak through `speaker` from now on."""


@runtime_checkable
class Places(Protocol):
    """A model at which screens are placed (the station)."""

    def connect_placing(self, asker: PlacingClient) -> None:
        """Ask the hub through this."""


class Live:
    """Runs beside the window until it is closed."""

    inputs_file: Path | None = None
    """What names this screen's readers and buttons."""
    seed_file: Path | None = None
    """What it began with."""
    serial = ""
    """The number on its box, as whoever started it says."""

    def __init__(
        self,
        *,
        kept: Kept,
        hub: Hub,
        model: ScreenModel,
        window: ScreenWindow,
        replica: Replica,
        link: LinkState,
        clock: Clock,
        screen_tasks: Tasks,
    ) -> None:
        """`screen_tasks`: what the screen itself runs, told as faults together with ours."""
        self._screen_tasks = screen_tasks
        self.screen_faults: Callable[[], frozenset[str]] = frozenset
        """What else is wrong with the screen itself, as text keys."""
        self._kept = kept
        self._model = model
        self._window = window
        self._link = link
        self._clock = clock
        # Its own, so that the clock of the screen runs on while this part is replaced or fails.
        self.tasks = Tasks(lambda *_: self.judge_faults(), lambda _: self.judge_faults())
        self.mirror = MirrorQueue(kept.cache, clock)
        self.refusals = Refusals(model, self._forget_proof)
        self.feed = Feed(
            replica=replica,
            link=link,
            mirror=self.mirror,
            outbox=kept.outbox,
            clock=clock,
            credential=credential_mark(kept.token),
            meta=kept.meta,
            machine=kept.machine,
        )
        limits = (model.settings.his_late_s, model.settings.identity_max_age_s)
        self.feed.census_old = timedelta(seconds=min(limits) / 2)
        self.hub_link = HubLink(
            hub=hub,
            feed=self.feed,
            outbox=kept.outbox,
            link=link,
            clock=clock,
            stale_s=model.settings.link_stale_s,
            tell=self.refusals.tell,
            noise=Random(),
        )
        self.proofs = OfflineProofs(
            kept.folder / PROOFS,
            credential_mark(kept.token),
            badge_key(kept.token),
            model.settings.staff_tries,
            model.settings.staff_lock_s,
            model.settings.staff_offline_h,
        )
        model.prover = IdentityClient(
            post=self.hub_link.ask,
            proofs=self.proofs,
            replica=replica,
            link=link,
            clock=clock,
            tasks=self.tasks,
        )
        if isinstance(model, Places):
            model.connect_placing(PlacingClient(self.hub_link.ask, self.tasks, clock))
        self.reports = Reports(self.hub_link.post, clock, lambda: self.feed.device_id)
        self.readers = 0
        """How many badge readers this screen shall have."""
        touches = TouchWatch(window.window, clock)
        self.health = HealthReports(
            self.hub_link.ask,
            Parts(
                live=lambda: link.live,
                sound=self._sound_part,
                reader=self._reader_part,
                cache_age_s=self._cache_age_s,
                outbox=lambda: kept.outbox.waiting,
            ),
            kept.folder,
            clock,
            touches,
        )
        self.updating = updating(
            kept=kept, hub_link=self.hub_link, model=model, link=link, touches=touches
        )
        self.peer = PeerNet(
            folder=kept.folder,
            outbox=kept.outbox,
            replica=replica,
            link=link,
            clock=clock,
            direct=model.services.direct,
            hub=ToHub(
                url=lambda: hub.url,
                post=self.hub_link.post,
                epoch=lambda: self.feed.epoch,
            ),
        )
        self.peer.faults_changed = self.judge_faults
        self.orders = Orders(model, self.hub_link.ask, clock, self.tasks)
        self.orders.bundle = self._bundle
        running = Running(
            role=model.services.role,
            folder=kept.folder,
            hub=lambda: self.hub_link.first_here(hub),
            clock=clock,
            lights=model.settings.backlight,
            inputs=lambda: self.inputs_file,
            serial=lambda: self.serial or written_serial(self.seed_file),
            sound_faults=lambda: None if self.announcer is None else self.announcer.faults,
            touched_at=lambda: touches.at,
            ask_touch=self.orders.ask_touch,
        )
        self.orders.check = running.check
        self.feed.ordered = self.orders.take
        self.plugs = PlugWatch(clock, kept.folder)
        self.plugs.faults_changed = self.judge_faults
        self.logged = LogServerWatch(clock)
        self.logged.faults_changed = self.judge_faults
        self.last_lines = LastLines()
        self.announcer: Announcer | None = None
        self._was_live = self._looks = False
        self.mirror.disk_turned = kept.outbox.disk_turned = self.judge_faults
        kept.outbox.moved = model.touches_moved
        link.listeners.append(self._link_changed)
        replica.subscribe(lambda _: self._renew_shown())
        window.on_frame.append(self._framed)

    def start(self) -> None:
        """Begin; what fails is tried again and told, nothing is raised."""
        self.last_lines.begin()
        self.tasks.keep(self.mirror.run, "screen mirror", self._clock)
        self.tasks.keep(self._kept.outbox.run, "screen outbox", self._clock)
        self.hub_link.start(self.tasks)
        self.peer.start(self.tasks)
        for action in self._kept.outbox.take_lost():
            lost = Answer(id=action.id, outcome="refused", key=_LOST)
            self.refusals.tell(action, lost)
        self._model.services.soon = lambda work: QTimer.singleShot(SEND_FIRST_MS, work)
        self.tasks.keep(self.reports.run, "screen reports", self._clock)
        self.tasks.keep(self.health.run, "screen health", self._clock)
        self.tasks.keep(self.plugs.run, "what is plugged in", self._clock)
        self.tasks.keep(self.logged.run, "whether the log is sent", self._clock)
        self.tasks.keep(self.updating.run, "updates", self._clock)
        if self._model.services.role is ScreenRole.BEDSIDE:
            DrillAnswer(self._model).start()
        self.judge_faults()

    def look(self) -> None:
        """For a picture: hear what the hub says, tell it nothing, write nothing, make no sound.
        What is drawn so is not before anybody's eyes: no call counts as shown by it."""
        self._looks = self._kept.outbox.only_read = True
        self.hub_link.look(self.tasks)
        self.judge_faults()

    def start_sound(self) -> None:
        """Sound for the roles that have any."""
        if self._model.services.role not in WITH_SOUND:
            return
        services = self._model.services
        voice = Voice.reading(self._clock, services.settings.voice_dir)
        announcer = self.announcer = Announcer(services.role, self._clock, self.tasks, voice)
        announcer.on_faults = self.judge_faults
        announcer.set_night(self._model.ward_night)
        self._model.appearanceChanged.connect(lambda: announcer.set_night(self._model.ward_night))
        announcer.start()
        if isinstance(self._model, Sounding):
            self._model.connect_sound(announcer)
        if isinstance(self._model, Speaking):
            self._model.set_speaker(announcer)
        self.judge_faults()

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong with this screen now."""
        found = set(self.screen_faults()) | self.peer.faults | self.plugs.faults
        found |= self.logged.faults
        found |= set() if self.announcer is None else self.announcer.faults
        if self._kept.cache.fault is not None:
            found.add(self._kept.cache.fault.key)
        elif self.mirror.failing or self._kept.outbox.failing:
            found.add("storage.unreadable")
        if self._kept.cache.before:
            found.add(_BEFORE)
        if self._kept.outbox.unreadable:
            found.add("screen.fault.touch")
        if self.tasks.failing or self._screen_tasks.failing:
            found.add(TASK_FAULT)
        return frozenset(found)

    def _sound_part(self) -> Part:
        if self.announcer is None:
            return Part.NONE
        return Part.FAULTY if self.announcer.faults else Part.WELL

    def _reader_part(self) -> Part:
        if READER_LOST in self.screen_faults():
            return Part.FAULTY
        return Part.WELL if self.readers else Part.NONE

    def _cache_age_s(self) -> int | None:
        heard = self._link.last_heard
        return None if heard is None else max(0, int((self._clock.now() - heard).total_seconds()))

    def _bundle(self) -> Callable[[], bytes]:
        """What `smartward fleet log` gets of this screen. Who is known here is asked for in this
        thread: it changes with the feed."""
        services = self._model.services
        replica = services.replica
        who = persons(replica)
        told = {
            "device_id": self._link.device_id,
            "role": services.role.value,
            "place": self._link.place,
            "link": self._link.phase.value,
            "faults": sorted(self.faults),
            "rejected": dict(replica.rejected),
            "task_failures": self.tasks.failures | self._screen_tasks.failures,
        }
        settings = dataclasses.asdict(services.settings)

        def made() -> bytes:
            health = msgspec.to_builtins(self.health.report(figures(self._kept.folder)))
            return bundle({**told, "health": health}, settings, self.last_lines.lines, who)

        return made

    def judge_faults(self) -> None:
        """Show and report what is wrong."""
        bedside = self._model.services.role is ScreenRole.BEDSIDE
        self._model.set_faults(self.faults - FOR_STAFF_ONLY if bedside else self.faults)
        self.reports.faults(self.faults)

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        return {
            "outbox_waiting": self._kept.outbox.waiting,
            "outbox_stored_at": self._kept.outbox.stored_at,
            "mirror_idle": self.mirror.idle,
            "cursor": self.feed.cursor,
            "direct_port": (self.peer.listens or ("", 0))[1],
            "direct_receivers": self.peer.receivers,
            "direct_calls": sorted(self._model.services.direct.records),
            "task_failures": self.tasks.failures,
        }

    def break_storage(self, on: bool) -> None:
        """For fault tests: the disk takes no touch, as when it is full."""
        self._kept.cache.fault = StorageFault("storage.full", "by test") if on else None
        self.judge_faults()

    def _renew_shown(self) -> None:
        self.reports.still(self._model.shown_call_ids())
        self.reports.still(self._model.shown_test_ids(), ActionKind.DRILL_SHOWN)
        self.reports.still(self._model.calls_beside_drill(), ActionKind.DRILL_CALL)

    def _framed(self) -> None:
        if self._window.awake:
            self.reports.drawn(self._model.shown_call_ids())
            self.peer.drawn(self._model.direct_call_ids())
            self.reports.drawn(self._model.shown_test_ids(), ActionKind.DRILL_SHOWN)
            self.reports.drawn(self._model.calls_beside_drill(), ActionKind.DRILL_CALL)

    def _link_changed(self) -> None:
        if self._link.live and not self._was_live:
            self.reports.connected()
            self.health.connected()
        self.judge_faults()
        self._was_live = self._link.live

    def _forget_proof(self, person: str) -> None:
        self.tasks.spawn(self.proofs.forget(person), "forget a proof")

    async def close(self) -> None:
        """End everything; what is queued for the disk is written."""
        self.last_lines.end()
        await self.tasks.stop()
        if not self._looks:
            await self.mirror.flush()
        await self._kept.outbox.flush()
        await self.hub_link.close()
        await self.peer.close()
        self.proofs.close()
        if self.announcer is not None:
            await self.announcer.close()
