"""What was ordered to be given or eaten, with what was given of it: see ORDER.

Not the plan of the day: these are for checks against allergies and against an order's own limits.
"""

from collections.abc import Iterator

from smartward.clinical.allergy import ATC, ingredients
from smartward.clinical.order import Dose, Limit, Order, OrderKind, Route
from smartward.clinical.words import Wording
from smartward.his.fhir import times, units
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Dosage, Ratio, Repeat
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.mapping_names import codes_of, names_of
from smartward.his.fhir.mapping_plan import title_of
from smartward.his.fhir.medications import MedicationAdministration, MedicationRequest
from smartward.his.fhir.resources import NutritionOrder

_MEDICINE = ("active", "on-hold", "completed")
_GIVEN = ("completed", "in-progress", "stopped", "on-hold")
_AGAINST_PAIN = ("N02A", "N02B", "M01A")
"""ATC: opioids, other analgesics, antiinflammatories."""
_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "wk": 168.0}
"""Timing.repeat.periodUnit, those that limit a medicine as needed."""
_TIMES = frozenset({"dose", "doses", "time", "times", "次"})
"""Units of a highest dose that count doses."""

_DOSAGE = "MedicationRequest.dosageInstruction"
_GIVEN_AS = "MedicationAdministration"
_NAMED = (
    "MedicationRequest.medicationCodeableConcept",
    "NutritionOrder.oralDiet.type",
    "NutritionOrder.supplement.type",
    "NutritionOrder.supplement.productName",
    "NutritionOrder.enteralFormula.baseFormulaType",
    "NutritionOrder.enteralFormula.baseFormulaProductName",
)
ORDER = Mapped(
    Order,
    "Order",
    (
        Field("id", ("MedicationRequest.id", "NutritionOrder.id"), "rejected"),
        Field(
            "encounter_id",
            ("MedicationRequest.encounter", "NutritionOrder.encounter"),
            "the patient's stay",
        ),
        Field("kind", (), "", how="a MedicationRequest is medicine, a NutritionOrder diet"),
        Field(
            "active",
            ("MedicationRequest.status", "NutritionOrder.status"),
            "left out",
            how="`active`; one on hold or completed is told while a dose of it is",
        ),
        Field("title", _NAMED, "None", how="with its dose, as in the plan; station only"),
        Field("codes", _NAMED, "none", how="system and code of every coding"),
        Field(
            "names",
            (*_NAMED, "MedicationRequest.medicationReference"),
            "none",
            how="texts and displays",
        ),
        Field(
            "as_needed",
            (f"{_DOSAGE}.asNeededBoolean", f"{_DOSAGE}.asNeededCodeableConcept"),
            "False",
        ),
        Field(
            "analgesic",
            ("MedicationRequest.medicationCodeableConcept",),
            "False",
            ("analgesic",),
            how="by that table (a code, or the text of an ingredient), or ATC N02A, N02B, M01A",
        ),
        Field("route", (f"{_DOSAGE}.route",), "None", ("route",), how="None where they differ"),
        Field(
            "dose",
            (f"{_DOSAGE}.doseAndRate.doseQuantity",),
            "None",
            how="where the order tells one amount",
        ),
        Field("dose_unit", (f"{_DOSAGE}.doseAndRate.doseQuantity",), "empty"),
        Field(
            "limits",
            (f"{_DOSAGE}.maxDosePerPeriod", f"{_DOSAGE}.timing.repeat"),
            "none",
            how="of an order as needed: the highest dose of its period, and as often as its "
            "timing repeats (`frequencyMax`, else `frequency`, in its `period`). One of more than "
            "48 h, or of an amount that cannot be compared, is judged by what is known, and the "
            "station says that it is not checked wholly",
        ),
        Field(
            "given",
            (
                f"{_GIVEN_AS}.request",
                f"{_GIVEN_AS}.status",
                f"{_GIVEN_AS}.effectiveDateTime",
                f"{_GIVEN_AS}.effectivePeriod",
                f"{_GIVEN_AS}.dosage.dose",
                f"{_GIVEN_AS}.dosage.route",
            ),
            "none",
            ("route",),
            how="of the last 48 h, with an exact time; the order's route where its own is not told",
        ),
    ),
    notes="Orders that are proposed and medicines taken at home are left out. What stands in a "
    "Medication of its own is known by the reference's display alone. Excluded foods are not read.",
)


def orders(
    stay: str, chart: Chart, book: Codebook, source: str, encounter_id: str
) -> Iterator[Order]:
    """The orders of a stay that stand, or of which something was given of late."""
    for one in chart.of_stay(MedicationRequest, stay):
        order = _medicine(one, chart, book, source, encounter_id)
        if order is not None:
            yield order
    for diet in chart.of_stay(NutritionOrder, stay):
        concepts, names = _food(diet)
        if diet.status == "active" and diet.intent not in ("proposal", "plan") and names:
            yield Order(
                id=f"{source}.NutritionOrder.{diet.id}",
                encounter_id=encounter_id,
                kind=OrderKind.DIET,
                title=Wording(his=names[0]),
                codes=codes_of(*concepts),
                names=names,
            )


