"""Patients come, lie in beds, move and go: Patient, Encounter and what is known at admission."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from smartward.his.simulator import vitals
from smartward.his.simulator.build import (
    HL7,
    LOCAL,
    LOINC,
    SNOMED,
    Json,
    coding,
    concept,
    local,
    period,
    ref,
    when,
)
from smartward.his.simulator.people import CARER, DOCTORS, Colleague, Name, on_shift
from smartward.his.simulator.places import set_status
from smartward.his.simulator.world import Stay, World

LEVELS = {"special": "特级护理", "one": "一级护理", "two": "二级护理", "three": "三级护理"}
MARKS = {"critical": "病危", "serious": "病重"}
DIETS = {
    "regular": "普通饮食",
    "low-salt": "低盐低脂饮食",
    "diabetic": "糖尿病饮食",
    "soft": "软食",
    "semi-liquid": "半流质饮食",
    "npo": "禁食禁水",
}
ALLERGIES = ("青霉素过敏", "头孢类过敏", "磺胺类过敏", "碘造影剂过敏")
ISOLATIONS = {"contact": "床旁接触隔离", "droplet": "飞沫隔离", "airborne": "空气隔离"}
LINES = {"foley": "留置导尿管", "cvc": "中心静脉导管", "drain": "引流管"}
DIAGNOSES = (
    ("I20.0", "不稳定型心绞痛"),
    ("I50.9", "慢性心力衰竭急性加重"),
    ("I48.9", "心房颤动"),
    ("I21.9", "急性心肌梗死"),
    ("I10", "高血压3级"),
    ("I25.1", "冠状动脉粥样硬化性心脏病"),
)
PROFILE = {
    "hearing": "听力障碍",
    "sight": "视力障碍",
    "speech": "言语障碍",
    "confusion": "意识模糊",
    "comfort-care": "安宁疗护",
    "hand-left": "惯用左手",
}
SHIFT_LENGTH = timedelta(hours=8)
SHIFT_STARTS = {"day": 8, "evening": 16, "night": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What is written when somebody is admitted.

    `slots` tells allergy, isolation, nil by mouth, fall, skin and line in that order: `x` present,
    `-` assessed and absent, `?` not assessed.
    """

    name: Name
    man: bool
    born: str
    level: str = "two"
    mark: str | None = None
    slots: str = "------"
    nurse: int = 0
    doctor: int = 0
    diagnosis: int = 0
    diet: str = "low-salt"
    isolation: str = "contact"
    line: str = "foley"
    course: str = "stable"
    language: str | None = None
    long_words: bool = False
    alias: str = ""
    protected: bool = False
    profile: tuple[str, ...] = ()
    """What makes them hard to reach, words of PROFILE."""


def admit(world: World, bed: str, who: Admission, since: datetime) -> Stay:
    """Write everything of a new stay; `since` is when it began."""
    patient, encounter = world.new_id("pat"), world.new_id("enc")
    stay = Stay(encounter, patient, bed, since, who.course, who.nurse)
    world.stays[bed] = stay
    world.put(_patient(patient, who, world.serial["pat"]))
    world.put(_encounter(stay, who))
    set_status(world, bed, "O")
    _diagnosis(world, stay, who)
    _nursing_level(world, stay, who)
    _slots(world, stay, who)
    _care_team(world, stay, who)
    for word in who.profile:
        set_profile(world, stay, word, on=True)
    vitals.begin(world, stay)
    return stay


def _patient(id: str, who: Admission, n: int) -> Json:
    name = {"use": "official", "text": who.name.text, "given": list(who.name.given)}
    if who.name.family:
        name["family"] = who.name.family
    patient: Json = {
        "resourceType": "Patient",
        "id": id,
        "active": True,
        "identifier": [
            {
                "use": "usual",
                "type": concept("住院号", coding(f"{HL7}/v2-0203", "MR")),
                "system": "http://hospital.example/patients",
                "value": f"Z{2026_0000 + n}",
            }
        ],
        "name": [name] + ([{"use": "anonymous", "text": who.alias}] if who.alias else []),
        "gender": "male" if who.man else "female",
        "birthDate": who.born,
        "contact": [_child(who, n)],
    }
    if who.protected:
        restricted = coding(f"{HL7}/v3-Confidentiality", "R", "restricted")
        patient["meta"] = {"security": [restricted]}
    if who.language:
        spoken = concept(None, coding("urn:ietf:bcp:47", who.language))
        patient["communication"] = [{"language": spoken, "preferred": True}]
    return patient


