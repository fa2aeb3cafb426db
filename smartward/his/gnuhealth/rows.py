"""The rows of GNU Health that are read: their columns, and their decoding one by one.

A column of another record is asked for with a dot (`patient.party.name`) and comes nested in a key
that ends in one (`patient.`). Booleans are 0 and 1 where the database is SQLite.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, ClassVar, TypeAlias, TypeVar

import msgspec

from smartward.his.port import Rejection

MALFORMED = "his.rejection.malformed"
MISSING = "his.rejection.missing"
TIME = "his.rejection.time"
RANGE = "his.rejection.range"
STATUS = "his.rejection.status"
NO_TIME = "his.rejection.no_time"
TYPE_REFUSED = "his.rejection.type_refused"
TYPE_BROKEN = "his.rejection.type_broken"


def under(record: str, *names: str) -> tuple[str, ...]:
    """Columns of another record that this one names."""
    return tuple(f"{record}.{name}" for name in names)


Switch: TypeAlias = bool | int | None
"""A boolean column."""
Number: TypeAlias = float | int | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Any row."""

    MODEL: ClassVar[str]
    """The model it is a row of."""

    id: int
    create_date: datetime | None = None
    write_date: datetime | None = None
    """None until it is written for the first time after it was made."""

    @property
    def changed(self) -> datetime | None:
        """When it was made or last written, by the server's database."""
        return self.write_date or self.create_date


R = TypeVar("R", bound=Row)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Another record by its name."""

    id: int | None = None
    name: str | None = None
    code: str | None = None
    rec_name: str | None = None


class WardRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.hospital.ward`: a ward or a room of one; a unit may hold several."""

    MODEL = "gnuhealth.hospital.ward"
    FIELDS = ("name", "unit.rec_name", "institution")

    name: str
    institution: int | None = None
    unit: Named | None = msgspec.field(default=None, name="unit.")


class BedRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.hospital.bed`: its name is that of its product."""

    MODEL = "gnuhealth.hospital.bed"
    FIELDS = ("rec_name", "state", "ward")

    rec_name: str | None = None
    state: str | None = None
    ward: int | None = None


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """`party.party` of a person."""

    name: str | None = None
    lastname: str | None = None
    ref: str | None = None
    dob: date | None = None
    est_dob: Switch = None
    gender: str | None = None
    deceased: Switch = None


class PatientPart(msgspec.Struct, frozen=True, kw_only=True):
    """`gnuhealth.patient` within a stay."""

    party: Party | None = msgspec.field(default=None, name="party.")


class Professional(msgspec.Struct, frozen=True, kw_only=True):
    """`gnuhealth.healthprofessional` within another record."""

    id: int
    rec_name: str | None = None
    party: Party | None = msgspec.field(default=None, name="party.")


class StayRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.registration`. Ages are not read: they are texts with U+200B inside."""

    MODEL = "gnuhealth.inpatient.registration"
    FIELDS = (
        "name",
        "state",
        "patient",
        *under("patient.party", *Party.__struct_fields__),
        "bed",
        *under("bed", "ward"),
        "hospitalization_date",
        "discharge_date",
        "admission_reason.name",
        "attending_physician.rec_name",
        "attending_physician.party.name",
        "attending_physician.party.lastname",
    )

    name: str | None = None
    state: str | None = None
    patient_id: int | None = msgspec.field(default=None, name="patient")
    patient: PatientPart | None = msgspec.field(default=None, name="patient.")
    bed_id: int | None = msgspec.field(default=None, name="bed")
    bed: BedRow | None = msgspec.field(default=None, name="bed.")
    hospitalization_date: datetime | None = None
    discharge_date: datetime | None = None
    reason: Named | None = msgspec.field(default=None, name="admission_reason.")
    physician: Professional | None = msgspec.field(default=None, name="attending_physician.")


class DietRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.diet`."""

    MODEL = "gnuhealth.inpatient.diet"
    FIELDS = ("registration", *under("diet", "name", "code"))

    stay: int | None = msgspec.field(default=None, name="registration")
    diet: Named | None = msgspec.field(default=None, name="diet.")


class ConditionRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.patient.disease`, of which the allergies are read."""

    MODEL = "gnuhealth.patient.disease"
    FIELDS = ("patient", "pathology.name", "is_active", "status")

    patient: int | None = None
    pathology: Named | None = msgspec.field(default=None, name="pathology.")
    is_active: Switch = None
    status: str | None = None


class ProfessionalRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.healthprofessional`."""

    MODEL = "gnuhealth.healthprofessional"
    FIELDS = (
        "rec_name",
        "party.name",
        "party.lastname",
        "main_specialty.specialty.code",
        "main_specialty.specialty.name",
    )

    rec_name: str | None = None
    party: Party | None = msgspec.field(default=None, name="party.")
    specialty: "SpecialtyPart | None" = msgspec.field(default=None, name="main_specialty.")


class SpecialtyPart(msgspec.Struct, frozen=True, kw_only=True):
    """A professional's specialty."""

    specialty: Named | None = msgspec.field(default=None, name="specialty.")


class RoundingRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.patient.rounding`. Its glucose has no unit anywhere and is not read."""

    MODEL = "gnuhealth.patient.rounding"
    FIELDS = (
        "registration",
        "evaluation_start",
        "state",
        "systolic",
        "diastolic",
        "bpm",
        "respiratory_rate",
        "osat",
        "temperature",
        "pain_level",
        "round_summary",
    )

    stay: int | None = msgspec.field(default=None, name="registration")
    evaluation_start: datetime | None = None
    state: str | None = None
    systolic: Number = None
    diastolic: Number = None
    bpm: Number = None
    respiratory_rate: Number = None
    osat: Number = None
    temperature: Number = None
    pain_level: Number = None
    round_summary: str | None = None


class MedicationRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.medication`."""

    MODEL = "gnuhealth.inpatient.medication"
    FIELDS = (
        "registration",
        "medicament.rec_name",
        "dose",
        "dose_unit.rec_name",
        "route.rec_name",
        "frequency",
        "frequency_unit",
        "frequency_prn",
        "discontinued",
        "course_completed",
        "start_treatment",
        "end_treatment",
    )

    stay: int | None = msgspec.field(default=None, name="registration")
    medicament: Named | None = msgspec.field(default=None, name="medicament.")
    dose: Number = None
    dose_unit: Named | None = msgspec.field(default=None, name="dose_unit.")
    route: Named | None = msgspec.field(default=None, name="route.")
    frequency: int | None = None
    frequency_unit: str | None = None
    frequency_prn: Switch = None
    discontinued: Switch = None
    course_completed: Switch = None
    start_treatment: datetime | None = None
    end_treatment: datetime | None = None


class MedicationPart(msgspec.Struct, frozen=True, kw_only=True):
    """The order a time or a dose belongs to."""

    stay: int | None = msgspec.field(default=None, name="registration")


class TimeRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.medication.admin_time`: a time of each day."""

    MODEL = "gnuhealth.inpatient.medication.admin_time"
    FIELDS = ("medication", "medication.registration", "admin_time", "dose", "dose_unit.rec_name")

    medication: int | None = None
    order: MedicationPart | None = msgspec.field(default=None, name="medication.")
    admin_time: time | None = None
    dose: Number = None
    dose_unit: Named | None = msgspec.field(default=None, name="dose_unit.")

    @property
    def stay(self) -> int | None:
        """The stay of its order."""
        return self.order.stay if self.order is not None else None


class DoseRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.medication.log`: one dose that was given."""

    MODEL = "gnuhealth.inpatient.medication.log"
    FIELDS = ("medication", "medication.registration", "admin_time")

    medication: int | None = None
    order: MedicationPart | None = msgspec.field(default=None, name="medication.")
    admin_time: datetime | None = None

    @property
    def stay(self) -> int | None:
        """The stay of its order."""
        return self.order.stay if self.order is not None else None


class MealRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.meal.order`: one meal of one day."""

    MODEL = "gnuhealth.inpatient.meal.order"
    FIELDS = ("registration", "mealtime", "order_date", "state")

    stay: int | None = msgspec.field(default=None, name="registration")
    mealtime: str | None = None
    order_date: datetime | None = None
    state: str | None = None


class MealPart(msgspec.Struct, frozen=True, kw_only=True):
    """The order an item belongs to."""

    stay: int | None = msgspec.field(default=None, name="registration")


class MealItemRow(Row, frozen=True, kw_only=True):
    """`gnuhealth.inpatient.meal.order.item`: a dish of it."""

    MODEL = "gnuhealth.inpatient.meal.order.item"
    FIELDS = ("meal_order", "meal_order.registration", "meal.rec_name")

    meal_order: int | None = None
    order: MealPart | None = msgspec.field(default=None, name="meal_order.")
    meal: Named | None = msgspec.field(default=None, name="meal.")

    @property
    def stay(self) -> int | None:
        """The stay of its order."""
        return self.order.stay if self.order is not None else None


SHORT: dict[str, str] = {
    WardRow.MODEL: "ward",
    BedRow.MODEL: "bed",
    StayRow.MODEL: "stay",
    ProfessionalRow.MODEL: "professional",
    DietRow.MODEL: "diet",
    ConditionRow.MODEL: "condition",
    RoundingRow.MODEL: "rounding",
    MedicationRow.MODEL: "medication",
    TimeRow.MODEL: "time",
    DoseRow.MODEL: "dose",
    MealRow.MODEL: "meal",
    MealItemRow.MODEL: "dish",
}
"""What a model's records are called in our ids, as in `rounding-12`."""


class Reject(Exception):
    """A row that cannot be used; `detail` names the column, never a value."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key, detail)
        self.key = key
        self.detail = detail


def columns(type: Any) -> tuple[str, ...]:
    """What is asked for of a model."""
    return (*type.FIELDS, "create_date", "write_date")


def logical(model: str, id: int | str) -> str:
    """A record's name within this hospital system."""
    return f"{SHORT[model]}-{id}"


def number_of(id: str, model: str) -> int | None:
    """The record that an id of ours names, whatever follows it; None: it names none of that."""
    head, _, rest = id.partition("-")
    digits = rest.partition(".")[0]
    return int(digits) if head == SHORT[model] and digits.isdecimal() else None


def rejection(model: str, id: int | str, reason: Reject, part: str = "") -> Rejection:
    """The reason as the port tells it."""
    name = logical(model, id)
    return Rejection(
        source_id=f"{name}.{part}" if part else name,
        resource_type=SHORT[model],
        key=reason.key,
        detail=reason.detail[:200],
    )


def decoded(type: type[R], found: Iterable[dict[str, Any]]) -> tuple[dict[int, R], list[Rejection]]:
    """Each row on its own, by its id; one without an id names nothing and is left out."""
    rows: dict[int, R] = {}
    aside: list[Rejection] = []
    for one in found:
        id = one.get("id")
        if not isinstance(id, int) or isinstance(id, bool):
            continue
        try:
            rows[id] = msgspec.convert(one, type)
        except msgspec.ValidationError as error:
            column = str(error).rpartition("$")[2].strip("`.") or "a column"
            aside.append(rejection(type.MODEL, id, Reject(MALFORMED, column[:60])))
    return rows, aside
