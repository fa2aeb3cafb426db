"""Drips that run out: order, administration, pump and its readings, and the next bag.

A reading is one Observation per pump that is written anew each minute: what a pump gateway does
that keeps the present value only. A drip without sensor has no pump; a lost one has a metric that
is off and a reading that no longer moves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.his.simulator.build import MDC, SNOMED, Json, coding, concept, quantity, ref, when
from smartward.his.simulator.world import Stay, World

_EACH = timedelta(minutes=1)
_REST = timedelta(hours=3)
"""From the last bag's end to the next order."""
REMAINING = concept("剩余液量", coding(MDC, "157872", "MDC_VOL_FLUID_TBI_REMAIN"))


@dataclass(slots=True, kw_only=True)
class Drip:
    """A running bag. Volumes in mL, rate in mL/h."""

    stay: Stay
    name: str
    total: float
    rate: float
    left: float
    request: str
    administration: str
    started: datetime
    device: str | None
    reading: str | None
    metric: str | None = None
    lost: bool = False
    next_request: str | None = None
    left_at: datetime | None = None
    ended: bool = False
    once: bool = False
    hangs_empty: timedelta = timedelta(minutes=8)
    """How long the empty bag hangs until somebody changes it."""

    def flow_to_now(self, world: World) -> None:
        """Let it run to the present."""
        assert self.left_at is not None
        hours = (world.now - self.left_at).total_seconds() / 3600
        self.left = max(0.0, self.left - self.rate * hours)
        self.left_at = world.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """What is ordered: `left` when it is first seen, in mL; None is a full bag."""

    name: str
    total: float
    rate: float
    left: float | None = None
    sensor: bool = True
    next_ordered: bool = False
    once: bool = False
    """Nothing follows it."""


def order(world: World, stay: Stay, bag: Bag) -> str:
    """Order a bag; gives the MedicationRequest's id."""
    id = world.new_id("mr")
    dose = {
        "doseQuantity": quantity(bag.total, "mL"),
        "rateQuantity": quantity(bag.rate, "mL/h"),
    }
    world.put(
        {
            "resourceType": "MedicationRequest",
            "id": id,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept(bag.name),
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "authoredOn": when(world.now),
            "dosageInstruction": [
                {
                    "text": f"{bag.name} {bag.total:g} mL 静脉滴注 {bag.rate:g} mL/h",
                    "route": concept("静脉滴注", coding(SNOMED, "47625008", "Intravenous")),
                    "doseAndRate": [dose],
                }
            ],
        }
    )
    return id


def hang(world: World, stay: Stay, bag: Bag, request: str | None = None) -> Drip:
    """Start a bag; one that was hung before `world.now` has only `left` in it."""
    request = request or order(world, stay, bag)
    left = bag.total if bag.left is None else bag.left
    started = world.now - timedelta(hours=(bag.total - left) / bag.rate)
    drip = Drip(
        stay=stay,
        name=bag.name,
        total=bag.total,
        rate=bag.rate,
        left=left,
        request=request,
        administration=world.new_id("ma"),
        started=started,
        device=world.new_id("pump") if bag.sensor else None,
        reading=world.new_id("vol") if bag.sensor else None,
        left_at=world.now,
        once=bag.once,
    )
    world.drips[drip.administration] = drip
    if bag.next_ordered:
        drip.next_request = order(world, stay, bag)
    world.put(_administration(drip))
    if drip.device is not None:
        _plug_in(world, drip)
    _tick(world, drip)
    return drip


def _administration(drip: Drip) -> Json:
    administration: Json = {
        "resourceType": "MedicationAdministration",
        "id": drip.administration,
        "status": "in-progress",
        "medicationCodeableConcept": concept(drip.name),
        "subject": ref("Patient", drip.stay.patient),
        "context": ref("Encounter", drip.stay.encounter),
        "effectivePeriod": {"start": when(drip.started)},
        "request": ref("MedicationRequest", drip.request),
        "dosage": {
            "dose": quantity(drip.total, "mL"),
            "rateQuantity": quantity(drip.rate, "mL/h"),
        },
    }
    if drip.device is not None:
        administration["device"] = [ref("Device", drip.device)]
    return administration


