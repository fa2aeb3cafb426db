"""What the control socket can make happen at a bed, now.

| event | arguments | what happens |
|---|---|---|
| admit | bed, who (a name in Chinese; default anybody) | somebody is admitted to a free bed |
| discharge | bed | the stay ends, the bed is cleaned for 20 min |
| transfer | bed, to | to a free bed |
| swap | bed, with | two patients change beds |
| deteriorate | bed, hours (default 6) | so far down its course, and measured at once |
| recover | bed | well again, and measured at once |
| observe | bed | one set of vital signs |
| neglect | bed | nobody measures here any more until `observe` |
| drip_start | bed, total, rate, left, sensor, next | a bag is hung |
| drip_near | bed, minutes (default 9) | so much time is left in the bag |
| drip_end | bed | the bag is empty |
| drip_change | bed | the bag is changed, or taken down |
| sensor_lost | bed | the pump's sensor is off |
| fasting_start, fasting_end | bed | nil by mouth is ordered, or ended |
| death | bed | the patient dies; the stay goes on until it is ended |
| cancel | bed | an admission that was a mistake, or one that was planned, is called off |
| profile | bed, what, on (default true) | a flag of `staying.PROFILE`: how to reach them |
| lab | bed, test, value, critical (default false) | a result of `findings.TESTS` |
| glucose, pain | bed, value | a finger prick; pain of 0 to 10 |
| bed_exit | bed, minutes (default 5) | the patient gets up alone, and is back so much later |
| bed_sensor | bed, what, on (default false) | exit-alarm, brake, rails, low or occupied |
| drip_rate | bed, share (default 0.6), minutes (default 25) | runs at such a share of its rate |
| as_needed | bed | something against pain is ordered as needed, and a dose given |
| allergy_order | bed, minutes (default 45) | amoxicillin against an allergy, then called off |
| dismiss | who | somebody of the staff works here no more (a Practitioner's id) |
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from smartward.his.simulator import (
    bedding,
    drips,
    findings,
    life,
    moves,
    places,
    prescriptions,
    staying,
    vitals,
)
from smartward.his.simulator.drips import Bag, Drip
from smartward.his.simulator.people import chinese, somebody
from smartward.his.simulator.places import bed_id
from smartward.his.simulator.staying import Admission
from smartward.his.simulator.world import Stay, World

Arguments = dict[str, Any]


def _bed(arguments: Arguments, name: str = "bed") -> str:
    given = str(arguments[name])
    return given if given.startswith("bed-") else bed_id(given)


def _stay(world: World, arguments: Arguments) -> Stay:
    bed = _bed(arguments)
    if bed not in world.stays:
        raise ValueError(f"nobody lies in {bed}")
    return world.stays[bed]


def _drip(world: World, arguments: Arguments) -> Drip:
    drip = drips.of_bed(world, _bed(arguments))
    if drip is None:
        raise ValueError(f"nothing runs at {_bed(arguments)}")
    return drip


def _admit(world: World, arguments: Arguments) -> None:
    bed = _bed(arguments)
    if bed in world.stays:
        raise ValueError(f"{bed} is taken")
    chance = world.chance("event", world.now)
    man = chance.random() < 0.5
    name = chinese(str(arguments["who"])) if "who" in arguments else somebody(chance, man)
    who = Admission(name=name, man=man, born="1955-06-06", slots="------")
    moves.arrive(world, bed, who)


def _discharge(world: World, arguments: Arguments) -> None:
    moves.discharge(world, _stay(world, arguments).bed)


def _transfer(world: World, arguments: Arguments) -> None:
    moves.transfer(world, _stay(world, arguments).bed, _bed(arguments, "to"))


def _swap(world: World, arguments: Arguments) -> None:
    other = _stay(world, {"bed": arguments["with"]})
    moves.swap(world, _stay(world, arguments).bed, other.bed)


def _deteriorate(world: World, arguments: Arguments) -> None:
    stay = _stay(world, arguments)
    vitals.turn_worse(world, stay, float(arguments.get("hours", 6)))
    vitals.look(world, stay)


def _recover(world: World, arguments: Arguments) -> None:
    stay = _stay(world, arguments)
    vitals.recover(stay)
    vitals.look(world, stay)


def _observe(world: World, arguments: Arguments) -> None:
    vitals.look(world, _stay(world, arguments))


def _neglect(world: World, arguments: Arguments) -> None:
    vitals.neglect(world, _stay(world, arguments))


def _drip_start(world: World, arguments: Arguments) -> None:
    bag = Bag(
        name=str(arguments.get("drug", "0.9%氯化钠注射液")),
        total=float(arguments.get("total", 100)),
        rate=float(arguments.get("rate", 100)),
        left=float(arguments["left"]) if "left" in arguments else None,
        sensor=bool(arguments.get("sensor", True)),
        next_ordered=bool(arguments.get("next", False)),
    )
    drips.hang(world, _stay(world, arguments), bag)


def _drip_near(world: World, arguments: Arguments) -> None:
    drip = _drip(world, arguments)
    drips.set_left(world, drip, drip.rate * float(arguments.get("minutes", 9)) / 60)


def _drip_end(world: World, arguments: Arguments) -> None:
    drips.set_left(world, _drip(world, arguments), 0.0)


def _drip_change(world: World, arguments: Arguments) -> None:
    drips.change_bag(world, _drip(world, arguments))


def _sensor_lost(world: World, arguments: Arguments) -> None:
    drips.lose_sensor(world, _drip(world, arguments))


def _fasting_start(world: World, arguments: Arguments) -> None:
    staying.diet(world, _stay(world, arguments), "npo")


def _fasting_end(world: World, arguments: Arguments) -> None:
    moves.end_fasting(world, _stay(world, arguments))


def _death(world: World, arguments: Arguments) -> None:
    moves.die(world, _stay(world, arguments))


def _cancel(world: World, arguments: Arguments) -> None:
    moves.cancel(world, _bed(arguments))


def _profile(world: World, arguments: Arguments) -> None:
    stay, what = _stay(world, arguments), str(arguments["what"])
    if what not in staying.PROFILE:
        raise ValueError(f"no flag {what!r}; there are {', '.join(staying.PROFILE)}")
    staying.set_profile(world, stay, what, on=bool(arguments.get("on", True)))


def _lab(world: World, arguments: Arguments) -> None:
    stay, test = _stay(world, arguments), str(arguments["test"])
    if test not in findings.TESTS:
        raise ValueError(f"no test {test!r}; there are {', '.join(findings.TESTS)}")
    critical = bool(arguments.get("critical", False))
    findings.result(world, stay, test, float(arguments["value"]), critical=critical)


def _glucose(world: World, arguments: Arguments) -> None:
    findings.meter(world, _stay(world, arguments), float(arguments["value"]))


def _pain(world: World, arguments: Arguments) -> None:
    findings.ask(world, _stay(world, arguments), int(arguments["value"]))


def _bed_exit(world: World, arguments: Arguments) -> None:
    stay = _stay(world, arguments)
    bedding.make_sense(world, stay)
    bedding.leave(world, stay, _minutes(arguments, 5))


def _bed_sensor(world: World, arguments: Arguments) -> None:
    stay, what = _stay(world, arguments), str(arguments["what"])
    if what not in bedding.WORDS:
        raise ValueError(f"no sensor {what!r}; there are {', '.join(bedding.WORDS)}")
    bedding.make_sense(world, stay)
    bedding.sense(world, stay, what, on=bool(arguments.get("on", False)))


def _drip_rate(world: World, arguments: Arguments) -> None:
    share = float(arguments.get("share", 0.6))
    life.run_wrong(world, _drip(world, arguments), share, _minutes(arguments, 25))


def _as_needed(world: World, arguments: Arguments) -> None:
    stay = _stay(world, arguments)
    prescriptions.give(world, stay, prescriptions.as_needed(world, stay))


def _allergy_order(world: World, arguments: Arguments) -> None:
    stay = _stay(world, arguments)
    allergy = prescriptions.allergic(world, stay)
    prescriptions.order_against(world, stay, allergy, _minutes(arguments, 45))


def _minutes(arguments: Arguments, otherwise: float) -> timedelta:
    return timedelta(minutes=float(arguments.get("minutes", otherwise)))


def _dismiss(world: World, arguments: Arguments) -> None:
    places.dismiss(world, str(arguments["who"]))


EVENTS: dict[str, Callable[[World, Arguments], None]] = {
    "admit": _admit,
    "discharge": _discharge,
    "transfer": _transfer,
    "swap": _swap,
    "deteriorate": _deteriorate,
    "recover": _recover,
    "observe": _observe,
    "neglect": _neglect,
    "drip_start": _drip_start,
    "drip_near": _drip_near,
    "drip_end": _drip_end,
    "drip_change": _drip_change,
    "sensor_lost": _sensor_lost,
    "fasting_start": _fasting_start,
    "fasting_end": _fasting_end,
    "death": _death,
    "cancel": _cancel,
    "profile": _profile,
    "lab": _lab,
    "glucose": _glucose,
    "pain": _pain,
    "bed_exit": _bed_exit,
    "bed_sensor": _bed_sensor,
    "drip_rate": _drip_rate,
    "as_needed": _as_needed,
    "allergy_order": _allergy_order,
    "dismiss": _dismiss,
}
_OF_NO_BED = ("dismiss",)


def happen(world: World, name: str, arguments: Arguments) -> None:
    """Make `name` happen now.

    Raises ValueError when there is no such event or it cannot happen, KeyError for a missing
    argument or a bed that is not there.
    """
    event = EVENTS.get(name)
    if event is None:
        raise ValueError(f"no event {name!r}; there are {', '.join(EVENTS)}")
    if name not in _OF_NO_BED:
        bed = _bed(arguments)
        if world.store.get("Location", bed) is None:
            raise KeyError(bed)
    event(world, arguments)