def _medicine(
    one: MedicationRequest, chart: Chart, book: Codebook, source: str, encounter_id: str
) -> Order | None:
    if one.status not in _MEDICINE or one.intent in ("proposal", "plan"):
        return None
    if any("community" in concept.codes for concept in one.category):
        return None
    routes = {book.word("route", dosage.route) for dosage in one.dosage_instruction}
    known = routes.pop() if len(routes) == 1 else None
    route = Route(known) if known is not None else None
    given = tuple(_given(one, chart, book, route))
    active = one.status == "active"
    if not active and not given:
        return None
    concept, title = one.medication_codeable_concept, title_of(one)
    reference = one.medication_reference
    names = names_of(concept, reference.display if reference is not None else None)
    amount = _one_dose(one)
    return Order(
        id=f"{source}.MedicationRequest.{one.id}",
        encounter_id=encounter_id,
        kind=OrderKind.MEDICINE,
        active=active,
        title=Wording(his=title) if title else None,
        codes=codes_of(concept),
        names=names,
        as_needed=any(_as_needed(dosage) for dosage in one.dosage_instruction),
        analgesic=_against_pain(concept, names, book),
        route=route,
        dose=amount[0] if amount is not None else None,
        dose_unit=amount[1] if amount is not None else "",
        limits=tuple(dict.fromkeys(_limits(one))),
        given=given,
    )


def _as_needed(dosage: Dosage) -> bool:
    return bool(dosage.as_needed_boolean) or dosage.as_needed_codeable_concept is not None


def _food(order: NutritionOrder) -> tuple[list[Concept], tuple[str, ...]]:
    """What is to be eaten or drunk, and its names."""
    concepts = list(order.oral_diet.type) if order.oral_diet is not None else []
    products: list[str | None] = []
    for supplement in order.supplement:
        concepts += [supplement.type] if supplement.type is not None else []
        products.append(supplement.product_name)
    formula = order.enteral_formula
    if formula is not None:
        concepts += [formula.base_formula_type] if formula.base_formula_type is not None else []
        products.append(formula.base_formula_product_name)
    names = [name for concept in concepts for name in names_of(concept)]
    return concepts, tuple(dict.fromkeys((*names, *names_of(None, *products))))


def _against_pain(concept: Concept | None, names: tuple[str, ...], book: Codebook) -> bool:
    parts = [Concept(text=part) for name in names for part in ingredients(name)]
    if book.word("analgesic", concept, *parts) is not None:
        return True
    codings = concept.coding if concept is not None else ()
    return any(one.system in ATC and one.code.startswith(_AGAINST_PAIN) for one in codings)


def _one_dose(order: MedicationRequest) -> tuple[float, str] | None:
    """How much one dose is, where the order tells one amount."""
    told = {
        units.measured(one.dose_quantity)
        for dosage in order.dosage_instruction
        for one in dosage.dose_and_rate
    }
    return told.pop() if len(told) == 1 else None


def _limits(order: MedicationRequest) -> Iterator[Limit]:
    for dosage in order.dosage_instruction:
        if not _as_needed(dosage):
            continue
        most = _highest(dosage.max_dose_per_period)
        if most is not None:
            yield most
        often = _often(dosage.timing.repeat if dosage.timing is not None else None)
        if often is not None:
            yield often


def _highest(told: Ratio | None) -> Limit | None:
    if told is None:
        return None
    hours, most = units.hours_of(told.denominator), units.measured(told.numerator)
    if hours is None or most is None:
        return None
    amount, unit = most
    said = units.unit_of(told.numerator) if told.numerator is not None else ""
    if said.strip("{}") in _TIMES:
        return Limit(period_h=hours, doses=int(amount)) if amount >= 1 else None
    return Limit(period_h=hours, amount=amount, unit=unit)


def _often(repeat: Repeat | None) -> Limit | None:
    """As often as it repeats: once in 6 h is an interval of 6 h."""
    if repeat is None or not repeat.period or repeat.period <= 0:
        return None
    unit = _HOURS.get(repeat.period_unit or "")
    times_ = repeat.frequency_max or repeat.frequency or 1
    if unit is None or times_ < 1:
        return None
    return Limit(period_h=round(repeat.period * unit, 4), doses=times_)


def _given(
    order: MedicationRequest, chart: Chart, book: Codebook, route: Route | None
) -> Iterator[Dose]:
    for one in chart.all(MedicationAdministration):
        of = one.request.id_of("MedicationRequest") if one.request is not None else None
        start = one.effective_period.start if one.effective_period is not None else None
        at = times.maybe(one.effective_date_time or start)
        if of != order.id or at is None or one.status not in _GIVEN:
            continue
        amount = units.measured(one.dosage.dose) if one.dosage is not None else None
        word = book.word("route", one.dosage.route) if one.dosage is not None else None
        yield Dose(
            id=one.id,
            at=at,
            amount=amount[0] if amount is not None else None,
            unit=amount[1] if amount is not None else "",
            route=Route(word) if word is not None else route,
        )
