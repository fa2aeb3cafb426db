"""Infusions: a MedicationAdministration that runs, with the pump that measures it; see
`mapping_infusion_fields`.

How the volume left is told, in the order it is believed:

1. *measured*: an Observation of `[infusion_metric]` `remaining` (mL), or `delivered` with a known
   total. It belongs to the infusion through `partOf` -> MedicationAdministration, or through
   `device` -> DeviceMetric or Device, the Device being one of MedicationAdministration.device.
   The newest by its effective time counts; one taken before the infusion began, or after it ended,
   was another bag's.
2. *sensor lost*: there was such an Observation (or there is such a DeviceMetric), but the metric's
   operationalStatus is `off`, `standby` or `entered-in-error`, or the Device's status is not
   `active`: the last value stands with its time, and nobody may compute on from it.
3. *estimated*: nothing measures. All of it was there at the start (`left_ml` = `total_ml`,
   `measured_at` = `started_at`); what is left now is computed from the rate.

An administration without rate, device or running time is a dose (`mapping_plan`), no infusion. An
ended infusion stays for KEPT_AFTER_END.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.infusion import Infusion, InfusionStatus, RateReading, VolumeSource
from smartward.his.fhir import times, units
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Dosage, Quantity, Ratio
from smartward.his.fhir.medications import MedicationAdministration, MedicationRequest
from smartward.his.fhir.reject import TIME, Ended, Reject, Unused
from smartward.his.fhir.resources import Device, DeviceMetric, Observation, Resource

KEPT_AFTER_END = timedelta(hours=1)

_STATUS = {one.value: one for one in InfusionStatus}
_LOST = ("off", "standby", "entered-in-error")
_GOOD = ("final", "amended", "corrected", "preliminary")


def is_infusion(one: MedicationAdministration) -> bool:
    """Whether it runs over time: it has a rate, a device, or an open period."""
    dosage = one.dosage
    if dosage is not None and (dosage.rate_quantity is not None or dosage.rate_ratio is not None):
        return True
    running = one.effective_period is not None and one.effective_period.end is None
    return bool(one.device) or (running and one.status in ("in-progress", "on-hold"))


def is_shown(one: MedicationAdministration, now: datetime) -> bool:
    """Whether it is an infusion that runs, is held, or has just ended."""
    if not is_infusion(one) or one.status not in _STATUS:
        return False
    if _STATUS[one.status] in (InfusionStatus.RUNNING, InfusionStatus.PAUSED):
        return True
    period = one.effective_period
    ended = times.maybe((period.end or period.start) if period else one.effective_date_time)
    return ended is not None and ended >= now - KEPT_AFTER_END


@dataclass(frozen=True, slots=True)
class _Reading:
    at: datetime
    remaining: float | None
    delivered: float | None
    rate: float | None


def infusion(
    one: MedicationAdministration,
    chart: Chart,
    book: Codebook,
    source: str,
    encounter_id: str,
    now: datetime,
) -> Infusion:
    """One infusion. Raises Unused for a dose, Ended for what is over, Reject otherwise."""
    if not is_infusion(one):
        raise Unused("a dose, not an infusion")
    status = _STATUS.get(one.status or "")
    if status is None:
        raise Ended
    started = _started(one)
    ended = times.maybe(one.effective_period.end) if one.effective_period else None
    over = status in (InfusionStatus.ENDED, InfusionStatus.STOPPED)
    if over and (ended or started) < now - KEPT_AFTER_END:
        raise Ended
    request = (
        chart.get(MedicationRequest, one.request.id_of("MedicationRequest"))
        if (one.request)
        else None
    )
    total = _total(one, request)
    reading = _newest(one, chart, book, started, ended if over else None)
    lost = not over and _sensor_lost(one, chart, book)
    left, measured_at, told = _volume(total, started, reading, lost=lost)
    ordered: float | None = None
    with contextlib.suppress(Reject):  # of the order, not of what runs: `unclear_orders`
        ordered = ordered_rate(request, book)
    return Infusion(
        id=f"{source}.{one.id}",
        encounter_id=encounter_id,
        status=status,
        total_ml=total,
        left_ml=left,
        rate_ml_h=_rate(one, request, reading, book),
        source=told,
        measured_at=measured_at,
        started_at=started,
        name=_name(one, request),
        next_ordered=_next_ordered(one, chart, book),
        ordered_ml_h=ordered,
        rates=_rates(one, chart, book, started, ended if over else None),
    )


def ordered_rate(request: MedicationRequest | None, book: Codebook) -> float | None:
    """The one rate of an order in mL/h; None where it tells none, or several. Raises Reject(UNIT)
    for a volume or drops in a unit that nobody understands."""
    told = {
        rate
        for dosage in _dosages(request)
        for one in dosage.dose_and_rate
        if (rate := units.ordered_ml_per_hour(one.rate_quantity, one.rate_ratio, book.drops_per_ml))
        is not None
    }
    return told.pop() if len(told) == 1 else None


def unclear_orders(stay: str, chart: Chart, book: Codebook) -> list[tuple[Resource, Reject]]:
    """Active orders of a volume or of drops at a rate in a unit that nobody understands."""
    aside: list[tuple[Resource, Reject]] = []
    for one in chart.of_stay(MedicationRequest, stay):
        try:
            if one.status == "active":
                ordered_rate(one, book)
        except Reject as reason:
            aside.append((one, reason))
    return aside


def _rates(
    one: MedicationAdministration,
    chart: Chart,
    book: Codebook,
    started: datetime,
    ended: datetime | None,
) -> tuple[RateReading, ...]:
    """The rates that were measured of it, oldest first; without any the rate it was hung at."""
    found: dict[datetime, float] = {}
    for reading, at in _readings(one, chart, book, started, ended):
        if book.word("infusion_metric", reading.code) == "rate":
            number = _flow(reading.value_quantity, None, book)
            if number is not None:
                found[at] = number
    if not found and one.dosage is not None:
        hung = _flow(one.dosage.rate_quantity, one.dosage.rate_ratio, book)
        return () if hung is None else (RateReading(at=started, ml_h=hung),)
    told = sorted(found.items())
    newest = told[-1] if told else None
    kept = [
        (at, rate)
        for number, (at, rate) in enumerate(told)
        if number == 0 or rate != told[number - 1][1] or (at, rate) == newest
    ]
    return tuple(RateReading(at=at, ml_h=rate) for at, rate in kept)


def _flow(rate: Quantity | None, ratio: Ratio | None, book: Codebook) -> float | None:
    """A flow in mL/h, drops by the ward's factor; None where nobody understands it."""
    try:
        return units.ordered_ml_per_hour(rate, ratio, book.drops_per_ml)
    except Reject:
        return None


