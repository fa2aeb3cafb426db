"""What happens on the ward: the told morning, and the ordinary days around it.

Times of the morning are minutes from the start of the simulation, so that a demo shows within half
an hour: a drip that ends (bed 7, after 14 min), a patient who deteriorates (31; NEWS2 5 after
4 min, 7 or more after 22), a late turning (18), late observations (25), a medicine that is due (5),
an admission (33), a discharge (2); later a transfer (16 to 2) and a swap (9 and 10).
"""

from dataclasses import replace
from datetime import datetime, time, timedelta

from smartward.his.simulator import drips, life, moves, orders, staying, vitals
from smartward.his.simulator.build import local
from smartward.his.simulator.drips import Bag
from smartward.his.simulator.people import chinese, somebody
from smartward.his.simulator.places import bed_id
from smartward.his.simulator.staying import Admission
from smartward.his.simulator.telling import Telling
from smartward.his.simulator.world import Stay, World

_BAGS = {
    "7": Bag(name="0.9%氯化钠注射液+头孢呋辛", total=100, rate=100, left=23.4, next_ordered=True),
    "12": Bag(name="5%葡萄糖注射液+硝酸甘油", total=250, rate=100, left=78.4),
    "4": Bag(name="0.9%氯化钠注射液", total=500, rate=60, left=310, next_ordered=True),
    "13": Bag(name="复方氯化钠注射液", total=500, rate=80, left=260, sensor=False),
    "17": Bag(name="去甲肾上腺素（泵入）", total=50, rate=5, left=31, next_ordered=True),
    "25": Bag(name="5%葡萄糖注射液+丹参多酚酸盐", total=250, rate=70, left=140),
    "31": Bag(name="0.9%氯化钠注射液+左氧氟沙星", total=250, rate=80, left=170),
    "35": Bag(name="葡萄糖氯化钠注射液", total=500, rate=75, left=330, sensor=False),
}
"""What runs at the start; `left` is at the start."""
_HUNG_BEFORE = timedelta(minutes=30)


def _next(world: World, at: time) -> datetime:
    today = world.today(at)
    return today if today > world.now else world.today(at, 1)


def ordinary(world: World) -> None:
    """The standing orders of everybody, and the rhythm of shifts and days."""
    for bed, stay in sorted(world.stays.items()):
        chance = world.chance("orders", stay.encounter)
        for name, times in chance.sample(orders.MEDICINES, chance.randrange(1, 4)):
            orders.medicine(world, stay, name, times)
        if bed in ("bed-6", "bed-17", "bed-24"):
            orders.turning(world, stay, world.now + timedelta(minutes=chance.randrange(100)))
    starts = [_next(world, time(hour)) for hour in staying.SHIFT_STARTS.values()]
    world.at(min(starts), staying.change_shift)
    world.at(_next(world, time(5)), day)


