"""Lines and catheters with their dates (a FHIR Flag for each)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LineKind(StrEnum):
    """What goes into the patient."""

    PERIPHERAL_VENOUS = "peripheral_venous"
    CENTRAL_VENOUS = "central_venous"
    PICC = "picc"
    URINARY_CATHETER = "urinary_catheter"
    NASOGASTRIC = "nasogastric"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Document kind `line`: one that lies, or lay within the last day. `since` None: nobody
    told when it was put in. `until`: when it was taken out."""

    id: str
    encounter_id: str
    kind: LineKind
    since: datetime | None
    until: datetime | None = None
    site: str | None = None
    """Where, in the hospital's own words; station only."""
