"""One alert for a gateway that is away, instead of a call for each of its points."""

from datetime import timedelta

from uuid6 import uuid7

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertState, Finding, Subject, SubjectKind
from smartward.clinical.device import ScreenStatus
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from smartward.hub.store.model import Stored, decode, instant
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

RULE = "gateway_lost"
_VERSION = "1"


def find(reader: Reader, ward: str, device_id: str) -> Stored | None:
    """The open alert of a gateway."""
    for stored in reader.all(ward, "alert"):
        alert = decode(stored.body, Alert)
        mine = alert.rule == RULE and alert.subject.id == device_id
        if mine and alert.state is not AlertState.OFF:
            return stored
    return None


def open_one(tx: Tx, ward: str, device_id: str, silent_s: float, points: int) -> bool:
    """Tell that a gateway with so many call points has been silent for `silent_s` seconds. What
    was told before stays as it is, which gives False. Priority medium (IEC 60601-1-8): prompt, but
    no patient is known to be in need."""
    if find(tx, ward, device_id) is not None:
        return False
    stored = tx.get(ward, "screen", device_id)
    label = "" if stored is None else decode(stored.body, ScreenStatus).label
    since = instant(tx.now - timedelta(seconds=silent_s))
    finding = Finding(
        subject=Subject(kind=SubjectKind.DEVICE, id=device_id),
        rule=RULE,
        version=_VERSION,
        priority=Priority.MEDIUM,
        title=Wording(key="call_points.gateway.title", values={"label": label or device_id}),
        why=Wording(key="call_points.gateway.why", values={"since": since, "n": points}),
        todo=Wording(key="call_points.gateway.todo"),
        icon="lan-disconnect",
    )
    alert = lifecycle.open_alert(finding, str(uuid7()), tx.now)
    return tx.put(ward, "alert", alert.id, alert)


def silent_since(reader: Reader, ward: str, device_id: str) -> str | None:
    """Since when a gateway of which the ward was told has been silent; None: it was not told."""
    stored = find(reader, ward, device_id)
    return None if stored is None else str(decode(stored.body, Alert).why.values["since"])


def clear(tx: Tx, ward: str, device_id: str) -> bool:
    """The gateway is heard again; gives whether it was away. The alert's last state goes into the
    history before it goes."""
    stored = find(tx, ward, device_id)
    if stored is None:
        return False
    over = lifecycle.clear(decode(stored.body, Alert), tx.now)
    tx.put(ward, "alert", stored.id, over)
    tx.delete(ward, "alert", stored.id)
    return True
