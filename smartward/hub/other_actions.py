"""What the actions on screens themselves do; those on alerts are in `alert_actions`."""

from smartward.clinical.device import ScreenStatus, with_faults
from smartward.hub import alert_actions, entrusting
from smartward.hub.access import Forbidden
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind
from smartward.wire.start import FAULTS


def _faults(request: Request) -> Done:
    """What a screen finds wrong with itself, as comma-joined text keys; none: all is well."""
    tx, ward, device = request.tx, request.ward, request.device
    if request.action.subject != device.id:
        raise Forbidden
    told = request.action.data.get("faults")
    parts = (part.strip() for part in str(told or "").split(","))
    faults = tuple(part for part in parts if part and part not in FAULTS)
    stored = tx.get(ward, "screen", device.id)
    if stored is None:
        status = ScreenStatus(
            device_id=device.id,
            role=device.role,
            place=device.place,
            label=device.label,
            online=True,
            since=tx.now,
        )
    else:
        status = decode(stored.body, ScreenStatus)
    # What the hub found wrong with it, the screen neither knows nor mends.
    found = tuple(fault for fault in status.faults if fault in FAULTS)
    tx.put(ward, "screen", device.id, with_faults(status, faults + found, tx.now))
    if entrusting.deaf(faults):
        entrusting.holder_deaf(tx, ward, device.id)
    return Done(seq=None if stored is None else stored.seq)


RULES: dict[str, Rule] = {
    **alert_actions.RULES,
    ActionKind.SCREEN_FAULTS: Rule(_faults, staff=False),
}
