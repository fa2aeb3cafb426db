"""Which hours are night on which screens, as somebody set them: kept with the ward and sent to its
screens as a document, so that each goes by them while no hub is there."""

from dataclasses import replace
from typing import Any

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.night_hours import NightHours, NightRule, hours_from, hours_text
from smartward.clinical.ward import Ward
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator
from smartward.hub.access import HOUSE
from smartward.hub.administrator import Told
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

KIND = "night_hours"
AS_WARD, NEVER = "ward", "never"
"""Said in the place of hours: those of the ward; no night."""
SCREENS = tuple(one for one in ScreenRole if one not in (ScreenRole.GATEWAY, ScreenRole.STANDBY))
"""What shows pages."""
ALL = "all"
TOLD = Told("device.night", "device", "device_id", frozenset({ALL, *SCREENS}))

Answer = dict[str, Any]


def of_store(reader: Reader, ward: str) -> NightHours:
    """What is said so far."""
    stored = reader.get(ward, KIND, KIND)
    return NightHours() if stored is None else decode(stored.body, NightHours)


def ward_of(reader: Reader, settings: Settings) -> Ward:
    """The ward, or what the settings say of it before it has come."""
    stored = reader.get(settings.ward, "ward", settings.ward)
    return settings.ward_so_far() if stored is None else decode(stored.body, Ward)


def set_hours(tx: Tx, settings: Settings, request: Answer) -> NightHours:
    """`hours` (`21:00-07:00`, `never`, `ward`) for the screen `device_id`, else for the `role`,
    else for all. Raises Misconfigured for hours that are none and for no screen of this ward."""
    given = str(request.get("hours") or "")
    device_id, role = str(request.get("device_id") or ""), request.get("role")
    if device_id:
        stored = tx.get(HOUSE, "device", device_id)
        device = None if stored is None else decode(stored.body, Device)
        if device is None or device.ward != settings.ward or device.role not in SCREENS:
            raise Misconfigured("enrol.unknown_device", device_id, device=device_id)
    of_role = None if device_id or not role else ScreenRole(role)
    before = of_store(tx, settings.ward)
    if given == AS_WARD:
        now = before.without(device_id, of_role)
    else:
        now = before.with_rule(_rule(given, device_id, of_role))
    by = administrator.asking(request)
    tx.origin(by.device_id, by.person_id, None)
    tx.put(settings.ward, KIND, KIND, now)
    id = device_id or of_role or ALL
    administrator.record(tx, settings.ward, request, TOLD, id=id, hours=given)
    return now


def _rule(given: str, device_id: str, role: ScreenRole | None) -> NightRule:
    if given == NEVER:
        given = "0:00-0:00"
    try:
        start, end = hours_from(given)
    except ValueError as error:
        raise Misconfigured("night.hours", given, hours=given) from error
    return NightRule(device_id=device_id, role=role, start=start, end=end)


def plain(nights: NightHours, ward: Ward) -> Answer:
    """All that is said, as JSON says it; no hours: no night."""
    own = NightRule(start=ward.night_start, end=ward.night_end)
    return {
        "ward": hours_text(own),
        "rules": [
            {
                "by": str(one.by),
                "device_id": one.device_id,
                "role": str(one.role or ""),
                "hours": hours_text(one),
            }
            for one in nights.rules
        ],
    }


def hand_over(tx: Tx, old_id: str, new: Device) -> None:
    """The screen that stands in place of another has its hours."""
    nights = of_store(tx, new.ward)
    mine = [one for one in nights.rules if one.device_id == old_id]
    if mine:
        tx.put(new.ward, KIND, KIND, nights.with_rule(replace(mine[0], device_id=new.id)))


def forget(tx: Tx, device: Device) -> None:
    """It is none of ours any more."""
    nights = of_store(tx, device.ward)
    left = nights.without(device.id, None)
    if left != nights:
        tx.put(device.ward, KIND, KIND, left)
