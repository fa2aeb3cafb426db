"""Why a resource cannot be used: the reasons, and how the mapping says one.

Keys are texts of the catalogue under `his.rejection`.
"""

from smartward.his.port import Rejection

MALFORMED = "his.rejection.malformed"
"""An element has another JSON type than FHIR says."""
MISSING = "his.rejection.missing"
"""An element the ward cannot do without is not there."""
TIME = "his.rejection.time"
"""A time is none, or not exact enough for what it times."""
UNIT = "his.rejection.unit"
"""A quantity has no unit, or one that is not understood."""
RANGE = "his.rejection.range"
"""A number no living person has."""
CODE = "his.rejection.code"
"""A code nobody explained (`his_mapping.toml`)."""
STATUS = "his.rejection.status"
"""A status FHIR does not know."""
REFERENCE = "his.rejection.reference"
"""It belongs to nobody on this ward, or to nothing at all."""
NO_TIME = "his.rejection.no_time"
"""An order that repeats, but the HIS does not tell at what times."""
BADGE = "his.rejection.badge"
"""A badge's code of two people: it would prove either."""
NOT_USED = "his.rejection.not_used"
"""A kind of information SmartWard does not show. Not a fault: counted by `his check` only."""
TYPE_REFUSED = "his.rejection.type_refused"
"""The server does not let us search this resource type at all."""
TYPE_BROKEN = "his.rejection.type_broken"
"""The server's answers for this resource type cannot be read."""


class Reject(Exception):
    """Raised inside the mapping; becomes a `Rejection` at its edge, never goes further.

    `detail` names the element and what is wrong, never a person's name or value.
    """

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key, detail)
        self.key = key
        self.detail = detail


class Unused(Reject):
    """The resource says something SmartWard does not show."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(NOT_USED, detail)


class Ended(Exception):
    """The resource is well, and says that the thing is no more (status, not here any more)."""


def rejection(resource_type: str, id: str, reason: Reject) -> Rejection:
    """The reason as the port tells it."""
    return Rejection(
        source_id=id, resource_type=resource_type, key=reason.key, detail=reason.detail[:200]
    )
