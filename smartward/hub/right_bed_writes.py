"""What the store keeps of who is who: written together with what people are told of it."""

from dataclasses import replace
from datetime import datetime

from smartward.clinical.audit import About
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device, ScreenRole, ScreenStatus, with_faults
from smartward.clinical.nurse_call import NurseCall
from smartward.hub import audit
from smartward.hub.access import HOUSE, Access, Forbidden, duplicates
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.binding import KIND, Binding, Stranger, Verdict, bound, refused, twin
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.machine import same_machine
from smartward.wire.envelope import ActionKind
from smartward.wire.start import DUPLICATE, ELSEWHERE, SECOND, UNCONFIRMED, Start

_SETTLED = "right_bed"
"""Name under which the store says that what stood twice at a place was meant so."""

AT_A_BED = (ScreenRole.BEDHEAD, ScreenRole.BEDSIDE)

_SHORT = 16
"""Characters of a mark or a key that the audit tells."""


def settle(tx: Tx) -> None:
    """Once, where a store is older than this: what stands twice at a place stood there before. Then
    have every screen tell what the hub finds wrong with it."""
    devices = _devices(tx)
    if tx.meta_get(_SETTLED) is None:
        tx.meta_set(_SETTLED, "1")
        for device in [one for one in devices if one.id in duplicates(devices)]:
            tx.put(HOUSE, "device", device.id, replace(device, second=True))
        devices = _devices(tx)
    twice = duplicates(devices)
    for device in devices:
        tell(tx, device, DUPLICATE, wrong=device.id in twice)


def _devices(reader: Reader) -> list[Device]:
    return [decode(stored.body, Device) for stored in reader.all(HOUSE, "device")]


def tell(tx: Tx, device: Device, key: str, *, wrong: bool) -> None:
    """Have the stations know, or no longer, that the hub finds `key` wrong with a screen."""
    stored = tx.get(device.ward, "screen", device.id)
    if stored is None:
        return
    status = decode(stored.body, ScreenStatus)
    faults = [one for one in status.faults if one != key]
    faults += [key] if wrong else []
    if tuple(faults) != status.faults:
        tx.put(device.ward, "screen", device.id, with_faults(status, tuple(faults), tx.now))


def take_over(tx: Tx, device: Device, told: Start, verdict: Verdict) -> Binding:
    """`told` is the device from now on: gives what is kept of it. That a device has another machine
    or key than before is told in the audit."""
    binding = _binding(tx, device.id)
    if verdict is Verdict.TWIN and binding is not None:
        now = twin(binding, told, tx.now)
        _record(tx, device, "device.second", start=binding.start)
        tell(tx, device, SECOND, wrong=True)
    else:
        now = bound(binding, told, device.id, tx.now)
    _put(tx, device, now)
    if binding is None or not _alike(binding, told):
        _record(
            tx,
            device,
            "device.bound",
            machine=told.machine[-_SHORT:],
            key=told.public_key[:_SHORT],
        )
    stored = tx.get(HOUSE, "device", device.id)
    if stored is not None:
        known = decode(stored.body, Device)
        tx.put(HOUSE, "device", device.id, replace(known, public_key=told.public_key))
    return now


def _alike(binding: Binding, told: Start) -> bool:
    same = same_machine(binding.machine, told.machine)
    return same is not False and binding.public_key == told.public_key


def heard_second(tx: Tx, device: Device, stranger: Stranger, address: str) -> bool:
    """Another machine speaks as `device`. False where that was known already."""
    binding = _binding(tx, device.id)
    if binding is None:
        return False
    other = _enrolled_as(tx, stranger, device)
    stranger = replace(stranger, device_id=None if other is None else other.id)
    told = Start(id=stranger.start, machine=stranger.machine, public_key=stranger.public_key)
    news = not any(one.is_it(told) and one.here for one in binding.strangers)
    _put(tx, device, refused(binding, stranger))
    tell(tx, device, SECOND, wrong=True)
    if other is not None:
        tell(tx, other, ELSEWHERE, wrong=True)
    if news:
        known = "" if other is None else other.id
        machine = stranger.machine[-_SHORT:]
        _record(tx, device, "device.second", machine=machine, address=address, enrolled_as=known)
    return news


def _enrolled_as(reader: Reader, stranger: Stranger, device: Device) -> Device | None:
    """The device that this machine was before it came with another one's identity."""
    for stored in reader.all(HOUSE, KIND):
        binding = decode(stored.body, Binding)
        ours = binding.device_id != device.id
        if ours and same_machine(binding.machine, stranger.machine):
            found = reader.get(HOUSE, "device", binding.device_id)
            return None if found is None else decode(found.body, Device)
    return None


def second_silent(tx: Tx, device_id: str, before: datetime) -> None:
    """Who was heard last before that counts as away."""
    binding, device = _binding(tx, device_id), _device(tx, device_id)
    if binding is None or device is None:
        return
    strangers = tuple(
        replace(one, here=one.here and one.heard_at >= before) for one in binding.strangers
    )
    _put(tx, device, replace(binding, strangers=strangers))
    tell(tx, device, SECOND, wrong=any(one.here for one in strangers))
    for one in strangers:
        other = None if one.device_id is None else _device(tx, one.device_id)
        if other is not None and not one.here:
            tell(tx, other, ELSEWHERE, wrong=False)


