"""What a person says of screens that wait to be paired, over the admin socket.

Commands: `waiting` (who asks, and which numbers have still to be typed), `approve` (CODE is the
screen of this role at this place), `refuse`, `wipe` (a screen is none of ours any more, and
forgets all it has when it asks again), `write_off` (nobody waits for a wiped screen any more).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from uuid6 import uuid7

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, certificates, expected_screens
from smartward.hub.access import HOUSE, meant, new_token
from smartward.hub.admin import Admin, Enrolled, find_place
from smartward.hub.administrator import Told
from smartward.hub.expected_screens import NO_PAGES, Expected, expected_of
from smartward.hub.pairing_requests import KIND, Request, id_of, of_store, to_type, waiting
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.wiped import WIPED, Wiped, still_to_forget
from smartward.wire.pairing import typed_code
from smartward.wire.placing import ToType, Waiting, WipedScreen

APPROVE = Told("device.approve", "pairing", "code")
_WIPE = Told("device.wipe", "device", "device_id")
WRITE_OFF = Told("device.write_off", "device", "device_id")
REFUSE = Told("device.refuse", "pairing", "code")

_DEVICES = UUID("6e6cf1a2-0c1b-4a57-9d5c-5c3bd2a7f4e1")
"""Namespace (RFC 9562) of device ids that follow from a device's key; never another one."""

Answer = dict[str, Any]


def register(admin: Admin, store: Store, settings: Settings, clock: Clock) -> None:
    """Have the admin socket take these commands."""

    async def who_waits(request: Answer) -> Answer:
        def read(reader: Reader) -> Answer:
            ward, now = settings.ward, clock.now()
            found = waiting(of_store(reader, ward))
            return {
                "waiting": [_plain(one, expected_of(reader, ward, one.serial)) for one in found],
                "numbers": [_number(*one, now) for one in to_type(reader, ward, now)],
            }

        return await store.read(read)

    async def approve(request: Answer) -> Answer:
        done, asked = await store.write(lambda tx: approved(admin, tx, settings, request))
        await admin.reload(done.device.id, *done.replaced)
        answer = done.answer() | {"code": asked.code, "role": str(done.device.role)}
        return answer | (_number(asked, done.device, clock.now()) if asked.compares else {})

    async def wipe(request: Answer) -> Answer:
        device_id = str(request["device_id"])
        lost, forgets = await store.write(lambda tx: _wiped(admin, tx, device_id, request))
        await admin.reload(device_id)
        return {"device_id": device_id, "lost_points": lost, "forgets": forgets}

    async def write_off(request: Answer) -> Answer:
        return {"device_id": await store.write(lambda tx: written_off(tx, settings, request))}

    async def refuse(request: Answer) -> Answer:
        found = await store.write(lambda tx: refused(tx, settings.ward, request))
        return {"code": found.code}

    admin.handle("waiting", who_waits)
    admin.handle("approve", approve, APPROVE)
    admin.handle("refuse", refuse, REFUSE)
    admin.handle("wipe", wipe, _WIPE)
    admin.handle("write_off", write_off, WRITE_OFF)


def named(reader: Reader, ward: str, said: str) -> Request:
    """The waiting screen with this code, typed or read from its QR code. Raises Misconfigured."""
    code = typed_code(said)
    found = [one for one in waiting(of_store(reader, ward)) if one.code == code]
    if not found:
        raise Misconfigured("enrol.no_such_code", code, code=code or said)
    return found[0]


def approved(admin: Admin, tx: Tx, settings: Settings, request: Answer) -> tuple[Enrolled, Request]:
    """Make the waiting screen one of ours; it fetches what it needs itself. What was not said about
    a screen that was one of ours before stays as it was. Raises Misconfigured."""
    found = named(tx, settings.ward, str(request.get("code") or ""))
    was = _device(tx, found.was)
    wanted = dict(request)
    expected = None if wanted.get("role") else expected_of(tx, settings.ward, found.serial)
    if expected is not None:
        wanted |= {"role": str(expected.role), "place": expected.place}
        wanted["label"] = wanted.get("label") or expected.label
    if not wanted.get("role"):
        wanted["role"] = str(ScreenRole.BEDSIDE if was is None else was.role)
    if wanted["role"] in NO_PAGES:
        raise Misconfigured("enrol.no_screen", wanted["role"], role=str(wanted["role"]))
    if was is not None and not wanted.get("place") and wanted["role"] == was.role:
        wanted |= {"place": was.place, "second": was.second}
        wanted["label"] = wanted.get("label") or was.label
    device_id = _id_for(tx, found.public_key) if was is None else was.id
    # A token that nobody has: the screen's own is made when it comes for it.
    done = admin.enrol_in(tx, wanted, device_id, new_token(device_id))
    # While somebody types the number there it does not ask: it is heard of for so long.
    found = replace(found, approved_as=device_id, approved_at=tx.now, heard_at=tx.now)
    tx.put(settings.ward, KIND, found.id, found)
    swapped = bool(done.replaced)
    expected_screens.placed(tx, settings, wanted, done.device, found.serial, swapped=swapped)
    place = done.device.place or done.device.ward
    # Of the waiting one the screen is another id than from now on: the lines of one approval name
    # the device.
    detail = {"code": found.code, "role": str(done.device.role), "place": place}
    detail["device"] = device_id
    administrator.record(tx, settings.ward, request, APPROVE, id=found.id, **detail)
    return done, found


