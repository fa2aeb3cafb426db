"""What the hospital's security people are told: one line of the hub's log for each event that the
audit holds about who is a device of the ward. Its id does not change (`packaging/fleet.md`).

The line names devices, codes and machines, never a person. It is written with the audit's row; of a
row that the disk then refused there is a line all the same, and the disk's fault beside it.
"""

import logging
import re
from dataclasses import dataclass

from smartward.clinical.audit import About

log = logging.getLogger("smartward.security")


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event: its stable id, and how grave it is. The journal knows no level of a line on
    standard error, so that the line says it itself."""

    id: str
    severity: str


DONE = {
    "device.clone": Event("SW-1001", "error"),
    "device.second": Event("SW-1002", "error"),
    "device.between": Event("SW-1004", "error"),
    "device.denied": Event("SW-1005", "error"),
    "device.bound": Event("SW-1003", "warning"),
    "device.enrol": Event("SW-1010", "info"),
    "device.approve": Event("SW-1011", "info"),
    "device.paired": Event("SW-1012", "info"),
    "device.refuse": Event("SW-1013", "warning"),
    "device.revoke": Event("SW-1020", "warning"),
    "device.wipe": Event("SW-1021", "warning"),
    "device.move": Event("SW-1022", "info"),
    "device.forgets": Event("SW-1024", "info"),
    "device.trust": Event("SW-1023", "warning"),
    "device.write_off": Event("SW-1025", "warning"),
    "device.identify": Event("SW-1040", "info"),
    "device.restart": Event("SW-1041", "warning"),
    "device.log": Event("SW-1042", "info"),
    "device.check": Event("SW-1050", "info"),
    "device.ordered": Event("SW-1043", "info"),
    "device.night": Event("SW-1048", "info"),
    "update.add": Event("SW-1060", "info"),
    "update.plan": Event("SW-1061", "info"),
    "update.stop": Event("SW-1062", "warning"),
    "update.forget": Event("SW-1063", "info"),
    "update.retry": Event("SW-1064", "info"),
    "update.installed": Event("SW-1065", "info"),
    "update.good": Event("SW-1066", "info"),
    "update.rolled_back": Event("SW-1067", "error"),
    "update.failed": Event("SW-1068", "error"),
}
"""By the audit's kind, where it was done."""

REFUSED = {
    "device.enrol": Event("SW-1030", "warning"),
    "device.approve": Event("SW-1031", "warning"),
    "device.wipe": Event("SW-1032", "warning"),
    "device.revoke": Event("SW-1033", "warning"),
    "device.write_off": Event("SW-1034", "warning"),
    "device.identify": Event("SW-1044", "warning"),
    "device.restart": Event("SW-1045", "warning"),
    "device.log": Event("SW-1046", "warning"),
    "device.check": Event("SW-1051", "warning"),
    "device.ordered": Event("SW-1047", "warning"),
    "device.night": Event("SW-1049", "warning"),
    "update.add": Event("SW-1070", "warning"),
    "update.plan": Event("SW-1071", "warning"),
    "update.stop": Event("SW-1072", "warning"),
    "update.forget": Event("SW-1073", "warning"),
    "update.retry": Event("SW-1074", "warning"),
}
"""The same, where the hub refused it."""

_ODD = re.compile(r"[^\w.:,@/-]", re.ASCII)
"""What a mark, a code or an address never holds; a stranger may have sent it all the same."""

_DETAIL = (
    *("role", "place", "address", "machine", "code", "enrolled_as", "was"),
    *("version", "bundle", "ring", "first", "why"),
    *("order", "became", "forced", "hours"),
)
"""What of a row's detail goes with the line. What a machine says of itself, its serial number
among it, anybody on the network may have written: it stays in the audit."""


def tell(kind: str, outcome: str, about: About, key: str | None) -> None:
    """Write the line of an audit row, where it is one of these."""
    event = (DONE if outcome == "applied" else REFUSED).get(kind)
    if event is None:
        return
    detail = " ".join(
        f"{name}={_plain(about.detail[name])}" for name in _DETAIL if about.detail.get(name)
    )
    log.info(
        "%s severity=%s event=%s device=%s outcome=%s key=%s %s",
        event.id,
        event.severity,
        kind,
        _plain(about.detail.get("device") or about.id or "-"),
        outcome,
        _plain(key or "-"),
        detail,
    )


def _plain(word: str) -> str:
    """As one word, which ends no line and begins no other field."""
    return _ODD.sub("?", word)
