"""Beds that sense: exit alarm, brake, rails, and whether somebody lies in them.

Some beds of patients at risk of falling have them. Somebody comes, switches the exit alarm off,
goes to the toilet with the patient and switches it on again: meanwhile the bed tells nothing of who
lies in it. Forgotten alarms, brakes left off and patients who get up alone are rare.
"""

from datetime import timedelta

from smartward.his.simulator.build import Json, local, ref
from smartward.his.simulator.findings import at_risk, observe
from smartward.his.simulator.world import Stay, World

_MOST = 6
"""So many beds of the ward sense."""
WORDS = {
    "occupied": "在床",
    "exit-alarm": "离床报警",
    "brake": "刹车",
    "rails": "床栏",
    "low": "最低位",
}
"""What a bed senses, by the hospital's own codes."""


def equip(world: World, stay: Stay) -> None:
    """Put one of the ward's sensing beds under somebody at risk of falling, while there is one."""
    total = stay.scores.get("59460-6")
    used = sum(not one.ended for one in world.sensed.values())
    if total is None or not at_risk("59460-6", total) or used >= _MOST:
        return
    make_sense(world, stay)
    _plan(world, stay)


def make_sense(world: World, stay: Stay) -> None:
    """A bed that senses, all as it should be; nothing where it is one already."""
    if stay.encounter in world.sensed:
        return
    world.sensed[stay.encounter] = stay
    device: Json = {
        "resourceType": "Device",
        "id": f"bed-sensor-{stay.encounter}",
        "status": "active",
        "type": local("device", "bed", "智能病床"),
        "patient": ref("Patient", stay.patient),
    }
    world.put(device)
    for what in WORDS:
        sense(world, stay, what, on=True)


def sense(world: World, stay: Stay, what: str, *, on: bool) -> None:
    """The bed tells of a change. Raises KeyError for what no bed senses."""
    code = local("bed-sensor", what, WORDS[what])
    bed = ref("Device", f"bed-sensor-{stay.encounter}")
    observe(world, stay, "sense", code, "activity", valueBoolean=on, device=bed)


def _plan(world: World, stay: Stay) -> None:
    """The next time that this patient gets up: seldom at night."""
    chance = world.chance("gets up", stay.encounter, world.now)
    night = world.local().hour >= 22 or world.local().hour < 6
    hours = chance.uniform(4, 7) if night else chance.uniform(2.5, 5)
    world.after(timedelta(hours=hours), lambda w: _up(w, stay))


def _up(world: World, stay: Stay) -> None:
    if stay.ended or stay.died:
        return
    chance = world.chance("up", stay.encounter, world.now)
    kind = chance.random()
    if kind < 0.015:
        leave(world, stay, timedelta(minutes=chance.randrange(3, 8)))
    else:
        _with_somebody(world, stay, forgotten=kind > 0.97)
    if chance.random() < 0.02:
        _brake(world, stay, timedelta(minutes=chance.choice((2, 3, 3, 20))))
    _plan(world, stay)


def leave(world: World, stay: Stay, away: timedelta) -> None:
    """The patient gets up alone, and is back in bed so much later."""
    sense(world, stay, "occupied", on=False)
    _later(world, stay, away, "occupied")


def _with_somebody(world: World, stay: Stay, *, forgotten: bool) -> None:
    chance = world.chance("accompanied", stay.encounter, world.now)
    minutes = chance.randrange(5, 9)
    for what in ("exit-alarm", "rails"):
        sense(world, stay, what, on=False)
        again = chance.randrange(45, 90) if forgotten and what == "exit-alarm" else minutes
        _later(world, stay, timedelta(minutes=again), what)


def _brake(world: World, stay: Stay, off: timedelta) -> None:
    sense(world, stay, "brake", on=False)
    _later(world, stay, off, "brake")


def _later(world: World, stay: Stay, wait: timedelta, what: str) -> None:
    """It is as it should be again."""

    def again(world: World) -> None:
        if not stay.ended:
            sense(world, stay, what, on=True)

    world.after(wait, again)