def _child(who: Admission, n: int) -> Json:
    """Whom to ring: a son or daughter nobody has."""
    daughter = n % 2 == 0
    code, word, given = ("DAUC", "女儿", "晓燕") if daughter else ("SONC", "儿子", "志强")
    name: Json = {"text": f"{who.name.family}{given}", "given": [given]}
    if who.name.family:
        name["family"] = who.name.family
    return {
        "relationship": [concept(word, coding(f"{HL7}/v3-RoleCode", code))],
        "name": name,
        "telecom": [{"system": "phone", "use": "mobile", "value": f"139 0000 {n % 10_000:04}"}],
    }


def _encounter(stay: Stay, who: Admission) -> Json:
    doctor = DOCTORS[who.doctor % len(DOCTORS)]
    return {
        "resourceType": "Encounter",
        "id": stay.encounter,
        "status": "in-progress",
        "class": coding(f"{HL7}/v3-ActCode", "IMP", "inpatient encounter"),
        "subject": ref("Patient", stay.patient),
        "participant": [
            {
                "type": [concept(None, coding(f"{HL7}/v3-ParticipationType", "ATND"))],
                "individual": ref("Practitioner", doctor.id, doctor.name.text),
            }
        ],
        "period": period(stay.admitted),
        "location": [
            {
                "location": ref("Location", stay.bed),
                "status": "active",
                "period": period(stay.admitted),
            }
        ],
    }


def _diagnosis(world: World, stay: Stay, who: Admission) -> None:
    code, text = DIAGNOSES[who.diagnosis % len(DIAGNOSES)]
    if who.long_words:
        text = "冠状动脉粥样硬化性心脏病 急性非ST段抬高型心肌梗死 心功能Ⅲ级（Killip分级）"
    id = world.new_id("cond")
    world.put(
        {
            "resourceType": "Condition",
            "id": id,
            "clinicalStatus": concept(None, coding(f"{HL7}/condition-clinical", "active")),
            "category": [concept(None, coding(f"{HL7}/condition-category", "encounter-diagnosis"))],
            "code": concept(text, coding("http://hl7.org/fhir/sid/icd-10", code, text)),
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
        }
    )
    role = concept(None, coding(f"{HL7}/diagnosis-role", "AD"))
    chief = {"condition": ref("Condition", id), "use": role, "rank": 1}
    world.change("Encounter", stay.encounter, diagnosis=[chief])


def order(world: World, stay: Stay, code: Json, category: Json, **elements: object) -> str:
    """Write an active ServiceRequest; gives its id."""
    id = world.new_id("sr")
    world.put(
        {
            "resourceType": "ServiceRequest",
            "id": id,
            "status": "active",
            "intent": "order",
            "category": [category],
            "code": code,
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "authoredOn": when(world.now),
            **elements,
        }
    )
    return id


def nursing_category() -> Json:
    """The category of nursing orders."""
    return concept(None, coding(SNOMED, "9632001", "Nursing procedure"))


def _nursing_level(world: World, stay: Stay, who: Admission) -> None:
    order(world, stay, local("nursing-level", who.level, LEVELS[who.level]), nursing_category())
    if who.mark:
        flag(world, stay, local("condition-mark", who.mark, MARKS[who.mark]), active=True)
    if who.course == "oxygen":
        order(
            world,
            stay,
            local("news2-order", "scale-2", "NEWS2 血氧评分 2（目标 88–92%）"),
            nursing_category(),
            requester=ref("Practitioner", DOCTORS[0].id, DOCTORS[0].name.text),
        )


def flag(world: World, stay: Stay, code: Json, *, active: bool) -> str:
    """Write a Flag; gives its id."""
    id = world.new_id("flag")
    world.put(
        {
            "resourceType": "Flag",
            "id": id,
            "status": "active" if active else "inactive",
            "code": code,
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "period": period(stay.admitted, None if active else world.now),
        }
    )
    return id


def set_profile(world: World, stay: Stay, word: str, *, on: bool) -> None:
    """Write, or clear, a flag of PROFILE."""
    code = local("profile", word, PROFILE[word])
    known = [
        row.resource
        for row in world.store.all("Flag")
        if row.resource["code"] == code
        and row.resource["encounter"]["reference"] == f"Encounter/{stay.encounter}"
    ]
    if known:
        world.change("Flag", known[0]["id"], status="active" if on else "inactive")
    elif on:
        flag(world, stay, code, active=True)


def _slots(world: World, stay: Stay, who: Admission) -> None:
    allergy, isolation, nil, fall, skin, line = tuple(who.slots)
    if allergy != "?":
        _allergy(world, stay, who, present=allergy == "x")
    if isolation != "?":
        code = local("isolation", who.isolation, ISOLATIONS[who.isolation])
        flag(world, stay, code, active=isolation == "x")
    if nil != "?":
        diet(world, stay, who.diet)
    if nil == "x":
        diet(world, stay, "npo")
    if fall != "?":
        score(world, stay, "59460-6", "Morse跌倒评估总分", 55 if fall == "x" else 15)
    if skin != "?":
        score(world, stay, "38227-5", "Braden压疮评估总分", 12 if skin == "x" else 21)
    if line != "?":
        flag(world, stay, local("line", who.line, LINES[who.line]), active=line == "x")


