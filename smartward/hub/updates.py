"""Updates of the screens' images: which screen gets which, when it may start it, how far each is.

A screen asks now and then (`wire/update.py`). It is offered an update where the plan's ring is open
for it, nobody calls at its place, and not too many fetch theirs; it may start what it has installed
within the hours of the settings, beside few others. Both are asked for anew each time.
"""

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import WARD_WIDE_ROLES, Device
from smartward.clinical.screen_update import (
    BAD,
    STARTING,
    Gate,
    Member,
    ScreenUpdate,
    Stage,
    UpdateBundle,
    UpdatePlan,
    gate,
    within,
)
from smartward.clinical.ward import is_within
from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub import audit
from smartward.hub.access import HOUSE, Access
from smartward.hub.fleet import heard_of
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.update_files import path_of
from smartward.hub.ward_calls import calls_at
from smartward.wire.update import BUSY_S, Offer, UpdateAsk, UpdateTold, read

log = logging.getLogger("smartward.updates")

BUNDLE, PLAN, KIND = "update_bundle", "update_plan", "screen_update"

MOST_AT_ONCE = 16
"""Screens that fetch at the same time: the others wait, so that each that has begun gets on."""
_BEGUN_S = 5 * BUSY_S
"""A screen that was silent for longer fetches nothing any more."""
_STARTING = timedelta(minutes=45)
"""Three tries of a start take no longer; then others start, whatever became of it."""
_HELD_UP_S = 6 * 3600.0
"""Within so long a screen holds others up for one `_STARTING` with each update that it was offered,
however often it says that it begins: they start beside it then."""
_BEGINS = timedelta(minutes=3)
"""A screen that was given its turn and still asks for it after so long does not use it: somebody
stands before it, or something waits to be sent. Others have theirs first."""
_OF_A_WARD = 10
"""Of so many screens of a ward one may be starting."""
_GATE_S = 30.0
_SOONEST = timedelta(seconds=20)
_OF_OURS = ("since", "starting_at", "offered", "given_up")
"""What the hub keeps beside what a screen tells."""
_MOST_NEWS, _NEWS_S = 20, 3600.0
"""A course of an update has six stages and takes most of an hour."""
_TOLD = {
    Stage.INSTALLED: "update.installed",
    Stage.GOOD: "update.good",
    Stage.ROLLED_BACK: "update.rolled_back",
    Stage.FAILED: "update.failed",
}
"""What the audit tells of."""