def day(world: World) -> None:
    """At 5 o'clock: the day's extra orders, and who will come and go."""
    chance = world.chance("day", world.local().date())
    stays = [stay for _, stay in sorted(world.stays.items())]
    for stay in chance.sample(stays, len(stays) // 6):
        kind, text, hour = chance.choice(
            (
                ("scan", "胸部CT", 9),
                ("scan", "心脏彩超", 15),
                ("therapy", "床旁步行训练", 14),
                ("test", "血常规、电解质", 6),
            )
        )
        due = world.today(time(hour, chance.choice((0, 20, 40))))
        orders.once(world, stay, kind, text, due, done_after=timedelta(minutes=25))
    if stays and world.now >= world.moves_from:
        leaves = chance.choice(stays)
        orders.once(world, leaves, "discharge", "出院", world.today(time(10, 30)))
        world.at(world.today(time(10, 45)), lambda w: _leave(w, leaves))
        world.at(world.today(time(14, 30)), _come)
    world.at(world.today(time(5), 1), day)


def _leave(world: World, stay: Stay) -> None:
    if not stay.ended:
        moves.discharge(world, stay.bed)


def _come(world: World) -> None:
    chance = world.chance("newcomer", world.now)
    free = moves.free_beds(world)
    if free:
        man = chance.random() < 0.5
        who = Admission(name=somebody(chance, man), man=man, born="1957-05-05", slots="-----?")
        moves.arrive(world, free[0], who)


def morning(world: World, start: datetime) -> None:
    """The told morning, for a ward whose simulation starts at `start`."""
    telling = Telling(world, start)
    _nights_work(telling)
    _drips(telling)
    _days_work(telling)
    _comings_and_goings(world, telling)


def _nights_work(telling: Telling) -> None:
    for number in ("12", "13", "35"):
        telling.tell(-660, number, lambda w, s: staying.diet(w, s, "npo"))
    telling.tell(-300, "31", lambda w, s: vitals.turn_worse(w, s, 0))
    telling.tell(-299, "31", _hourly)
    telling.tell(-62, "31", vitals.look)
    telling.tell(4, "31", vitals.look)
    telling.tell(22, "31", vitals.look)
    telling.tell(-790, "25", vitals.neglect)
    telling.tell(18, "25", vitals.look)
    late = timedelta(minutes=55)
    due = telling.when(-15)
    telling.tell(-135, "18", lambda w, s: orders.turning(w, s, due, late))


def _hourly(world: World, stay: Stay) -> None:
    observed_each(world, stay, 1)


def observed_each(world: World, stay: Stay, hours: int) -> None:
    """The doctor wants this patient observed each so many hours."""
    timing = {"repeat": {"frequency": 1, "period": hours, "periodUnit": "h"}}
    staying.order(
        world,
        stay,
        local(
            "news2-order",
            "observations",
            "每小时测量生命体征" if hours == 1 else f"每{hours}小时测量生命体征",
        ),
        staying.nursing_category(),
        occurrenceTiming=timing,
    )


def _drips(telling: Telling) -> None:
    _bags(telling)
    telling.tell(-12, "25", _lose)


def _bags(telling: Telling) -> None:
    for number, bag in _BAGS.items():
        assert bag.left is not None
        before = bag.left + bag.rate * _HUNG_BEFORE.total_seconds() / 3600
        hung = replace(bag, left=min(before, bag.total))
        telling.tell(-30, number, lambda w, s, hung=hung: drips.hang(w, s, hung))  # type: ignore[misc]  # mypy infers no lambda with a default


def living(world: World, start: datetime) -> None:
    """An ordinary day: the ward lives from now on, and at `start` drips run. Nothing is told; see
    `planted` for that."""
    life.begin(world)
    _bags(Telling(world, start))


def _lose(world: World, stay: Stay) -> None:
    drip = drips.of_bed(world, stay.bed)
    if drip is not None:
        drips.lose_sensor(world, drip)


def _days_work(telling: Telling) -> None:
    def once(
        number: str, minutes: float, kind: str, text: str, done_after: float | None, **more: bool
    ) -> None:
        due = telling.when(minutes)
        done = None if done_after is None else timedelta(minutes=done_after)
        telling.tell(
            -180,
            number,
            lambda w, s: orders.once(w, s, kind, text, due, done_after=done, **more),
        )

    once("12", 30, "scan", "冠状动脉CTA", 25, fasting=True)
    once("12", 240, "therapy", "床旁步行训练", 20)
    once("13", 180, "surgery", "冠状动脉支架植入术", 120, fasting=True)
    once("35", 300, "surgery", "永久起搏器植入术", 90, fasting=True)
    once("19", 120, "scan", "胸部CT", 15)
    once("1", 20 * 60, "test", "血常规、电解质", 10)
    for number, minutes in (("2", 25), ("15", 130), ("26", 300), ("40", 305)):
        once(number, minutes, "discharge", "出院", None)
    antibiotic = telling.when(0)
    telling.tell(-181, "5", lambda w, s: _antibiotic(w, s, antibiotic))
    start = telling.when(90)
    telling.tell(-170, "21", lambda w, s: orders.appointment(w, s, "心脏彩超", start))
    telling.tell(75, "12", moves.end_fasting)


def _antibiotic(world: World, stay: Stay, due: datetime) -> None:
    at = f"{world.local(due):%H:%M}"
    late = timedelta(minutes=32)
    orders.medicine(world, stay, "头孢克洛胶囊 0.25g 口服", (at,), first_late=late)


def _comings_and_goings(world: World, telling: Telling) -> None:
    newcomer = Admission(
        name=chinese("沈国梁"), man=True, born="1952-04-18", level="one", slots="-?-x?-", nurse=2
    )
    expected = Admission(name=chinese("司马芸"), man=False, born="1963-08-08", slots="??????")
    reserved = bed_id("14")
    if world.store.get("Location", reserved) is not None:
        world.at(
            telling.when(-200),
            lambda w: moves.plan_admission(w, reserved, expected, telling.when(240)),
        )
    _arrive_if_free(world, telling.when(12), bed_id("33"), newcomer)
    for number, minutes in (("2", 28), ("15", 135), ("26", 302), ("40", 310)):
        telling.tell(minutes, number, lambda w, s: moves.discharge(w, s.bed))
    telling.tell(55, "16", lambda w, s: moves.transfer_if_free(w, s.bed, bed_id("2")))
    telling.tell(75, "9", lambda w, s: moves.swap_if_there(w, s.bed, bed_id("10")))


def _arrive_if_free(world: World, when: datetime, bed: str, who: Admission) -> None:
    def happening(world: World) -> None:
        if bed not in world.stays and world.store.get("Location", bed) is not None:
            moves.arrive(world, bed, who)

    world.at(when, happening)


def longest(world: World, start: datetime) -> None:
    """Long words everywhere: for layouts that must hold."""
    telling = Telling(world, start)
    for n, stay in enumerate(world.stays.values()):
        number = stay.bed.removeprefix("bed-").replace("x", "加")
        text = "冠状动脉造影术+经皮冠状动脉支架植入术（全身麻醉，术前禁食禁水8小时）"
        due = telling.when(60 + 10 * n)
        telling.tell(
            -60,
            number,
            lambda w, s, due=due, text=text: _long_orders(w, s, text, due),  # type: ignore[misc]  # mypy infers no lambda with a default
        )


def _long_orders(world: World, stay: Stay, text: str, due: datetime) -> None:
    orders.once(world, stay, "surgery", text, due, fasting=True)
    at = f"{world.local(due):%H:%M}"
    orders.medicine(world, stay, orders.LONG_MEDICINE, (at,))
    drips.hang(world, stay, Bag(name=orders.LONG_MEDICINE, total=1000, rate=45, left=780))