def _allergy(world: World, stay: Stay, who: Admission, *, present: bool) -> None:
    text = ALLERGIES[world.serial["pat"] % len(ALLERGIES)]
    if who.long_words:
        text = "青霉素类、头孢菌素类及碘造影剂过敏（曾发生过敏性休克）"
    none_known = coding(SNOMED, "716186003", "No known allergy")
    status = f"{HL7}/allergyintolerance-clinical", "active"
    verified = f"{HL7}/allergyintolerance-verification", "confirmed"
    allergy: Json = {
        "resourceType": "AllergyIntolerance",
        "id": world.new_id("alg"),
        "clinicalStatus": concept(None, coding(*status)),
        "verificationStatus": concept(None, coding(*verified)),
        "code": concept(text) if present else concept("无已知过敏", none_known),
        "patient": ref("Patient", stay.patient),
        "recordedDate": when(stay.admitted),
    }
    world.put(allergy | ({"criticality": "high"} if present else {}))


def diet(world: World, stay: Stay, code: str) -> str:
    """Write an active diet order; meals are its schedule. Gives its id."""
    id = world.new_id("diet")
    oral: Json = {"type": [local("diet", code, DIETS[code])]}
    if code != "npo":
        times = ["07:00:00", "12:00:00", "17:30:00"]
        repeat = {"frequency": 3, "period": 1, "periodUnit": "d", "timeOfDay": times}
        oral["schedule"] = [{"repeat": repeat}]
    world.put(
        {
            "resourceType": "NutritionOrder",
            "id": id,
            "status": "active",
            "intent": "order",
            "patient": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "dateTime": when(world.now),
            "oralDiet": oral,
        }
    )
    return id


def score(world: World, stay: Stay, loinc: str, text: str, total: int) -> str:
    """Write a risk assessment score."""
    stay.scores[loinc] = total
    id = world.new_id("risk")
    world.put(
        {
            "resourceType": "Observation",
            "id": id,
            "status": "final",
            "category": [concept(None, coding(f"{HL7}/observation-category", "survey"))],
            "code": concept(text, coding(LOINC, loinc)),
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "effectiveDateTime": when(world.now),
            "valueInteger": total,
        }
    )
    return id


def _care_team(world: World, stay: Stay, who: Admission) -> None:
    doctor = DOCTORS[who.doctor % len(DOCTORS)]
    carers = [_member(CARER)] if who.level in ("special", "one") else []
    world.put(
        {
            "resourceType": "CareTeam",
            "id": f"team-{stay.encounter}",
            "status": "active",
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "participant": [_member(doctor), *_nurses(world, stay), *carers],
        }
    )


def _nurses(world: World, stay: Stay) -> list[Json]:
    """The responsible nurse of this shift, and who takes over from her."""
    local = world.local()
    start = datetime.combine(local.date(), time(local.hour // 8 * 8), world.zone)
    return [_nurse(world, stay, start), _nurse(world, stay, start + SHIFT_LENGTH)]


def _nurse(world: World, stay: Stay, start: datetime) -> Json:
    nurses = on_shift(shift(world, start))
    return _member(nurses[stay.nurse % len(nurses)], period(start, start + SHIFT_LENGTH))


def _member(one: Colleague, hours: Json | None = None) -> Json:
    role = coding(f"{LOCAL}/staff-role", one.role)
    member = {"role": [concept(None, role)], "member": ref("Practitioner", one.id, one.name.text)}
    return member | ({"period": hours} if hours else {})


def shift(world: World, at: datetime | None = None) -> str:
    """Which shift is on duty: night from 0, day from 8, evening from 16 o'clock."""
    hour = world.local(at).hour
    return "night" if hour < 8 else "day" if hour < 16 else "evening"


def change_shift(world: World) -> None:
    """The next shift takes over all patients; called at its start, and it plans the one after."""
    for stay in world.stays.values():
        row = world.store.get("CareTeam", f"team-{stay.encounter}")
        if row is None:
            continue
        doctor, *rest = row.resource["participant"]
        others = [one for one in rest if "period" not in one]
        people = [doctor, *_nurses(world, stay), *others]
        if people != row.resource["participant"]:
            world.change("CareTeam", f"team-{stay.encounter}", participant=people)
    world.after(SHIFT_LENGTH, change_shift)
