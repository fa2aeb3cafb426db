"""The living ward: what each rule looks at occurs in its days, at a believable rate.

It stands beside what every ward has (orders, rounds of vital signs, shifts): laboratory, glucose,
pain, weights, scores, lines, sensing beds, drips whose rate is told, medicines as needed and
time-critical ones, coded allergies with now and then an order against them, fasting, transfusions,
and every few days somebody who deteriorates. All of it has chance of its own: the wards of the
other scenes are what they were.
"""

from collections.abc import Callable
from datetime import time, timedelta

from smartward.his.simulator import bedding, findings, lines, prescriptions, vitals
from smartward.his.simulator.build import MDC, coding, concept, quantity, ref
from smartward.his.simulator.drips import Drip
from smartward.his.simulator.world import Happening, Stay, World

_ADMITTED_EACH = timedelta(minutes=20)
"""How soon somebody who has come is looked after."""
_RATE_EACH = timedelta(minutes=2)
FLOW = concept("滴速", coding(MDC, "157784", "MDC_FLOW_FLUID_PUMP"))

_DAY: tuple[tuple[tuple[int, int], Callable[[World], None]], ...] = (
    ((6, 0), findings.bloods),
    ((6, 20), findings.weigh),
    ((6, 30), findings.glucose),
    ((8, 0), findings.pain),
    ((8, 10), findings.sedation),
    ((9, 0), findings.scores),
    ((10, 20), prescriptions.against_allergy),
    ((11, 0), findings.glucose),
    ((12, 10), findings.sedation),
    ((14, 0), findings.pain),
    ((15, 0), prescriptions.transfusion),
    ((16, 10), findings.sedation),
    ((16, 30), findings.glucose),
    ((20, 0), findings.pain),
    ((20, 10), findings.sedation),
    ((21, 0), findings.glucose),
    ((21, 30), prescriptions.fast_overnight),
)


def begin(world: World) -> None:
    """Let the ward live from now on."""
    _tend(world)
    for (hour, minute), what in _DAY:
        _daily(world, time(hour, minute), what)
    _daily(world, time(1, 0), _turns)
    _flows(world)


def _daily(world: World, at: time, what: Happening) -> None:
    today = world.today(at)
    first = today if today > world.now else world.today(at, 1)

    def come(world: World) -> None:
        what(world)
        world.at(world.today(at, 1), come)

    world.at(first, come)


def _tend(world: World) -> None:
    """Look after who has come since the last time."""
    for _, stay in sorted(world.stays.items()):
        if stay.encounter not in world.tended:
            world.tended.add(stay.encounter)
            findings.weight(world, stay)
            lines.lay(world, stay)
            prescriptions.admit(world, stay)
            bedding.equip(world, stay)
    world.after(_ADMITTED_EACH, _tend)


def _turns(world: World) -> None:
    """Every few days somebody takes a turn for the worse, and is treated."""
    chance = world.chance("turns", world.local().date())
    stable = [stay for _, stay in sorted(world.stays.items()) if stay.course == "stable"]
    if not stable or chance.random() >= 0.3:
        return
    who = chance.choice(stable)
    world.after(timedelta(hours=chance.uniform(1, 20)), lambda w: worsen(w, who))


def worsen(world: World, stay: Stay, hours_ago: float = 0.0, well_after: float = 10.0) -> None:
    """A course of some hours; better again after treatment."""
    if stay.ended or stay.died:
        return
    vitals.turn_worse(world, stay, hours_ago)
    vitals.look(world, stay)

    def better(world: World) -> None:
        if not stay.ended and stay.course == "deteriorating":
            vitals.recover(stay)
            vitals.look(world, stay)

    world.after(timedelta(hours=well_after), better)


# ------------------------------------------------------------------------------- rates of drips


def _flows(world: World) -> None:
    """Pumps tell their rate when it changes; now and then one runs wrong for a while."""
    for drip in list(world.drips.values()):
        if (
            drip.device is not None
            and not drip.lost
            and world.told_rates.get(drip.administration) != drip.rate
        ):
            tell_rate(world, drip)
    chance = world.chance("flows", world.now)
    running = [one for one in world.drips.values() if one.device is not None and one.left > 80]
    if running and chance.random() < 0.0006:
        slow = chance.choice(running)
        run_wrong(world, slow, chance.choice((0.6, 1.4)), timedelta(minutes=25))
    world.after(_RATE_EACH, _flows)


def run_wrong(world: World, drip: Drip, share: float, until: timedelta) -> None:
    """It runs at such a share of its rate, until somebody sets it right."""
    right = drip.rate
    set_rate(world, drip, right * share)

    def mend(world: World) -> None:
        if not drip.ended:
            set_rate(world, drip, right)

    world.after(until, mend)


def set_rate(world: World, drip: Drip, rate: float) -> None:
    """From now on it runs at this rate, whatever was ordered."""
    drip.flow_to_now(world)
    drip.rate = rate
    if drip.device is not None and not drip.lost:
        tell_rate(world, drip)


def tell_rate(world: World, drip: Drip) -> None:
    """The pump's own reading of its rate."""
    world.told_rates[drip.administration] = drip.rate
    findings.observe(
        world,
        drip.stay,
        "flow",
        FLOW,
        "procedure",
        valueQuantity=quantity(round(drip.rate, 1), "mL/h"),
        device=ref("Device", drip.device or ""),
    )