def _started(one: MedicationAdministration) -> datetime:
    period = one.effective_period
    text = period.start if period is not None else one.effective_date_time
    if text is None:
        raise Reject(TIME, "effective[x] is missing")
    return times.moment(text, "effective")


def _name(one: MedicationAdministration, request: MedicationRequest | None) -> str | None:
    words = one.medication_codeable_concept.words if one.medication_codeable_concept else None
    if words is None and one.medication_reference is not None:
        words = one.medication_reference.display
    if words is None and request is not None and request.medication_codeable_concept is not None:
        words = request.medication_codeable_concept.words
    return words


def _dosages(request: MedicationRequest | None) -> tuple[Dosage, ...]:
    return request.dosage_instruction if request is not None else ()


def _total(one: MedicationAdministration, request: MedicationRequest | None) -> float | None:
    told = units.millilitres(one.dosage.dose) if one.dosage is not None else None
    if told is not None:
        return told
    found = (
        units.millilitres(dose.dose_quantity)
        for dosage in _dosages(request)
        for dose in dosage.dose_and_rate
    )
    return next((volume for volume in found if volume is not None), None)


def _rate(
    one: MedicationAdministration,
    request: MedicationRequest | None,
    reading: _Reading | None,
    book: Codebook,
) -> float | None:
    if reading is not None and reading.rate is not None:
        return reading.rate
    if one.dosage is not None:
        told = _flow(one.dosage.rate_quantity, one.dosage.rate_ratio, book)
        if told is not None:
            return told
    found = (
        _flow(dose.rate_quantity, dose.rate_ratio, book)
        for dosage in _dosages(request)
        for dose in dosage.dose_and_rate
    )
    return next((rate for rate in found if rate is not None), None)


