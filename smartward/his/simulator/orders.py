"""Orders that fall due and get done: medicines, scans, tests, turning, walking, discharge."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from smartward.his.simulator.build import SNOMED, coding, concept, local, period, ref, when
from smartward.his.simulator.staying import order
from smartward.his.simulator.world import Stay, World

MEDICINES = (
    ("阿司匹林肠溶片 100mg 口服", ("08:00",)),
    ("美托洛尔缓释片 47.5mg 口服", ("08:00",)),
    ("阿托伐他汀钙片 20mg 口服", ("20:00",)),
    ("呋塞米片 20mg 口服", ("08:00", "16:00")),
    ("氯化钾缓释片 1g 口服", ("08:00", "12:00", "18:00")),
    ("达比加群酯胶囊 110mg 口服", ("08:30", "20:30")),
)
LONG_MEDICINE = "注射用哌拉西林钠他唑巴坦钠 4.5g 加入0.9%氯化钠注射液 100mL 静脉滴注 每8小时一次"
_KINDS = {
    "scan": concept("影像检查", coding(SNOMED, "363679005", "Imaging")),
    "test": concept("检验", coding(SNOMED, "108252007", "Laboratory procedure")),
    "surgery": concept("手术", coding(SNOMED, "387713003", "Surgical procedure")),
    "therapy": concept("康复治疗", coding(SNOMED, "91251008", "Physical therapy procedure")),
    "discharge": concept("出院", coding(SNOMED, "58000006", "Patient discharge")),
}


def medicine(
    world: World,
    stay: Stay,
    name: str,
    times: Iterable[str],
    first_late: timedelta | None = None,
) -> str:
    """Order a medicine at times of the day; somebody gives it each time. Gives the order's id."""
    id = world.new_id("mr")
    clock = [time.fromisoformat(text) for text in times]
    repeat = {
        "frequency": len(clock),
        "period": 1,
        "periodUnit": "d",
        "timeOfDay": [f"{at:%H:%M:%S}" for at in clock],
    }
    world.put(
        {
            "resourceType": "MedicationRequest",
            "id": id,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept(name),
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "authoredOn": when(world.now),
            "dosageInstruction": [{"text": name, "timing": {"repeat": repeat}}],
        }
    )
    for at in clock:
        first = world.today(at)
        first = first if first > world.now else world.today(at, 1)
        _plan_dose(world, stay, id, name, first, first_late)
    return id


def _plan_dose(
    world: World, stay: Stay, id: str, name: str, due: datetime, late: timedelta | None = None
) -> None:
    lag = late or timedelta(minutes=world.chance("dose", id, due).uniform(-12, 22))
    world.at(due + lag, lambda w: _give(w, stay, id, name, due))


def _give(world: World, stay: Stay, id: str, name: str, due: datetime) -> None:
    request = world.store.get("MedicationRequest", id)
    if stay.ended or request is None or request.resource["status"] != "active":
        return
    refused = world.chance("given", id, due).random() < 0.01
    world.put(
        {
            "resourceType": "MedicationAdministration",
            "id": world.new_id("ma"),
            "status": "not-done" if refused else "completed",
            "medicationCodeableConcept": concept(name),
            "subject": ref("Patient", stay.patient),
            "context": ref("Encounter", stay.encounter),
            "effectiveDateTime": when(world.now),
            "request": ref("MedicationRequest", id),
        }
    )
    _plan_dose(world, stay, id, name, due + timedelta(days=1))


def once(
    world: World,
    stay: Stay,
    kind: str,
    text: str,
    due: datetime,
    *,
    fasting: bool = False,
    done_after: timedelta | None = timedelta(minutes=20),
) -> str:
    """Order something once. Done so long after it is due; with None not by itself."""
    extra = {"orderDetail": [local("plan-detail", "fasting", "禁食禁水")]} if fasting else {}
    code, category = local(f"order-{kind}", kind, text), _KINDS[kind]
    id = order(world, stay, code, category, occurrenceDateTime=when(due), **extra)
    if done_after is not None:
        world.at(due + done_after, lambda w: done(w, stay, "ServiceRequest", id))
    return id


def done(world: World, stay: Stay, kind: str, id: str) -> None:
    """It has been done, unless it was called off."""
    row = world.store.get(kind, id)
    if stay.ended or row is None or row.resource["status"] not in ("active", "requested"):
        return
    if kind == "Task":
        start = world.now - timedelta(minutes=5)
        world.change(kind, id, status="completed", executionPeriod=period(start, world.now))
    else:
        world.change(kind, id, status="completed")


def task(
    world: World, stay: Stay, code: str, text: str, due: datetime, done_after: timedelta | None
) -> str:
    """A nursing task; `code` is one of the ward's dictionary of plans."""
    id = world.new_id("task")
    world.put(
        {
            "resourceType": "Task",
            "id": id,
            "status": "requested",
            "intent": "order",
            "code": local("plan", code, text),
            "for": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "restriction": {"period": {"end": when(due)}},
        }
    )
    if done_after is not None:
        world.at(due + done_after, lambda w: done(w, stay, "Task", id))
    return id


def turning(world: World, stay: Stay, due: datetime, late: timedelta | None = None) -> None:
    """Turn the patient each 2 h; `late` is how late somebody comes the first time."""
    if stay.ended or stay.died:
        return
    lag = timedelta(minutes=world.chance("turn", stay.encounter, due).uniform(2, 14))
    task(world, stay, "turning", "翻身", due, late or lag)
    # The next task is made when this one falls due, as a care plan does.
    world.at(due, lambda w: turning(w, stay, due + timedelta(hours=2)))


def appointment(world: World, stay: Stay, text: str, start: datetime) -> str:
    """An appointment elsewhere in the house."""
    id = world.new_id("appt")
    world.put(
        {
            "resourceType": "Appointment",
            "id": id,
            "status": "booked",
            "serviceType": [concept(text, coding(SNOMED, "363679005", "Imaging"))],
            "description": text,
            "start": when(start),
            "end": when(start + timedelta(minutes=30)),
            "participant": [
                {"actor": ref("Patient", stay.patient), "status": "accepted"},
            ],
        }
    )

    def come(world: World) -> None:
        if not stay.ended:
            world.change("Appointment", id, status="fulfilled")

    world.at(start + timedelta(minutes=35), come)
    return id


_OPEN = {
    "MedicationRequest": ("active", "stopped"),
    "ServiceRequest": ("active", "completed"),
    "NutritionOrder": ("active", "completed"),
    "Task": ("requested", "cancelled"),
    "Appointment": ("booked", "cancelled"),
    "Flag": ("active", "inactive"),
    "CareTeam": ("active", "inactive"),
}


_RECORD = ("Flag", "CareTeam")
"""What stays true of a patient who has died."""


def close_all(world: World, stay: Stay) -> None:
    """Nothing is open any more: the patient goes, or has died."""
    patient = f"Patient/{stay.patient}"
    for kind, (opened, closed) in _OPEN.items():
        if stay.died and not stay.ended and kind in _RECORD:
            continue
        for row in world.store.all(kind):
            body = row.resource
            if body["status"] != opened or patient not in row.text.decode():
                continue
            about = body.get("subject") or body.get("for") or body.get("patient")
            if kind == "Appointment" or (about or {}).get("reference") == patient:
                world.change(kind, body["id"], status=closed)
