"""Bodies and the nurses' rounds: vital signs by plausible courses, measured as sets.

Each value drifts back to the patient's own level (mean reversion) with a daily rhythm and some
noise; a course bends that level: `deteriorating` moves from NEWS2 2 to 7 and more in 6 h, `fever`
holds 38.2 to 38.9 °C, `oxygen` is a lung patient on 2 L/min with a saturation about 90 %.
Numbers are of adults at rest; they are for showing a ward, not for teaching physiology.
"""

import math
from bisect import bisect_right
from datetime import datetime, time, timedelta

from smartward.his.simulator.build import (
    HL7,
    LOINC,
    SNOMED,
    Json,
    coding,
    concept,
    quantity,
    ref,
    when,
)
from smartward.his.simulator.world import Stay, World

_LEVEL = {"rr": 15.5, "spo2": 97.2, "hr": 74.0, "sys": 126.0, "dia": 76.0, "t": 36.6}
_SPREAD = {"rr": 1.0, "spo2": 0.5, "hr": 7.0, "sys": 9.0, "dia": 5.0, "t": 0.12}
_NOISE = {"rr": 0.9, "spo2": 0.5, "hr": 3.5, "sys": 5.0, "dia": 3.0, "t": 0.12}
_RHYTHM = {"rr": 0.4, "spo2": -0.2, "hr": 4.0, "sys": 5.0, "dia": 3.0, "t": 0.25}
"""How far a value swings in a day, highest at 17 o'clock."""
_RETURN_H = 5.0

_FRAIL: dict[str, float] = {"rr": 18, "spo2": 95.2, "hr": 95, "sys": 128, "dia": 78, "t": 37.2}
_OWN_LEVEL: dict[str, dict[str, float]] = {
    "frail": _FRAIL,
    "deteriorating": _FRAIL,
    "oxygen": {"rr": 18, "spo2": 90.2, "hr": 84, "sys": 132, "dia": 78, "t": 36.7},
    "fever": {"rr": 18.4, "spo2": 96.8, "hr": 88, "sys": 122, "dia": 74, "t": 38.5},
}
_WORSE = {"rr": 7.4, "spo2": -3.7, "hr": 23, "sys": -24, "dia": -10, "t": 1.2}
_DECLINE_H = ((0.0, 0.0), (4.5, 0.45), (6.0, 1.0), (12.0, 1.0), (20.0, 0.1))
"""Hours since the turn, and how far down the patient is then; treated after 12 h."""

_ROUNDS = tuple(time(hour) for hour in (2, 6, 10, 14, 18, 22))
_TEXT = {
    "rr": ("9279-1", "呼吸", "/min", "次/分"),
    "spo2": ("59408-5", "血氧饱和度", "%", "%"),
    "hr": ("8867-4", "脉搏", "/min", "次/分"),
    "t": ("8310-5", "体温", "Cel", "℃"),
}


def begin(world: World, stay: Stay) -> None:
    """Give the stay a body and a place in the rounds."""
    chance = world.chance("level", stay.encounter)
    own = _OWN_LEVEL.get(stay.course)
    spread = 0.2 if own else 1.0
    stay.body = {
        name: (own or _LEVEL)[name] + chance.gauss(0, _SPREAD[name]) * spread for name in _LEVEL
    }
    stay.body |= {f"level.{name}": value for name, value in stay.body.items()}
    _plan(world, stay, _next_round(world, stay))


def _plan(world: World, stay: Stay, at: datetime) -> None:
    """Measure at `at`, unless another plan replaces this one before."""
    stay.chain += 1
    chain = stay.chain

    def come(world: World) -> None:
        if stay.chain == chain and not stay.ended:
            look(world, stay)

    world.at(at, come)


def neglect(world: World, stay: Stay) -> None:
    """Nobody comes to measure here until somebody looks."""
    stay.chain += 1


def _next_round(world: World, stay: Stay) -> datetime:
    """The next round's turn at this bed: a minute for each bed before it."""
    turn = timedelta(minutes=1 + int("".join(c for c in stay.bed if c.isdigit())) % 40)
    for days in (0, 1):
        for start in _ROUNDS:
            at = world.today(start, days) + turn
            if at > world.now + timedelta(minutes=1):
                return at
    raise AssertionError("a day without a round")


def _target(stay: Stay, name: str, at: datetime, hour: float) -> float:
    level = stay.body[f"level.{name}"]
    calm = 0.25 if stay.course in _OWN_LEVEL else 1.0
    level += _RHYTHM[name] * calm * math.cos((hour - 17.0) / 24.0 * 2 * math.pi)
    if stay.course == "deteriorating" and stay.since is not None:
        level += _WORSE[name] * _decline((at - stay.since).total_seconds() / 3600)
    return level


def _decline(hours: float) -> float:
    index = bisect_right(_DECLINE_H, hours, key=lambda point: point[0])
    if index == 0:
        return _DECLINE_H[0][1]
    if index == len(_DECLINE_H):
        return _DECLINE_H[-1][1]
    (h0, d0), (h1, d1) = _DECLINE_H[index - 1], _DECLINE_H[index]
    return d0 + (d1 - d0) * (hours - h0) / (h1 - h0)


