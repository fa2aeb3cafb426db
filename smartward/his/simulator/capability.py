"""The CapabilityStatement: what this server does, made from what it does."""

from typing import Any

from smartward import __version__
from smartward.his.simulator.dialects import PLAIN, Dialect
from smartward.his.simulator.search import PARAMETERS

TOPICS = {
    f"http://hospital.example/SubscriptionTopic/{kind.lower()}": kind
    for kind in ("Encounter", "Observation")
}
"""Topics to subscribe to: each change of a type."""

_TOPIC = (
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
    "capabilitystatement-subscriptiontopic-canonical"
)

REQUIRED: dict[str, tuple[str, ...]] = {
    "Task": ("status", "intent"),
    "Observation": ("status", "code"),
    "Encounter": ("status", "class"),
    "MedicationAdministration": ("status", "subject"),
    "Procedure": ("status", "subject"),
    "QuestionnaireResponse": ("status",),
    "AuditEvent": ("type", "recorded", "agent", "source"),
}
"""Elements without which a write is refused (422)."""


def statement(base: str, date: str, dialect: Dialect = PLAIN) -> dict[str, Any]:
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
                "resource": [
                    _resource(kind, dialect) for kind in PARAMETERS if kind not in dialect.missing
                ],
            }
        ],
    }


def _resource(kind: str, dialect: Dialect) -> dict[str, Any]:
    codes = ["read", "search-type", "create", "update", "delete"]
    if dialect.history:
        codes.append("history-type")
    extension = [{"url": _TOPIC, "valueCanonical": url} for url in TOPICS]
    return {
        **({"extension": extension} if kind == "Subscription" else {}),
        "type": kind,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update",
        "readHistory": False,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalUpdate": False,
        "searchParam": [
            {"name": name, "type": parameter.type, "documentation": parameter.about}
            for name, parameter in PARAMETERS[kind].items()
            if (kind, name) not in dialect.refused
        ],
    }
