"""What is told and decided of updates over the admin socket.

Commands: `updates` (every update, whom it is for, how far each screen is), `updates_add` (one that
lies in the hub's folder), `updates_plan`, `updates_stop`, `updates_forget`, `updates_retry`. What
they do is told in the audit with who asked.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from smartward.clinical.screen_update import (
    BAD,
    RINGS,
    Member,
    Ring,
    Stage,
    UpdateBundle,
    UpdatePlan,
    gate,
    within,
)
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator
from smartward.hub.access import HOUSE, Access
from smartward.hub.admin import Admin
from smartward.hub.administrator import Told
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.update_files import Manifest, id_of, manifest_of, path_of
from smartward.hub.updates import (
    BUNDLE,
    KIND,
    PLAN,
    Updates,
    bundle_of,
    judge_given_up,
    plan_of,
    update_of,
)

Request = dict[str, Any]
Answer = dict[str, Any]

_SHA256 = re.compile(r"[0-9a-f]{64}")

_ADD = Told("update.add", BUNDLE, "bundle")
_PLAN = Told("update.plan", BUNDLE, "bundle")
_STOP = Told("update.stop", BUNDLE, "bundle")
_FORGET = Told("update.forget", BUNDLE, "bundle")
_RETRY = Told("update.retry", "device", "device_id")


class UpdatesAdmin:
    """Takes these commands."""

    def __init__(self, access: Access, updates: Updates, settings: Settings, folder: Path) -> None:
        """`folder`: of the hub."""
        self._access = access
        self._updates = updates
        self._settings = settings
        self._folder = folder

    def register(self, admin: Admin, store: Store) -> None:
        """Have the admin socket take them."""
        self._store = store
        admin.handle("updates", self._list)
        admin.handle("updates_add", self._add, _ADD)
        for name, do, told in (
            ("updates_plan", self._plan, _PLAN),
            ("updates_stop", self._stop, _STOP),
            ("updates_retry", self._retry, _RETRY),
        ):
            admin.handle(name, self._writing(do), told)
        admin.handle("updates_forget", self._forget, _FORGET)

    def _writing(self, do: Callable[[Tx, Request], Answer]) -> Any:
        async def command(request: Request) -> Answer:
            answer = await self._store.write(lambda tx: do(tx, request))
            self._updates.changed()
            return answer

        return command

    # ------------------------------------------------------------------ updates and plans

    async def _add(self, request: Request) -> Answer:
        """Know the update that was copied into the folder as `sha256`."""
        sha256, size = str(request["sha256"]), int(request["size"])
        id = str(request["bundle"])
        if _SHA256.fullmatch(sha256) is None or id != id_of(sha256):
            raise Misconfigured("updates.unknown", id, bundle=id)
        file = path_of(self._folder, id)
        manifest = await asyncio.to_thread(manifest_of, file)
        return await self._store.write(
            lambda tx: self._put_bundle(tx, request, id, sha256, size, manifest)
        )

    def _put_bundle(
        self, tx: Tx, request: Request, id: str, sha256: str, size: int, manifest: Manifest
    ) -> Answer:
        known = bundle_of(tx, id)
        bundle = known or UpdateBundle(
            id=id,
            sha256=sha256,
            size=size,
            version=manifest.version,
            compatible=manifest.compatible,
            build=manifest.build,
            added_at=tx.now,
        )
        tx.origin("admin", None, None)
        tx.put(HOUSE, BUNDLE, id, bundle)
        self._record(tx, request, _ADD, id, version=bundle.version, compatible=bundle.compatible)
        return {"bundle": _plain(bundle)}

    def _plan(self, tx: Tx, request: Request) -> Answer:
        """Whom an update is for. What is not said stays as it was planned for the same update."""
        bundle = _known(tx, str(request["bundle"]))
        old = plan_of(tx, bundle.compatible)
        same = old if old is not None and old.bundle == bundle.id else None
        ring = _ring(request.get("ring"), same)
        soak = request.get("soak_h")
        if request.get("first"):
            first = self._device(str(request["first"]))
        elif same is not None:
            first = same.first
        else:
            raise Misconfigured("updates.no_first", bundle.id, bundle=bundle.id)
        device = self._access.device(first)
        ward = device.ward if device is not None else self._settings.ward
        plan = UpdatePlan(
            compatible=bundle.compatible,
            bundle=bundle.id,
            ring=ring,
            first=first,
            ward=ward,
            soak_h=_soak(soak, same, self._settings),
            begun_at=tx.now,
        )
        tx.origin("admin", None, None)
        tx.put(HOUSE, PLAN, plan.compatible, plan)
        judge_given_up(tx, plan.compatible, self._wards())
        self._record(tx, request, _PLAN, bundle.id, ring=str(ring), first=first)
        return {"plan": _plain(plan)}

    def _stop(self, tx: Tx, request: Request) -> Answer:
        """Nobody gets it any more; who has it keeps it."""
        bundle = _known(tx, str(request["bundle"]))
        plan = plan_of(tx, bundle.compatible)
        if plan is None or plan.bundle != bundle.id:
            raise Misconfigured("updates.no_plan", bundle.id, bundle=bundle.id)
        tx.origin("admin", None, None)
        tx.put(HOUSE, PLAN, plan.compatible, replace(plan, stopped=True))
        judge_given_up(tx, plan.compatible, self._wards())
        self._record(tx, request, _STOP, bundle.id)
        return {"stopped": bundle.id}

    async def _forget(self, request: Request) -> Answer:
        """Take an update away with its file and its plan."""
        answer = await self._store.write(lambda tx: self._delete(tx, request))
        self._updates.changed()
        file = path_of(self._folder, answer["forgotten"])
        await asyncio.to_thread(file.unlink, missing_ok=True)
        return answer

    def _delete(self, tx: Tx, request: Request) -> Answer:
        bundle = _known(tx, str(request["bundle"]))
        plan = plan_of(tx, bundle.compatible)
        tx.origin("admin", None, None)
        if plan is not None and plan.bundle == bundle.id:
            tx.delete(HOUSE, PLAN, plan.compatible)
            judge_given_up(tx, plan.compatible, self._wards())
        tx.delete(HOUSE, BUNDLE, bundle.id)
        self._record(tx, request, _FORGET, bundle.id, version=bundle.version)
        return {"forgotten": bundle.id}

    def _retry(self, tx: Tx, request: Request) -> Answer:
        """Have a screen that did not bear an update try it once more."""
        id = self._device(str(request["device_id"]))
        device = self._access.device(id)
        update = None if device is None else update_of(tx, device)
        if device is None or update is None or update.stage not in BAD:
            raise Misconfigured("updates.nothing_to_retry", id, device=id)
        tx.origin("admin", None, None)
        again = replace(update, stage=Stage.OFFERED, why="", since=tx.now)
        tx.put(device.ward, KIND, id, again)
        self._record(tx, request, _RETRY, id, bundle=update.bundle)
        return {"device_id": id, "bundle": update.bundle}

    def _record(self, tx: Tx, request: Request, told: Told, id: str, **detail: str) -> None:
        administrator.record(tx, self._settings.ward, request, told, id=id, **detail)

    def _wards(self) -> list[str]:
        """Those that have devices."""
        return sorted({one.ward for one in self._access.devices()})

    def _device(self, given: str) -> str:
        """The id of the screen whose id begins so. Raises Misconfigured."""
        found = [one.id for one in self._access.devices() if one.id.startswith(given)]
        if not given or len(found) != 1:
            key = "fleet.ambiguous" if found and given else "fleet.unknown"
            raise Misconfigured(key, given, device=given)
        return found[0]

    # ------------------------------------------------------------------ telling

    async def _list(self, request: Request) -> Answer:
        return await self._store.read(self._every)

    def _every(self, reader: Reader) -> Answer:
        bundles = [decode(one.body, UpdateBundle) for one in reader.all(HOUSE, BUNDLE)]
        plans = [decode(one.body, UpdatePlan) for one in reader.all(HOUSE, PLAN)]
        members = self._updates.members(reader)
        return {
            "bundles": [self._bundle(one) for one in sorted(bundles, key=lambda b: b.added_at)],
            "plans": [self._planned(reader, one, members) for one in plans],
            "devices": [self._row(one, plans) for one in members],
        }

    def _bundle(self, bundle: UpdateBundle) -> Answer:
        return _plain(bundle) | {"here": path_of(self._folder, bundle.id).is_file()}

    def _planned(self, reader: Reader, plan: UpdatePlan, members: list[Member]) -> Answer:
        bundle = bundle_of(reader, plan.bundle)
        version = "" if bundle is None else bundle.version
        found = gate(plan, version, members, self._updates.now())
        if found.held == "updates.held.nobody" and self._access.device(plan.first) is None:
            found = replace(found, held="updates.held.first_gone", ids=(plan.first,))
        mine = [one for one in members if one.update.compatible == plan.compatible]
        return _plain(plan) | {
            "version": version,
            "open": str(found.ring),
            "held": found.held,
            "because": list(found.ids),
            "rings": {str(ring): sum(within(plan, ring, one) for one in mine) for ring in RINGS},
        }

    def _row(self, member: Member, plans: list[UpdatePlan]) -> Answer:
        device = self._access.device(member.device_id)
        update = member.update
        percent = self._updates.percent.get(member.device_id, 0)
        return {
            "device_id": member.device_id,
            "ward": member.ward,
            "role": "" if device is None else str(device.role),
            "label": "" if device is None else device.label,
            "compatible": update.compatible,
            "version": update.version,
            "bundle": update.bundle,
            "stage": None if update.stage is None else str(update.stage),
            "percent": percent if update.stage is Stage.DOWNLOADING else None,
            "why": update.why,
            "since": update.since.isoformat(),
            "seen": None if member.seen is None else member.seen.isoformat(),
        }


def _known(reader: Reader, given: str) -> UpdateBundle:
    """The update whose id begins so. Raises Misconfigured."""
    stored = [one for one in reader.all(HOUSE, BUNDLE) if one.id.startswith(given)]
    if not given or len(stored) != 1:
        raise Misconfigured("updates.unknown", given, bundle=given)
    return decode(stored[0].body, UpdateBundle)


def _ring(given: Any, same: UpdatePlan | None) -> Ring:
    if given is None:
        return Ring.DEVICE if same is None else same.ring
    try:
        return Ring(given)
    except ValueError as error:
        rings = ", ".join(Ring)
        raise Misconfigured("updates.no_ring", str(given), ring=str(given), rings=rings) from error


def _soak(given: Any, same: UpdatePlan | None, settings: Settings) -> float:
    if given is not None:
        hours = float(given)
        if not 0 <= hours <= 24 * 365:
            raise Misconfigured("updates.no_soak", str(given), hours=str(given))
        return hours
    return settings.update_soak_h if same is None else same.soak_h


def _plain(value: Any) -> Answer:
    found = asdict(value)
    return {
        name: one.isoformat() if hasattr(one, "isoformat") else one for name, one in found.items()
    }