def other_beds(reader: Reader, access: Access, device: Device) -> tuple[str, ...]:
    """Beds besides its own where a call of this device may be pressed now, "" for one that nobody
    knows; nothing where there is no doubt."""
    found: dict[str, None] = {}
    binding = _binding(reader, device.id)
    for one in () if binding is None else binding.strangers:
        if one.here:
            found[_bed_of(access, one.device_id, device)] = None
    if not device.confirmed:
        found[device.moved_from or ""] = None
    elif device.id in access.twice:
        found[""] = None
    return tuple(found)


def where_from(request: Request, call: NurseCall) -> NurseCall:
    """The call with each bed where it may have been pressed: there may be somebody at all of them,
    so that none is left out once it was named."""
    found = other_beds(request.tx, request.access, request.device)
    return replace(call, other_beds=tuple(dict.fromkeys((*call.other_beds, *found))))


def _bed_of(access: Access, other_id: str | None, device: Device) -> str:
    other = None if other_id is None else access.device(other_id)
    if other is None or other.role not in AT_A_BED or other.place == device.place:
        return ""
    return other.place or ""


def places(reader: Reader, device: Device) -> dict[str, str]:
    """How the ward calls the device's place, and `was`, the one it was moved from: the number of a
    bed, the name of a room. What the ward does not know is left out."""
    beds = [decode(stored.body, Bed) for stored in reader.all(device.ward, "bed")]
    if device.role is ScreenRole.DOOR:
        names = {bed.room_id: bed.room for bed in beds}
    else:
        names = {bed.id: bed.number for bed in beds}
    told = {"place": device.place, "was": device.moved_from}
    return {name: names[id] for name, id in told.items() if id is not None and id in names}


def forget(tx: Tx, device_id: str) -> None:
    """Whoever comes next with this device's credential is the device."""
    binding, device = _binding(tx, device_id), _device(tx, device_id)
    if binding is not None:
        for one in binding.strangers:
            other = None if one.device_id is None else _device(tx, one.device_id)
            if other is not None:
                tell(tx, other, ELSEWHERE, wrong=False)
        tx.delete(HOUSE, KIND, device_id)
    if device is not None:
        tell(tx, device, SECOND, wrong=False)


def with_move(was: Device | None, device: Device) -> Device:
    """A device whose place changes stands there for certain once somebody says so at that place.
    Put back before anybody did, it stands where it stood."""
    if was is None or device.place is None or was.role is not device.role:
        return device
    before = was.place if was.confirmed else was.moved_from
    if was.place == device.place:
        return replace(device, confirmed=was.confirmed, moved_from=was.moved_from)
    here = was.confirmed is False and device.place == before
    return replace(device, confirmed=here, moved_from=None if here else before)


def moved(tx: Tx, device: Device) -> None:
    """Tell what the place of a device makes of it and of its neighbours, after a change."""
    tell(tx, device, UNCONFIRMED, wrong=not device.confirmed)
    devices = _devices(tx)
    twice = duplicates(devices)
    for one in devices:
        tell(tx, one, DUPLICATE, wrong=one.id in twice)


def confirm(tx: Tx, device_id: str) -> bool:
    """It stands where it is enrolled for. False where that was known."""
    device = _device(tx, device_id)
    if device is None or device.confirmed:
        return False
    device = replace(device, confirmed=True, moved_from=None)
    tx.put(HOUSE, "device", device_id, device)
    moved(tx, device)
    return True


def _confirmed(request: Request) -> Done:
    """Somebody at the screen says that this is the place."""
    device = request.device
    if request.action.subject != device.id:
        raise Forbidden
    if request.text("place") != device.place:
        # It was moved once more since it asked.
        return Done("gone", "right_bed.moved_again")
    confirm(request.tx, device.id)
    return Done()


def _binding(reader: Reader, device_id: str) -> Binding | None:
    stored = reader.get(HOUSE, KIND, device_id)
    return None if stored is None else decode(stored.body, Binding)


def _device(reader: Reader, device_id: str) -> Device | None:
    stored = reader.get(HOUSE, "device", device_id)
    return None if stored is None else decode(stored.body, Device)


def _put(tx: Tx, device: Device, binding: Binding) -> None:
    tx.origin(device.id, None, None)
    tx.put(HOUSE, KIND, device.id, binding)


def _record(tx: Tx, device: Device, kind: str, **detail: str) -> None:
    place = {"role": str(device.role), "place": device.place or device.ward}
    about = About(kind="device", id=device.id, detail={**place, **detail})
    audit.record(tx, device.ward, Actor(device_id="hub"), kind, about)


RULES: dict[str, Rule] = {ActionKind.PLACE_CONFIRM: Rule(_confirmed, staff=False)}
"""What is done about places at the screens themselves."""
