"""Asking only the rules that may say something else gives what asking all of them gives."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.alert_ladder import LadderSettings
from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Assessment, Encounter, Precaution, PrecautionSlot
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.rules import RULES, Mode, RuleSettings
from smartward.hub.alert_keeping import closed_by_person
from smartward.hub.facts import WardFacts
from smartward.hub.judging import Judging
from smartward.hub.rule_asking import RuleAsking
from smartward.hub.store.scratch import Scratch
from smartward.hub.store.tx import Tx
from smartward.hub.ward_look import WardLooking
from tests.clinical.build import NORMAL, at, bed, sign, stay
from tests.clinical.rules.facts import KINDS
from tests.clinical.rules.test_any_order import DOCUMENTS, SIGNS, STAYS
from tests.fakes.fake_clock import ManualClock

W = "ward"
Change = Callable[[Tx], object]


def put(document: Any) -> Change:
    kind = KINDS.get(type(document)) or type(document).__name__.lower()
    place = document.bed_id if isinstance(document, Encounter) else None
    return lambda tx: tx.put(W, kind, document.id, document, bed=place)


def delete(document: Any) -> Change:
    kind = KINDS.get(type(document)) or type(document).__name__.lower()
    return lambda tx: tx.delete(W, kind, document.id)


def moved(document: VitalSign) -> Change:
    """The hospital says that it was another patient's."""
    return put(replace(document, encounter_id="enc-2"))


def neighbour(name: str, where: str | None, isolated: bool) -> Encounter:
    found = stay("enc-2", where)
    by_air = Precaution(
        slot=PrecautionSlot.ISOLATION,
        state=Assessment.PRESENT,
        since=at(-60),
        protection=("ppe.mask",),
    )
    return replace(
        found,
        patient=replace(found.patient, name=name),
        precautions=(by_air,) if isolated else (),
    )


def in_room(id: str, room: str, number: str) -> Bed:
    return replace(bed(id), room_id=room, number=number)


NEIGHBOURS = st.builds(
    neighbour, st.sampled_from(["张三丰", "李四"]), st.sampled_from(["bed-2", None]), st.booleans()
)
BEDS = st.builds(
    in_room,
    st.sampled_from(["bed-1", "bed-2"]),
    st.sampled_from(["room-1", "room-2"]),
    st.sampled_from(["1", "2"]),
)
STEPS = st.one_of(
    st.integers(0, 200),
    st.builds(put, SIGNS),
    st.builds(delete, SIGNS),
    st.builds(moved, SIGNS),
    st.builds(put, st.one_of(NEIGHBOURS, BEDS, STAYS)),
    st.just(delete(stay("enc-2"))),
    st.just("close one"),
)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SHIPPED = RuleSettings().with_modes({rule.id: Mode.SHADOW for rule in RULES if rule.number % 2})


def said(alerts: Any) -> list[tuple[object, ...]]:
    """What is told, whoever says it."""

    def words(one: Any) -> str:
        return f"{one.key}{sorted(one.values.items())}"

    return sorted(
        (one.rule, str(one.priority), words(one.title), words(one.why), str(one.since))
        for one in alerts
    )


class Hub:
    """The engine of a ward, and another that asks everything each time."""

    def __init__(self) -> None:
        self.clock = ManualClock(at(0))
        self.store = Scratch.fresh(self.clock)
        self.judging = Judging(self.store, self.clock, W, SHIPPED, LadderSettings())
        self.store.on_commit.append(self.judging.committed)
        self.closed: set[tuple[str, str]] = set()

    async def take(self, step: Any) -> None:
        if isinstance(step, int):
            self.clock.advance(60 * step)
        elif step == "close one":
            await self.close_one()
        else:
            await self.store.write(step)
        for _ in range(20):
            now = self.clock.now()
            due = await self.store.read(lambda tx: tx.deadlines_due(now))  # noqa: B023
            await self.judging.due(due)
            await self.judging.judge()
            if not due:
                return
        raise AssertionError("the engine does not come to rest")

    def known(self, id: str) -> tuple[Alert, ...]:
        return self.judging.alerting._known(Subject(kind=SubjectKind.ENCOUNTER, id=id))

    async def close_one(self) -> None:
        """A person says that the first alert there is was seen to."""
        for id in ("enc-1", "enc-2"):
            for alert in self.known(id):
                if await self.store.read(lambda tx, a=alert: tx.get(W, "alert", a.id)):  # type: ignore[misc]  # mypy infers no lambda with a default
                    over = replace(alert, state=AlertState.OFF)
                    self.closed.add((id, alert.rule))
                    await self.store.write(lambda tx: closed_by_person(tx, W, over))  # noqa: B023
                    await self.store.write(lambda tx: tx.delete(W, "alert", over.id))  # noqa: B023
                    return

    async def everything(self, id: str) -> list[Any]:
        """What all rules say, of facts read from the store alone."""
        facts, looking = WardFacts(self.store, W), WardLooking(W)
        for kind in ("bed", "encounter", *KINDS.values()):
            for stored in await self.store.read(lambda tx, k=kind: tx.all(W, k)):  # type: ignore[misc]  # mypy infers no lambda with a default
                facts.put(stored)
                looking.put(stored)
        asking = RuleAsking[Any]()
        asking.rules = RULES
        given = facts.of(id, self.known(id), replace(looking.ward, neighbours=None))
        if given is None:
            return []
        now = self.clock.now()
        outcome = asking.ask(RULES, lambda rule: rule.look(given, SHIPPED, now), now)
        assert not asking.failures
        return list(outcome.judged.findings)

    async def compare(self) -> None:
        for id in ("enc-1", "enc-2"):
            wanted = [one for one in await self.everything(id) if (id, one.rule) not in self.closed]
            open_ones = [one for one in self.known(id) if (id, one.rule) not in self.closed]
            assert said(open_ones) == said(wanted)


