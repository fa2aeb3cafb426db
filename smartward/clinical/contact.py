"""Whom to tell of a patient, and how (FHIR Patient.contact, RelatedPerson)."""

from dataclasses import dataclass
from enum import StrEnum

from smartward.clinical.words import Wording


class Relation(StrEnum):
    """What somebody is to a patient, as a screen says it; the nearest first."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    GUARDIAN = "guardian"
    RELATIVE = "relative"
    FRIEND = "friend"
    CARER = "carer"
    NEXT_OF_KIN = "next_of_kin"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One relative, friend or carer. For staff at the station only: it is on no other screen."""

    name: str
    """Empty where only a number is told."""
    relation: Wording | None = None
    phone: str | None = None
