"""A live engine that goes through a day, for the rehearsal to go through the same day again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import AlertRefused, SnoozeReason
from smartward.clinical.encounter import Encounter
from smartward.clinical.rules import RuleSettings
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.ward import Ward
from smartward.hub.rehearsal.past import past
from smartward.hub.rehearsal.replay import Change, Replayed, replay
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.base import Tx
from smartward.hub.store.model import Stored, decode
from tests.fakes.fake_clock import MORNING
from tests.hub_deciding.alert_engine import LI, Engine, W, bed, drip, score, stay

Step = tuple[str, str, int]
"""What happens, whose stay it is about, and a number that it needs."""


async def live(engine: Engine, steps: Iterable[Step]) -> None:
    """Let this happen to the ward, and time pass between."""
    for number, (what, who, value) in enumerate(steps):
        now = engine.clock.now()
        place = await engine.store.read(lambda tx, who=who: tx.get(W, "encounter", who))
        if what == "wait":
            await walk(engine, timedelta(minutes=value))
        elif place is None:
            await engine.admit(stay(who, f"b{who[1:]}"))
        elif what == "score":
            sign = score(f"s{number}", now, value, who)
            await engine.put("vital_sign", sign.id, sign, place.bed)
        elif what == "drip":
            bag = drip(now, float(value), f"bag-{who}", who)
            await engine.put("infusion", bag.id, bag, place.bed)
        elif what == "move":
            await move(engine, place, f"b{value}")
        elif what == "hush":
            quiet = Silence(
                encounter_id=who, bed_id=place.bed, reason=SilenceReason.WISH, since=now
            )
            await engine.put("silence", who, quiet, place.bed)
        elif what == "leave":
            await leave(engine, who)
        else:
            await answer(engine, what, who, value)
        await engine.rest()


async def walk(engine: Engine, span: timedelta) -> None:
    """Let time pass as it does: no deadline is slept through."""
    end = engine.clock.now() + span
    while (due := await engine.store.read(lambda tx: tx.next_deadline())) and due <= end:
        await engine.at(due)
    await engine.at(end)


async def move(engine: Engine, there: Stored, to: str) -> None:
    """The stay goes to another bed with all that belongs to it, in one write."""
    after = replace(decode(there.body, Encounter), bed_id=to)

    def change(tx: Tx) -> None:
        if there.bed is not None:
            tx.put(W, "bed", there.bed, bed(there.bed), bed=there.bed)
        tx.put(W, "bed", to, bed(to, after.id), bed=to)
        tx.put(W, "encounter", after.id, after, bed=to)
        tx.move_encounter(W, after.id, to, None)

    await engine.write(change)


async def leave(engine: Engine, who: str) -> None:
    """The stay ends."""
    for stored in await engine.store.read(lambda tx: tx.of_encounter(W, who)):
        if stored.kind != "alert":
            await engine.write(lambda tx, one=stored: tx.delete(W, one.kind, one.id))
    await engine.put("bed", f"b{who[1:]}", bed(f"b{who[1:]}"), f"b{who[1:]}")


async def answer(engine: Engine, what: str, who: str, value: int) -> None:
    """Somebody answers one of the stay's alerts, where there is one and it lets them."""
    found = [one for one in await engine.alerts() if one.subject.id == who]
    if not found:
        return
    alert, now = sorted(found, key=lambda one: one.rule)[value % len(found)], engine.clock.now()
    acts = {
        "take": lambda one: lifecycle.acknowledge(one, now, LI),
        "snooze": lambda one: lifecycle.snooze(
            one, now, LI, lifecycle.SNOOZES[value % 3], SnoozeReason.DOCTOR_KNOWS
        ),
        "done": lambda one: lifecycle.done(one, now, LI),
    }
    try:
        acts[what](alert)
    except AlertRefused:
        return
    await engine.answer(alert, acts[what])


async def changes_of(engine: Engine) -> list[Change]:
    """All that the engine's store has recorded."""
    end = engine.clock.now() + timedelta(seconds=1)
    places = await engine.store.read(lambda tx: tx.history_range(W, MORNING, end))
    return list(past(engine.store.peek, W, places, MORNING))


async def again(engine: Engine, rules: RuleSettings | None = None) -> Replayed:
    """The engine's past by its own rules, or by others."""
    return await replay(
        Ward(id=W, name="W"),
        await changes_of(engine),
        engine.rules if rules is None else rules,
        hub=engine.settings,
        until=engine.clock.now(),
    )


def told(log: Iterable[LogRow], *leaving_out: str) -> list[tuple[object, ...]]:
    """What happened, without the names that alerts have, and without these events."""
    rows = [
        (r.at, r.subject, r.bed, r.rule, r.mode, r.event, r.priority, r.step, r.told, r.why)
        for r in log
        if r.event not in leaving_out
    ]
    return sorted(rows, key=str)