def refused(tx: Tx, ward: str, request: Answer) -> Request:
    """The waiting screen is none of ours. Raises Misconfigured where none has that code."""
    found = named(tx, ward, str(request.get("code") or ""))
    tx.origin("admin", None, None)
    tx.put(ward, KIND, found.id, replace(found, refused=True))
    administrator.record(tx, ward, request, REFUSE, id=found.id, code=found.code)
    return found


def at_stations(reader: Reader, settings: Settings) -> Iterator[Waiting]:
    """What a station is told of those that wait, the first first."""
    for one in waiting(of_store(reader, settings.ward)):
        role, place = _proposed(reader, settings, one)
        yield Waiting(
            code=one.code,
            serial=_shown(one.serial),
            since=one.asked_at,
            role=role,
            place=place,
            compares=one.compares,
            denied=one.denied,
        )


def numbers_at_stations(reader: Reader, settings: Settings, now: datetime) -> Iterator[ToType]:
    """What a station is told of those that were placed lately and want a number typed."""
    for one, device in to_type(reader, settings.ward, now):
        yield ToType(
            code=one.code,
            number=one.number,
            role=ScreenRole(device.role),
            place=device.place,
            device_id=device.id,
            placed_at=one.approved_at,
        )


def wiped_at_stations(reader: Reader, now: datetime) -> Iterator[WipedScreen]:
    """What a station is told of those that have not forgotten all yet, the first first."""
    for one in sorted(still_to_forget(reader, now), key=lambda one: one.at):
        yield WipedScreen(
            device_id=one.device_id,
            role=ScreenRole(one.role) if one.role else None,
            place=one.place,
            label=one.label,
            at=one.at,
            forgetting=one.asked_at is not None,
        )


def _proposed(
    reader: Reader, settings: Settings, one: Request
) -> tuple[ScreenRole | None, str | None]:
    """Where it shall stand by the list of deliveries, else where it stood; nothing where nobody
    said, or the ward has no such place any more."""
    known = expected_of(reader, settings.ward, one.serial) or _device(reader, one.was)
    if known is None:
        return None, None
    try:
        return known.role, find_place(reader, settings, known.role, known.place)
    except Misconfigured:
        return None, None


def _id_for(reader: Reader, public_key: str) -> str:
    """The id of a device that is paired without being one of ours. It follows from the device's own
    key: a hub that came back from an older backup gives it the id that it had, and what is known of
    it stays one history. Whoever has that id with another key by now keeps it."""
    id = str(uuid5(_DEVICES, public_key))
    return id if _device(reader, id) is None else str(uuid7())


def _wiped(admin: Admin, tx: Tx, device_id: str, request: Answer) -> tuple[list[str], bool]:
    """Revoke it, and have it forget all. Gives the ids of the call points with which nobody can
    call now, and whether it will forget: a screen that was never paired never asks. Raises
    Misconfigured for a device that is none of ours."""
    device = _device(tx, device_id)
    if device is None:
        raise Misconfigured("enrol.unknown_device", device_id, device=device_id)
    paired = tx.get(HOUSE, certificates.KIND, device_id) is not None
    lost = admin.take_away(tx, device_id, request)
    if device.public_key:
        id = id_of(device.public_key)
        wiped = Wiped(
            device_id=device_id,
            at=tx.now,
            forgets=paired,
            role=str(device.role),
            place=device.place or "",
            label=device.label,
        )
        tx.put(HOUSE, WIPED, id, wiped)
    administrator.record(tx, device.ward, request, _WIPE, id=device_id)
    return lost, paired and bool(device.public_key)


def written_off(tx: Tx, settings: Settings, request: Answer) -> str:
    """Nobody waits for a wiped screen any more. Its key stays worth nothing, and should it ask all
    the same it is told to forget all. The beginning of its id is enough: no list of devices has it
    any more. Raises Misconfigured for one that nobody waits for."""
    waited = [one for one in still_to_forget(tx, tx.now) if one.asked_at is None]
    given = meant(str(request.get("device_id") or ""), [one.device_id for one in waited])
    for stored in tx.all(HOUSE, WIPED):
        wiped = decode(stored.body, Wiped)
        if wiped.device_id == given and wiped in waited:
            tx.origin("admin", None, None)
            tx.put(HOUSE, WIPED, stored.id, replace(wiped, written_off=True))
            detail = {"role": wiped.role, "place": wiped.place}
            administrator.record(tx, settings.ward, request, WRITE_OFF, id=given, **detail)
            return given
    key = "enrol.not_wiped" if _device(tx, given) is None else "enrol.wipe_first"
    raise Misconfigured(key, given, device=given)


def _device(reader: Reader, id: str | None) -> Device | None:
    stored = None if id is None else reader.get(HOUSE, "device", id)
    return None if stored is None else decode(stored.body, Device)


def _plain(one: Request, expected: Expected | None) -> dict[str, Any]:
    shall = {} if expected is None else {"role": str(expected.role), "place": expected.place}
    return {
        **shall,
        "code": one.code,
        "serial": _shown(one.serial),
        "version": _shown(one.version),
        "address": one.address,
        "since": one.asked_at.isoformat(),
        "was": one.was,
        "compares": one.compares,
        "denied": one.denied,
    }


def _number(one: Request, device: Device, now: datetime) -> Answer:
    """What is to be typed at a screen that was approved, and for how many seconds it asks."""
    until = one.number_until or now
    return {
        "number": one.number,
        "left_s": round((until - now).total_seconds()),
        "code": one.code,
        "device_id": device.id,
        "role": str(device.role),
        "place": device.place,
    }


def _shown(text: str) -> str:
    """What anybody on the network may have written, without what could move or turn the code
    beside it on a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
