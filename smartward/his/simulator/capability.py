"""The CapabilityStatement: what this server does, made from what it does."""

from typing import Any

from smartward import __version__
from smartward.his.simulator.search import PARAMETERS

REQUIRED: dict[str, tuple[str, ...]] = {
    "Task": ("status", "intent"),
    "Observation": ("status", "code"),
    "Encounter": ("status", "class"),
    "AuditEvent": ("type", "recorded", "agent", "source"),
}
"""Elements without which a write is refused (422)."""


def statement(base: str, date: str) -> dict[str, Any]:
    """The statement for a server reached at `base`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "SmartWard hospital simulator", "version": __version__},
        "implementation": {"description": "A simulated ward; no real person", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Pages continue behind the last row, never at an offset.",
                "resource": [_resource(kind) for kind in PARAMETERS],
            }
        ],
    }


def _resource(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "interaction": [
            {"code": code} for code in ("read", "search-type", "create", "update", "delete")
        ],
        "versioning": "versioned-update",
        "readHistory": False,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalUpdate": False,
        "searchParam": [
            {"name": name, "type": parameter.type, "documentation": parameter.about}
            for name, parameter in PARAMETERS[kind].items()
        ],
    }
