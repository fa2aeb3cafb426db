"""What the mapping of a stay needs to know beside the patient's chart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.resources import Practitioner


@dataclass(frozen=True, slots=True)
class Setting:
    """The hospital around one chart."""

    source: str
    book: Codebook
    now: datetime
    """The server's time."""
    beds: frozenset[str]
    """Logical ids of the ward's beds."""
    places: frozenset[str]
    """Logical ids of the ward, its rooms and its beds."""
    people: Mapping[str, Practitioner]
    roles: Mapping[str, str] = field(default_factory=dict)
    """Logical ids of PractitionerRoles, each with its Practitioner's."""
    zone: tzinfo = UTC
    """Where a day without a time is meant."""

    def id(self, logical: str) -> str:
        """Our id for a logical one."""
        return f"{self.source}.{logical}"