def device_ids(one: MedicationAdministration) -> set[str]:
    """Logical ids of the devices it runs through."""
    found = (reference.id_of("Device") for reference in one.device)
    return {id for id in found if id is not None}


def _belongs(reading: Observation, one: MedicationAdministration, chart: Chart) -> bool:
    parts = {part.id_of("MedicationAdministration") for part in reading.part_of}
    if parts - {None}:
        return one.id in parts
    if reading.device is None:
        return False
    device = reading.device.id_of("Device")
    if device is None:
        metric = chart.get(DeviceMetric, reading.device.id_of("DeviceMetric"))
        device = metric.source.id_of("Device") if metric is not None and metric.source else None
    return device in device_ids(one)


def _readings(
    one: MedicationAdministration,
    chart: Chart,
    book: Codebook,
    started: datetime,
    ended: datetime | None,
) -> Iterator[tuple[Observation, datetime]]:
    """What was measured of it while it ran, with its time."""
    for reading in chart.all(Observation):
        word = book.word("infusion_metric", reading.code)
        at = times.maybe(reading.effective_date_time) or times.maybe(reading.effective_instant)
        if word is None or at is None or at < started or reading.status not in _GOOD:
            continue
        if (ended is None or at <= ended) and _belongs(reading, one, chart):
            yield reading, at


def _newest(
    one: MedicationAdministration,
    chart: Chart,
    book: Codebook,
    started: datetime,
    ended: datetime | None,
) -> _Reading | None:
    newest: dict[str, tuple[datetime, float]] = {}
    for reading, at in _readings(one, chart, book, started, ended):
        word = book.word("infusion_metric", reading.code) or ""
        if word == "rate":
            number = _flow(reading.value_quantity, None, book)
        else:
            number = units.millilitres(reading.value_quantity)
        if number is not None and (word not in newest or at >= newest[word][0]):
            newest[word] = (at, number)
    if not newest:
        return None
    number_of = {word: number for word, (_, number) in newest.items()}
    volumes = [at for word, (at, _) in newest.items() if word != "rate"]
    return _Reading(
        at=max(volumes, default=started),
        remaining=number_of.get("remaining"),
        delivered=number_of.get("delivered"),
        rate=number_of.get("rate"),
    )


def _volume(
    total: float | None, started: datetime, reading: _Reading | None, *, lost: bool
) -> tuple[float | None, datetime, VolumeSource]:
    left: float | None = None
    if reading is not None:
        left = reading.remaining
        if left is None and reading.delivered is not None and total is not None:
            left = max(0.0, round(total - reading.delivered, 3))
    if lost:
        return left, reading.at if reading is not None else started, VolumeSource.SENSOR_LOST
    if left is not None and reading is not None:
        return left, reading.at, VolumeSource.MEASURED
    return total, started, VolumeSource.ESTIMATED


def _sensor_lost(one: MedicationAdministration, chart: Chart, book: Codebook) -> bool:
    for id in device_ids(one):
        device = chart.get(Device, id)
        metrics = [
            metric
            for metric in chart.metrics(id)
            if book.word("infusion_metric", metric.type) in ("remaining", "delivered")
        ]
        if device is not None and metrics and device.status not in ("active", None):
            return True
        if any(metric.operational_status in _LOST for metric in metrics):
            return True
    return False


def _next_ordered(one: MedicationAdministration, chart: Chart, book: Codebook) -> bool:
    given = {
        id
        for other in chart.all(MedicationAdministration)
        if other.request is not None
        and (id := other.request.id_of("MedicationRequest")) is not None
    }
    return any(
        request.status == "active"
        and request.id not in given
        and _total(_NO_DOSE, request) is not None
        and _rate(_NO_DOSE, request, None, book) is not None
        for request in chart.all(MedicationRequest)
    )


_NO_DOSE = MedicationAdministration(resource_type="MedicationAdministration")