def _plug_in(world: World, drip: Drip) -> None:
    assert drip.device is not None
    world.put(
        {
            "resourceType": "Device",
            "id": drip.device,
            "status": "active",
            "type": concept("输液泵"),
            "patient": ref("Patient", drip.stay.patient),
        }
    )
    drip.metric = f"{drip.device}-vol"
    world.put(
        {
            "resourceType": "DeviceMetric",
            "id": drip.metric,
            "type": REMAINING,
            "unit": concept(None, coding("http://unitsofmeasure.org", "mL")),
            "source": ref("Device", drip.device),
            "operationalStatus": "on",
            "category": "measurement",
        }
    )


def _tick(world: World, drip: Drip) -> None:
    """Look at the bag, tell what the pump sees, and come again in a minute or when it is empty."""
    if drip.ended:
        return
    drip.flow_to_now(world)
    if drip.reading is not None and not drip.lost:
        _read_out(world, drip)
    if drip.left <= 0.001:
        world.after(drip.hangs_empty, lambda w: change_bag(w, drip))
        return
    empty_in = timedelta(hours=drip.left / drip.rate)
    world.after(max(min(_EACH, empty_in), timedelta(seconds=1)), lambda w: _tick(w, drip))


def _read_out(world: World, drip: Drip) -> None:
    assert drip.metric is not None
    world.put(
        {
            "resourceType": "Observation",
            "id": drip.reading,
            "status": "final",
            "code": REMAINING,
            "subject": ref("Patient", drip.stay.patient),
            "encounter": ref("Encounter", drip.stay.encounter),
            "effectiveDateTime": when(world.now),
            "valueQuantity": quantity(round(drip.left, 1), "mL"),
            "device": ref("DeviceMetric", drip.metric),
        }
    )


def change_bag(world: World, drip: Drip) -> None:
    """Somebody takes the empty bag down, and hangs the next one where one is ordered."""
    if drip.ended:
        return
    take_down(world, drip, "completed")
    if drip.once:
        return
    stay = drip.stay
    bag = Bag(name=drip.name, total=drip.total, rate=drip.rate, sensor=drip.device is not None)
    if drip.next_request is not None:
        request = drip.next_request
        world.after(timedelta(minutes=1), lambda w: _hang_next(w, stay, bag, request))
    else:
        world.after(_REST, lambda w: _hang_next(w, stay, bag, None))


def _hang_next(world: World, stay: Stay, bag: Bag, request: str | None) -> None:
    if not stay.ended:
        hang(world, stay, bag, request)


def take_down(world: World, drip: Drip, status: str) -> None:
    """End the administration; the pump is put away."""
    drip.ended = True
    del world.drips[drip.administration]
    world.change(
        "MedicationAdministration",
        drip.administration,
        status=status,
        effectivePeriod={"start": when(drip.started), "end": when(world.now)},
    )
    world.change("MedicationRequest", drip.request, status="completed")
    if drip.device is not None and drip.metric is not None:
        world.change("Device", drip.device, status="inactive", patient=None)
        world.change("DeviceMetric", drip.metric, operationalStatus="standby")


def stop_all(world: World, stay: Stay) -> None:
    """The patient goes: nothing runs any more."""
    for drip in [one for one in world.drips.values() if one.stay is stay]:
        if drip.next_request is not None:
            world.change("MedicationRequest", drip.next_request, status="stopped")
        take_down(world, drip, "stopped")


def lose_sensor(world: World, drip: Drip) -> None:
    """The drop sensor falls off: the metric is off, the reading stands still."""
    drip.lost = True
    if drip.metric is not None:
        world.change("DeviceMetric", drip.metric, operationalStatus="off")


def set_left(world: World, drip: Drip, left: float) -> None:
    """Make so much be left now; the next look at the bag goes on from there."""
    drip.flow_to_now(world)
    drip.left = left
    if drip.reading is not None and not drip.lost:
        _read_out(world, drip)


def of_bed(world: World, bed: str) -> Drip | None:
    """The drip that runs at a bed."""
    stay = world.stays.get(bed)
    return next((one for one in world.drips.values() if one.stay is stay), None)