class Updates:
    """Answers `POST /updates/ask` of enrolled screens."""

    def __init__(
        self, store: Store, access: Access, clock: Clock, settings: Settings, folder: Path
    ) -> None:
        """`folder`: of the hub."""
        self._store = store
        self._access = access
        self._clock = clock
        self._settings = settings
        self._folder = folder
        self._fetching: dict[str, float] = {}
        self._asked: dict[str, datetime] = {}
        self.percent: dict[str, int] = {}
        """Of each download, as it was told to this hub last."""
        self._gates: dict[str, tuple[float, UpdatePlan, Gate]] = {}
        self._news: dict[str, deque[float]] = {}
        """By device: when it told the latest news, in monotonic seconds."""
        self._often: set[str] = set()
        self._starts: dict[str, tuple[str, float]] = {}
        """By device: the update that it was offered, and since when, in monotonic seconds, others
        wait for it to start that."""

    def now(self) -> datetime:
        """The hub's clock."""
        return self._clock.now()

    def changed(self) -> None:
        """A plan is another one: judge anew."""
        self._gates.clear()

    async def answer(self, device: Device, body: bytes) -> UpdateTold:
        """What a screen is told. Raises BadData for what no screen of ours sends, StorageFault."""
        asked, now = read(body), self._clock.now()
        self._asked[device.id] = now
        self.percent[device.id] = asked.percent
        known = await self._store.read(lambda reader: update_of(reader, device))
        news = _news(device, asked, known, now)
        if news is not None and not self._too_often(device.id):
            known = await self._store.write(lambda tx: self._write(tx, device, news))
            if news.stage in BAD:
                self.changed()
        told = await self._store.read(lambda reader: self._told(reader, device, asked, known))
        if told.offer is not None and known is not None and known.offered != told.offer.id:
            id = told.offer.id
            await self._store.write(lambda tx: _offered(tx, device, id))
        if told.restart or (known is not None and known.starting_at is not None):
            given = await self._store.write(lambda tx: self._turn(tx, device, told.restart))
            return msgspec.structs.replace(told, restart=given)
        return told

    def _write(self, tx: Tx, device: Device, news: ScreenUpdate) -> ScreenUpdate | None:
        """What is kept; None of a device that was taken away meanwhile."""
        if tx.get(HOUSE, "device", device.id) is None:
            return None
        before = update_of(tx, device)
        if before is not None:
            news = replace(news, offered=before.offered)
        news = replace(news, given_up=not _planned(tx, news))
        if before is not None and before.bundle == news.bundle and news.stage in STARTING:
            news = replace(news, starting_at=before.starting_at)
        tx.origin(device.id, None, None)
        tx.put(device.ward, KIND, device.id, news)
        kind = None if news.stage is None else _TOLD.get(news.stage)
        if kind is not None and (before is None or _course(before) != _course(news)):
            detail = {"version": news.version, "bundle": news.bundle, "why": news.why}
            told = {name: value for name, value in detail.items() if value}
            about = About(kind="device", id=device.id, detail=told)
            audit.record(tx, device.ward, Actor(device_id=device.id), kind, about)
        return news

    def _too_often(self, id: str) -> bool:
        """Whether a screen has told more news within the hour than any update makes. The next ones
        are not written, so that it fills neither the audit nor the disk; it is told anew of them
        with its later questions."""
        now = self._clock.monotonic()
        times = self._news.setdefault(id, deque(maxlen=_MOST_NEWS))
        if len(times) < _MOST_NEWS or now - times[0] >= _NEWS_S:
            times.append(now)
            self._often.discard(id)
            return False
        if id not in self._often:
            self._often.add(id)
            log.warning(
                "screen %s told more than %d stages of updates within an hour: it is not believed"
                " for now; look at the device, or revoke it",
                id,
                _MOST_NEWS,
            )
        return True

    # ------------------------------------------------------------------ judging

    def _told(
        self, reader: Reader, device: Device, asked: UpdateAsk, known: ScreenUpdate | None
    ) -> UpdateTold:
        plan = plan_of(reader, asked.compatible)
        bundle = None if plan is None else bundle_of(reader, plan.bundle)
        if plan is None or bundle is None or known is None or plan.stopped:
            self._fetching.pop(device.id, None)
            return UpdateTold(forget=asked.stage in (Stage.DOWNLOADING, Stage.LOADED))
        found = self._gate(reader, plan, bundle)
        me = Member(device_id=device.id, ward=device.ward, update=known, seen=self._clock.now())
        mine = known.bundle == plan.bundle
        held = found.held == "updates.held.bad" or not within(plan, found.ring, me)
        if held or (mine and known.stage in BAD | {Stage.GOOD}) or bundle.version == asked.version:
            self._fetching.pop(device.id, None)
            return UpdateTold()
        if calls_at(reader, device):
            return UpdateTold(every_s=BUSY_S)
        stage = known.stage if mine else None
        if stage is Stage.INSTALLED:
            self._fetching.pop(device.id, None)
            return UpdateTold(restart=self._may_ask(reader, device, known), every_s=BUSY_S)
        if stage in (Stage.LOADED, Stage.TRYING):
            self._fetching.pop(device.id, None)
            return UpdateTold(offer=_offer(bundle), every_s=BUSY_S)
        if not self._may_fetch(device.id) or not path_of(self._folder, bundle.id).is_file():
            return UpdateTold(every_s=BUSY_S)
        return UpdateTold(offer=_offer(bundle), every_s=BUSY_S)

    def _gate(self, reader: Reader, plan: UpdatePlan, bundle: UpdateBundle) -> Gate:
        """As of up to half a minute ago: a screen that does not bear an update counts at once."""
        kept = self._gates.get(plan.compatible)
        now = self._clock.monotonic()
        if kept is not None and now - kept[0] < _GATE_S and kept[1] == plan:
            return kept[2]
        found = gate(plan, bundle.version, self.members(reader), self._clock.now())
        self._gates[plan.compatible] = (now, plan, found)
        return found

    def members(self, reader: Reader) -> list[Member]:
        """Every screen of the house that has asked for updates."""
        devices = {one.id: one for one in self._access.devices()}
        found = []
        for ward in sorted({one.ward for one in devices.values()}):
            heard = heard_of(reader, ward)
            for stored in reader.all(ward, KIND):
                if stored.id not in devices:
                    continue
                update = decode(stored.body, ScreenUpdate)
                seen = [heard.get(stored.id), self._asked.get(stored.id)]
                last = max((one for one in seen if one is not None), default=None)
                found.append(Member(device_id=stored.id, ward=ward, update=update, seen=last))
        return found

    def _may_fetch(self, id: str) -> bool:
        now = self._clock.monotonic()
        self._fetching = {one: at for one, at in self._fetching.items() if now - at < _BEGUN_S}
        if id not in self._fetching and len(self._fetching) >= MOST_AT_ONCE:
            return False
        self._fetching[id] = now
        return True

    # ------------------------------------------------------------------ turns to start

    def _may_ask(self, reader: Reader, device: Device, known: ScreenUpdate) -> bool:
        """Whether it has its turn, or could have it now."""
        local = self._clock.now().astimezone(self._settings.tz).time()
        if not is_within(local, self._settings.update_start, self._settings.update_end):
            return False
        return known.starting_at is not None or self._free(reader, device)

    def _turn(self, tx: Tx, device: Device, may: bool) -> bool:
        """Give it its turn, where it may have one, or take one away that it does not use. In a
        write, and by the store alone: of all hubs of a house one judges at a time."""
        update, now = update_of(tx, device), self._clock.now()
        if update is None or update.stage is not Stage.INSTALLED:
            return False
        begun = update.starting_at
        if begun is not None and timedelta(0) <= now - begun < _BEGINS:
            return may
        turn = now if may and begun is None and self._free(tx, device) else None
        if turn != begun:
            tx.origin(device.id, None, None)
            tx.put(device.ward, KIND, device.id, replace(update, starting_at=turn))
        return turn is not None

    def _free(self, reader: Reader, device: Device) -> bool:
        """One of ten of its ward at a time; of the screens that all look at, one of each role."""
        now = self._clock.now()
        ward = {one.id: one for one in self._access.devices() if one.ward == device.ward}
        updates = (decode(stored.body, ScreenUpdate) for stored in reader.all(device.ward, KIND))
        starting = [
            ward[one.device_id]
            for one in updates
            if one.device_id in ward
            and one.device_id != device.id
            and _is_starting(one, now)
            and self._is_waited_for(one)
        ]
        wide = device.role in WARD_WIDE_ROLES
        if wide and any(one.role is device.role for one in starting):
            return False
        return len(starting) < max(1, len(ward) // _OF_A_WARD)

    def _is_waited_for(self, update: ScreenUpdate) -> bool:
        now = self._clock.monotonic()
        offered, begun = self._starts.get(update.device_id, ("", -_HELD_UP_S))
        if offered != update.offered or now - begun >= _HELD_UP_S:
            begun = now
            self._starts[update.device_id] = update.offered, begun
        return now - begun < _STARTING.total_seconds()


def _is_starting(update: ScreenUpdate, now: datetime) -> bool:
    """One on trial that nobody gave a turn, as its plug was pulled behind it, is starting too."""
    begun = update.starting_at
    if begun is None and update.stage is Stage.TRYING:
        begun = update.since
    return (
        update.stage in STARTING and begun is not None and timedelta(0) <= now - begun < _STARTING
    )


def _course(update: ScreenUpdate) -> tuple[object, ...]:
    return update.bundle, update.stage, update.why, update.attempt


def _news(
    device: Device, asked: UpdateAsk, known: ScreenUpdate | None, now: datetime
) -> ScreenUpdate | None:
    """How the screen is now; None where that is known. It is told anew with the next question what
    comes too soon after the last."""
    told = ScreenUpdate(
        device_id=device.id,
        compatible=asked.compatible,
        version=asked.version,
        bundle=asked.bundle,
        stage=asked.stage,
        why=asked.why,
        attempt=asked.attempt,
        since=now,
    )
    if known is None:
        return told
    if known.stage is Stage.OFFERED and told.stage in BAD and told.attempt <= known.attempt:
        return None  # somebody wants it tried once more, and the screen has not begun
    of_ours = {name: getattr(known, name) for name in _OF_OURS}
    if replace(told, **of_ours) == known or timedelta(0) <= now - known.since < _SOONEST:
        return None
    return told


def judge_given_up(tx: Tx, compatible: str, wards: Iterable[str]) -> None:
    """A plan is another one: whether what a screen did not bear is still meant for it."""
    for ward in wards:
        for stored in tx.all(ward, KIND):
            update = decode(stored.body, ScreenUpdate)
            given_up = not _planned(tx, update)
            if update.compatible == compatible and update.given_up != given_up:
                tx.put(ward, KIND, stored.id, replace(update, given_up=given_up))


def _planned(reader: Reader, update: ScreenUpdate) -> bool:
    """Whether somebody still wants screens to have what it tells of, or it tells of nothing."""
    if not update.bundle:
        return True
    plan = plan_of(reader, update.compatible)
    return plan is not None and plan.bundle == update.bundle and not plan.stopped


def _offered(tx: Tx, device: Device, id: str) -> None:
    """Keep that it was offered this update: what it says of another one holds nobody up."""
    update = update_of(tx, device)
    if update is not None:
        tx.origin(device.id, None, None)
        tx.put(device.ward, KIND, device.id, replace(update, offered=id))


def _offer(bundle: UpdateBundle) -> Offer:
    return Offer(id=bundle.id, sha256=bundle.sha256, size=bundle.size, version=bundle.version)


def update_of(reader: Reader, device: Device) -> ScreenUpdate | None:
    """How far a screen is; None: it never asked."""
    stored = reader.get(device.ward, KIND, device.id)
    return None if stored is None else decode(stored.body, ScreenUpdate)


def forget(tx: Tx, device: Device) -> None:
    """It is none of ours any more."""
    tx.delete(device.ward, KIND, device.id)


def bundle_of(reader: Reader, id: str) -> UpdateBundle | None:
    """An update that the house knows."""
    stored = reader.get(HOUSE, BUNDLE, id)
    return None if stored is None else decode(stored.body, UpdateBundle)


def plan_of(reader: Reader, compatible: str) -> UpdatePlan | None:
    """Whom the images of this kind are updated for."""
    stored = reader.get(HOUSE, PLAN, compatible)
    return None if stored is None else decode(stored.body, UpdatePlan)