def _live(world: World, stay: Stay) -> dict[str, float]:
    """Move the body to the present; what a measurement would read."""
    local = world.local()
    hour = local.hour + local.minute / 60
    chance = world.chance("body", stay.encounter, stay.round_n)
    hours = 24.0 if stay.body_at is None else (world.now - stay.body_at).total_seconds() / 3600
    kept = math.exp(-hours / _RETURN_H)
    own = stay.course in _OWN_LEVEL
    for name in _LEVEL:
        target = _target(stay, name, world.now, hour)
        noise = _NOISE[name] * (0.3 if own else 1.0) * math.sqrt(1 - kept * kept)
        # A body that is turning for the worse follows its course, not its past.
        memory = 0.0 if stay.since is not None else kept
        stay.body[name] = target + (stay.body[name] - target) * memory + chance.gauss(0, noise)
    stay.body_at = world.now
    read = {name: round(stay.body[name]) for name in ("rr", "hr", "sys", "dia")}
    return {
        **read,
        "spo2": min(100, round(stay.body["spo2"])),
        "t": round(stay.body["t"], 1),
        "o2": 2.0 if stay.course == "oxygen" else 0.0,
    }


def look(world: World, stay: Stay) -> None:
    """One set at the bedside now, written as a panel with its members; then the next is planned."""
    read = _live(world, stay)
    stay.round_n += 1
    stay.score, three = _score(read, scale_2=stay.course == "oxygen")
    _write_set(world, stay, read)
    _plan(world, stay, _next_measure(world, stay, three))


def _next_measure(world: World, stay: Stay, three: bool) -> datetime:
    chance = world.chance("next", stay.encounter, stay.round_n)
    round_at = _next_round(world, stay)
    if stay.score >= 7:
        return min(round_at, world.now + timedelta(minutes=chance.uniform(14, 20)))
    if stay.score >= 5 or three or stay.course == "deteriorating":
        return min(round_at, world.now + timedelta(minutes=chance.uniform(50, 57)))
    return round_at


def _score(read: dict[str, float], scale_2: bool) -> tuple[int, bool]:
    """What the nurse's paper chart says (RCP 2017): total, and whether one part is 3."""

    def band(value: float, edges: tuple[float, ...], points: tuple[int, ...]) -> int:
        return points[bisect_right(edges, value)]

    if scale_2:
        saturation = band(read["spo2"], (83.5, 85.5, 87.5, 92.5, 94.5, 96.5), (3, 2, 1, 0, 1, 2, 3))
    else:
        saturation = band(read["spo2"], (91.5, 93.5, 95.5), (3, 2, 1, 0))
    parts = (
        band(read["rr"], (8.5, 11.5, 20.5, 24.5), (3, 1, 0, 2, 3)),
        saturation,
        2 if read["o2"] > 0 else 0,
        band(read["sys"], (90.5, 100.5, 110.5, 219.5), (3, 2, 1, 0, 3)),
        band(read["hr"], (40.5, 50.5, 90.5, 110.5, 130.5), (3, 1, 0, 1, 2, 3)),
        band(read["t"], (35.05, 36.05, 38.05, 39.05), (3, 1, 0, 1, 2)),
    )
    return sum(parts), 3 in parts


def _write_set(world: World, stay: Stay, read: dict[str, float]) -> None:
    members = [
        _observation(world, stay, concept(text, coding(LOINC, code)), valueQuantity=value)
        for name, (code, text, ucum, unit) in _TEXT.items()
        for value in [quantity(read[name], unit, ucum)]
    ]
    members.append(_oxygen(world, stay, read["o2"]))
    members.append(_pressure(world, stay, read))
    alert = concept("清醒", coding(SNOMED, "248234008", "Mentally alert"))
    level = concept("意识水平", coding(LOINC, "80288-4"))
    members.append(_observation(world, stay, level, valueCodeableConcept=alert))
    panel = concept("生命体征", coding(LOINC, "85353-1"))
    _observation(world, stay, panel, hasMember=[ref("Observation", id) for id in members])


def _oxygen(world: World, stay: Stay, litres: float) -> str:
    flow = concept("吸氧流量", coding(LOINC, "3151-8"))
    return _observation(world, stay, flow, valueQuantity=quantity(litres, "L/min"))


def _pressure(world: World, stay: Stay, read: dict[str, float]) -> str:
    component = [
        {
            "code": concept(text, coding(LOINC, code)),
            "valueQuantity": quantity(read[name], "mmHg", "mm[Hg]"),
        }
        for name, code, text in (("sys", "8480-6", "收缩压"), ("dia", "8462-4", "舒张压"))
    ]
    panel = concept("血压", coding(LOINC, "85354-9"))
    return _observation(world, stay, panel, component=component)


def _observation(world: World, stay: Stay, code: Json, **elements: object) -> str:
    id = world.new_id("obs")
    world.put(
        {
            "resourceType": "Observation",
            "id": id,
            "status": "final",
            "category": [concept(None, coding(f"{HL7}/observation-category", "vital-signs"))],
            "code": code,
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "effectiveDateTime": when(world.now),
            **elements,
        }
    )
    return id


def turn_worse(world: World, stay: Stay, hours_ago: float) -> None:
    """Begin (so many hours ago) to deteriorate. A stable body is first made a frail one."""
    if stay.course not in ("frail", "deteriorating"):
        stay.body |= {f"level.{name}": value for name, value in _FRAIL.items()}
    stay.course = "deteriorating"
    stay.since = world.now - timedelta(hours=hours_ago)


def hold(stay: Stay, levels: dict[str, float]) -> None:
    """Have these levels from now on, at once."""
    stay.course, stay.since = "stable", None
    stay.body |= {f"level.{name}": value for name, value in levels.items()} | levels


def recover(stay: Stay) -> None:
    """Become an ordinary patient again, at once."""
    stay.course, stay.since = "stable", None
    stay.body |= {f"level.{name}": value for name, value in _LEVEL.items()} | _LEVEL
