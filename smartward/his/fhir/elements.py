"""The data types of FHIR R4 that SmartWard reads, as typed structs.

Unknown elements are skipped unbuilt. Every element is optional here: what must be there is said by
the mapping, which can tell the reason; a wrong JSON type is found by the decoder.
"""

from decimal import Decimal
from functools import lru_cache

import msgspec


class Element(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """Base of all: FHIR's camelCase names, our snake_case ones. Nobody changes one."""


class Coding(Element):
    """Coding."""

    system: str = ""
    code: str = ""
    display: str | None = None


class Concept(Element):
    """CodeableConcept."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The bare codes of its codings."""
        return tuple(one.code for one in self.coding)

    @property
    def words(self) -> str | None:
        """What a person reads: its text, else the first display."""
        shown = self.text or next((one.display for one in self.coding if one.display), None)
        return shown.strip() or None if shown else None


class Reference(Element):
    """Reference."""

    reference: str | None = None
    display: str | None = None
    type: str | None = None

    def id_of(self, kind: str) -> str | None:
        """The logical id when it points to a `kind` (relative, absolute, versioned), or None."""
        return _id_of(self.reference, kind) if self.reference else None


@lru_cache(maxsize=2048)
def _id_of(named: str, kind: str) -> str | None:
    # Kept for a while: thousands of resources in a row name the same patient and the same stay.
    if "/_history/" in named:
        named = named.partition("/_history/")[0]
    path, _, id = named.rpartition("/")
    return id if id and (path == kind or path.endswith(f"/{kind}")) else None


class Period(Element):
    """Period."""

    start: str | None = None
    end: str | None = None


class Identifier(Element):
    """Identifier."""

    use: str | None = None
    type: Concept | None = None
    system: str | None = None
    value: str | None = None
    period: Period | None = None


class Quantity(Element):
    """Quantity. A value of 0 is a value."""

    value: float | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: str | None = None


class Ratio(Element):
    """Ratio."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Amount(Element):
    """A Quantity whose digits are kept as they came: a dose of 72.50 is shown as 72.50."""

    value: Decimal | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: str | None = None


class Extension(Element):
    """Extension, with the values that a code or a part of a name comes in."""

    url: str = ""
    value_code: str | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_coding: Coding | None = None
    value_codeable_concept: Concept | None = None


class Primitive(Element):
    """What stands beside a primitive element, under its name with `_` before it."""

    extension: tuple[Extension, ...] = ()


class HumanName(Element):
    """HumanName."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    family_parts: Primitive | None = msgspec.field(default=None, name="_family")
    given: tuple[str | None, ...] = ()
    """None: a part that has only extensions."""
    period: Period | None = None
    extension: tuple[Extension, ...] = ()


class ContactPoint(Element):
    """ContactPoint."""

    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: Period | None = None


class Repeat(Element):
    """Timing.repeat."""

    bounds_period: Period | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: float | None = None
    period_unit: str | None = None
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()


class Timing(Element):
    """Timing."""

    event: tuple[str, ...] = ()
    repeat: Repeat | None = None
    code: Concept | None = None


class AmountRange(Element):
    """Range, its digits kept."""

    low: Amount | None = None
    high: Amount | None = None


class DoseAndRate(Element):
    """Dosage.doseAndRate."""

    dose_quantity: Amount | None = None
    dose_range: AmountRange | None = None
    rate_ratio: Ratio | None = None
    rate_quantity: Quantity | None = None


class Dosage(Element):
    """Dosage."""

    text: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: Concept | None = None
    route: Concept | None = None
    max_dose_per_period: Ratio | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()


class Meta(Element):
    """Meta."""

    version_id: str | None = None
    last_updated: str | None = None
    security: tuple[Coding, ...] = ()
