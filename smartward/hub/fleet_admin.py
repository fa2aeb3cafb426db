"""What is told of the ward's devices over the admin socket.

Commands: `fleet` (every device, and what is wrong in as few lines as it has causes), `fleet_show`
(one of them), `device_night` (for which screens other hours are night).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from smartward.clinical.bed import Bed
from smartward.clinical.device import ScreenRole
from smartward.clinical.fleet_faults import FaultGroup, Looked, groups
from smartward.clinical.night_hours import NightHours, hours_text
from smartward.clinical.screen_health import HUNG, ScreenHealth
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import night_hours
from smartward.hub.admin import Admin
from smartward.hub.admin_socket import Command
from smartward.hub.fleet import Entry, Fleet
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.wiped import Wiped, still_to_forget
from smartward.wire.start import UNCONFIRMED

Answer = dict[str, Any]


def register(
    admin: Admin,
    store: Store,
    fleet: Fleet,
    settings: Settings,
    clock: Clock,
    standby: Callable[[], str] = lambda: "",
) -> None:
    """Have the admin socket take these commands. `standby`: what a standby hub is about, empty for
    any other."""

    async def beds() -> list[Bed]:
        found = await store.read(lambda reader: reader.all(settings.ward, "bed"))
        return [decode(one.body, Bed) for one in found]

    async def every(request: Answer) -> Answer:
        entries, there = await fleet.entries(), await beds()
        found = groups([looked(one, there) for one in entries])
        return {
            "devices": [row(one, there) for one in entries],
            "faults": [_fault(one) for one in found],
            "wiped": [_wiped(one, there) for one in await store.read(still_to_forget_now)],
            "night": await store.read(nights),
            "standby": standby(),
        }

    def nights(reader: Reader) -> Answer:
        ward = night_hours.ward_of(reader, settings)
        return night_hours.plain(night_hours.of_store(reader, settings.ward), ward)

    async def night(request: Answer) -> Answer:
        await store.write(lambda tx: night_hours.set_hours(tx, settings, request))
        return {"night": await store.read(nights)}

    def still_to_forget_now(reader: Reader) -> list[Wiped]:
        return still_to_forget(reader, clock.now())

    async def show(request: Answer) -> Answer:
        wanted, there = str(request.get("device_id") or ""), await beds()
        found = [one for one in await fleet.entries() if one.device.id.startswith(wanted)]
        if not wanted or len(found) != 1:
            key = "fleet.ambiguous" if found and wanted else "fleet.unknown"
            raise Misconfigured(key, wanted, device=wanted)
        return {"device": row(found[0], there), "standby": standby()}

    admin.handle("fleet", every)
    admin.handle("fleet_show", show)
    admin.handle("device_night", night, night_hours.TOLD)


def nothing_known(settings: Settings, standby: str) -> Answer:
    """What `fleet` tells where nothing of the ward was ever heard. `standby`: as above."""
    return {
        "devices": [],
        "faults": [],
        "wiped": [],
        "night": night_hours.plain(NightHours(), settings.ward_so_far()),
        "standby": standby,
    }


def reloading(rules: Command, fleet: Fleet) -> Command:
    """What has patients and screens judged by the rules' settings as they are now; `rules` does so
    for patients."""

    async def reload(request: Answer) -> Answer:
        answer = await rules(request)
        fleet.reload_limits()
        return answer

    return reload


def looked(entry: Entry, beds: list[Bed]) -> Looked:
    """The device as its faults are grouped. One that never came is silent since it was enrolled."""
    status, health, device = entry.status, entry.health, entry.device
    since = device.enrolled_at if status is None else status.since
    assert since is not None
    return Looked(
        id=device.id,
        # One that hangs is no part of a network that is lost: its line stands.
        # One that was moved is shown nothing until it is confirmed there, so it is never online: it
        # may well be running, and what is to be done is another thing than where one is silent.
        online=entry.moved or (status is not None and (status.online or status.hung)),
        since=since,
        faults=(UNCONFIRMED,) if entry.moved else faults_of(entry),
        faults_since=faults_since(entry),
        room=room_of(device.role, device.place, beds),
        network="" if health is None else health.network,
        alone=device.role is ScreenRole.GATEWAY,
        awaited=entry.awaited and not entry.moved,
    )


def faults_of(entry: Entry) -> tuple[str, ...]:
    """Text keys of what is wrong with it. What one that hangs told before is not known to hold."""
    if entry.state == "hung":
        return (HUNG,)
    told = () if entry.status is None else entry.status.faults
    found = () if entry.health is None else entry.health.troubles
    back = "" if entry.update is None else entry.update.fault
    return (*told, *found, *filter(None, (back,)))


def faults_since(entry: Entry) -> dict[str, datetime]:
    """Since when it has each of these faults, as far as that is known."""
    status, health, update = entry.status, entry.health, entry.update
    told = {} if status is None else status.faults_since
    found = {} if health is None else health.troubles_since
    back = {} if update is None else {update.fault: update.since}
    hung = {} if status is None or not status.hung else {HUNG: status.since}
    known = {**told, **found, **back, **hung}
    return {key: known[key] for key in faults_of(entry) if key in known}


def room_of(role: ScreenRole, place: str | None, beds: list[Bed]) -> str:
    """The name of the room a device is in; empty where that is not known."""
    if role is ScreenRole.DOOR:
        return next((bed.room for bed in beds if bed.room_id == place), "")
    return next((bed.room for bed in beds if bed.id == place), "")


def place_of(entry: Entry, beds: list[Bed]) -> str:
    """How the ward calls its place: a bed's number, a room's name; else the id."""
    return _place(entry.device.role, entry.device.place, beds)


def _place(role: str, place: str | None, beds: list[Bed]) -> str:
    if role == ScreenRole.DOOR:
        return next((bed.room for bed in beds if bed.room_id == place), place or "")
    return next((bed.number for bed in beds if bed.id == place), place or "")


def row(entry: Entry, beds: list[Bed]) -> Answer:
    """A device as JSON says it."""
    device, status = entry.device, entry.status
    return {
        "device_id": device.id,
        "role": str(device.role),
        "place": place_of(entry, beds),
        "label": device.label,
        "state": entry.state,
        "since": None if status is None else status.since.isoformat(),
        "last_seen": _iso(entry.last_seen),
        "faults": list(faults_of(entry)),
        "faults_since": {key: at.isoformat() for key, at in faults_since(entry).items()},
        "night": _night(entry),
        "health": None if entry.health is None else _health(entry.health),
    }


def _night(entry: Entry) -> Answer | None:
    """None: it shows no pages. No hours: it has no night."""
    if entry.device.role not in night_hours.SCREENS:
        return None
    hours, by = entry.night
    return {"hours": hours_text(hours), "by": str(by)}


def _health(health: ScreenHealth) -> Answer:
    return {
        "heard_at": _iso(health.heard_at),
        "version": health.version,
        "slot": health.slot,
        "boot": health.boot,
        "started_at": _iso(health.started_at),
        "network": health.network,
        "skew_s": health.skew_s,
        "disk_free_percent": health.disk_free,
        "memory_free_percent": health.memory_free,
        "touch_devices": health.touch_devices,
        "last_touch_at": _iso(health.last_touch_at),
        "sound": str(health.sound),
        "reader": str(health.reader),
        "cache_age_s": health.cache_age_s,
        "outbox": health.outbox,
        "keys": str(health.keys),
    }


def _wiped(wiped: Wiped, beds: list[Bed]) -> Answer:
    return {
        "device_id": wiped.device_id,
        "role": wiped.role,
        "place": _place(wiped.role, wiped.place, beds),
        "label": wiped.label,
        "at": wiped.at.isoformat(),
        "asked_at": _iso(wiped.asked_at),
    }


def _fault(group: FaultGroup) -> Answer:
    return {
        "extent": str(group.extent),
        "name": group.name,
        "fault": group.fault,
        "devices": list(group.ids),
        "since": _iso(group.since),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
