"""What is to be told to the hospital system, and what it would not have."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor


class WriteKind(StrEnum):
    """The kinds of things a ward tells its hospital system."""

    NURSE_CALL = "nurse_call"
    NURSING_TASK = "nursing_task"
    OBSERVATION = "observation"
    ADMINISTRATION = "administration"
    ANSWER = "answer"
    CARE = "care"
    """What was done at the bed, but for what has a number."""
    CARE_VALUE = "care_value"
    """Volumes drunk and passed, and sedation."""
    AUDIT = "audit"


class Trouble(StrEnum):
    """Why a person must look at it."""

    REFUSED = "refused"
    CONFLICT = "conflict"
    """Somebody else changed there what we had written: whose word stands?"""
    REMOVED = "removed"
    """It was there, and somebody took it away: it counts no more here, unless a person says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HisWrite:
    """Document kind `his_write`, id `<kind>.<subject>`: one thing the hospital system does not have
    as the ward has it. It stays until a person has settled it, whatever becomes of the stay.

    It names no value: what it is about is found at the stay or bed it belongs to.
    """

    id: str
    kind: WriteKind
    trouble: Trouble
    key: str
    """What is wrong, as a text key."""
    since: datetime
    made_at: datetime
    """When it happened on the ward."""
    by: Actor | None = None
    """Who wrote it; None: nobody known, as a patient's press."""
    encounter_id: str | None = None
    bed_id: str | None = None
    reason: str = ""
    """The server's own words, shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLink:
    """Document kind `write_link`, id "his": there while what waits to be told is late."""

    waiting: int
    oldest_at: datetime