@FEW
@given(DOCUMENTS, st.lists(STEPS, min_size=1, max_size=8))
def test_what_was_asked_for_a_change_is_what_asking_all_gives(
    documents: list[Any], steps: list[Any]
) -> None:
    async def run() -> None:
        hub = Hub()
        await hub.take(put(in_room("bed-1", "room-1", "1")))
        await hub.take(put(stay()))
        for step in [*map(put, documents), *steps]:
            await hub.take(step)
            await hub.compare()
        hub.store.close()

    asyncio.run(run())


async def _quiet_signs() -> tuple[int, int]:
    hub = Hub()
    await hub.take(put(stay()))
    written = []
    hub.store.on_commit.append(written.append)
    asked = []
    alerting = hub.judging.alerting
    before = alerting._asking.concerned
    alerting._asking.concerned = lambda *given: asked.append(before(*given)) or asked[-1]  # type: ignore[assignment,method-assign,func-returns-value]  # a stand-in of this test
    for n in range(5):
        hub.clock.advance(timedelta(minutes=1).total_seconds())
        await hub.take(put(sign(f"s{n}", n, dict.fromkeys([]))))
    hub.store.close()
    return len(written), max(map(len, asked))


def test_a_sign_that_changes_nothing_writes_nothing_and_asks_few() -> None:
    written, asked = asyncio.run(_quiet_signs())
    assert written == 5, "the signs themselves"
    assert 0 < asked < len(RULES) / 2


async def _told_after(*steps: Any) -> list[str]:
    hub = Hub()
    for step in steps:
        await hub.take(step)
        await hub.compare()
    found = sorted(one.rule for id in ("enc-1", "enc-2") for one in hub.known(id))
    hub.store.close()
    return found


ROOMS = tuple(put(in_room(f"bed-{n}", "room-1", str(n))) for n in (1, 2))


def test_what_comes_goes_and_moves_beside_a_patient_is_heard() -> None:
    alike, far = neighbour("张三丰", "bed-2", False), neighbour("李四", "bed-2", True)
    ours = replace(stay(), patient=replace(stay().patient, name="张三风"))
    both = asyncio.run(_told_after(*ROOMS, put(ours), put(alike)))
    assert both.count("similar_names") == 2
    left = asyncio.run(_told_after(*ROOMS, put(ours), put(alike), delete(alike)))
    assert "similar_names" not in left
    shared = asyncio.run(_told_after(*ROOMS, put(ours), put(far)))
    assert "isolation_mismatch" in shared
    away = put(in_room("bed-1", "room-2", "1"))
    assert "isolation_mismatch" not in asyncio.run(_told_after(*ROOMS, put(ours), put(far), away))


def test_signs_that_turn_out_another_s_or_go_are_counted_no_more() -> None:
    worse = sign("s", -5, dict(NORMAL) | {Parameter.RESPIRATORY_RATE: 26})
    begin = (*ROOMS, put(stay()), put(neighbour("李四", "bed-2", False)), put(worse))
    assert "news2_single" in asyncio.run(_told_after(*begin))
    for gone in (delete(worse), put(replace(worse, doubtful=True))):
        assert "news2_single" not in asyncio.run(_told_after(*begin, gone))

    async def handed_over() -> tuple[list[str], list[str]]:
        hub = Hub()
        for step in (*begin, moved(worse)):
            await hub.take(step)
        await hub.compare()
        told = [[one.rule for one in hub.known(id)] for id in ("enc-1", "enc-2")]
        hub.store.close()
        return told[0], told[1]

    ours, theirs = asyncio.run(handed_over())
    assert "news2_single" not in ours
    assert "news2_single" in theirs
