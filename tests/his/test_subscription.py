"""Hints: subscriptions are kept at the server, lead to nothing but a sooner look, and end."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from smartward.config import Settings
from smartward.errors import Refused
from smartward.his.fhir.subscription import CONTENT, FILTER, PROFILE, TOPICS, Subscriptions, offer
from smartward.his.hinting import Hook, Standing
from smartward.his.http import Access, Http
from smartward.his.simulator.capability import TOPICS as WARD_TOPICS
from smartward.his.simulator.subscriptions import Subscriptions as Simulated
from smartward.hub.his_hints import LOOK_EVERY_S, PATH, HisHints
from smartward.hub.parts import decider, open_hints, open_his
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import WARD, Hospital, heart_rate, patient, stay
from tests.his.outside import Answer, Asked, Server

pytestmark = pytest.mark.anyio

BEDS, PATIENTS = ["his.bed-1", "his.bed-2"], ["his.p1", "his.p2"]


class Scene:
    """The simulator with its subscriptions, a hook that listens, and our side of it."""

    def __init__(self) -> None:
        self.hospital = Hospital()
        self.simulated = Simulated(self.hospital.world)
        self.hook = Server(self.hooked)
        self.answer = 204

    def hooked(self, asked: Asked) -> Answer:
        return Answer(self.answer, b"")

    async def __aenter__(self) -> "Scene":
        await self.hospital.__aenter__()
        await self.hook.__aenter__()
        self.http = Http(self.hospital.url, {})
        self.ours = self.process()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.http.close()
        await self.simulated.close()
        await self.hook.__aexit__(*error)
        await self.hospital.__aexit__(*error)

    def process(self) -> Subscriptions:
        """A hub's side, as a process has it that just began."""
        return Subscriptions(self.http, Hook(self.hook.url, "s3cret"), "his")

    async def keep(self, beds: list[str] = BEDS, patients: list[str] = PATIENTS) -> Standing:
        standing = await self.ours.keep(beds, patients)
        await self.simulated.look()
        return standing

    def there(self) -> dict[str, dict[str, Any]]:
        """The server's subscriptions by what they are about."""
        rows = self.hospital.world.store.all("Subscription")
        return {row.resource["criteria"].partition("?")[0]: row.resource for row in rows}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with Scene() as one:
        yield one


async def test_one_for_each_type_about_this_wards_beds_and_patients(scene: Scene) -> None:
    assert (await scene.keep()).active == 0
    standing = await scene.keep()
    assert (standing.offered, standing.wanted, standing.active) == (True, 7, 7)
    there = scene.there()
    assert there["Encounter"]["criteria"] == "Encounter?location=bed-1,bed-2"
    assert there["Observation"]["criteria"] == "Observation?patient=p1,p2"
    assert "payload" not in there["Observation"]["channel"], "no patient's data in a hint"


async def test_what_happens_to_our_patients_is_hinted_and_nothing_else(scene: Scene) -> None:
    scene.hospital.put(patient(), stay())
    await scene.keep()
    now = scene.hospital.clock.now()
    scene.hospital.put({**heart_rate("b", now), "subject": {"reference": "Patient/other"}})
    await scene.simulated.look()
    assert scene.hook.asked == []
    scene.hospital.put(heart_rate("a", now))
    await scene.simulated.look()
    (hint,) = scene.hook.asked
    assert (hint.method, hint.headers["authorization"], hint.body) == ("POST", "Bearer s3cret", b"")


@pytest.mark.parametrize("how", ["error", "off", "gone"])
async def test_one_that_ended_at_the_server_is_made_anew(scene: Scene, how: str) -> None:
    await scene.keep()
    before = scene.there()["Observation"]["id"]
    if how == "gone":
        scene.hospital.world.store.delete("Subscription", before)
    else:
        scene.hospital.world.change("Subscription", before, status=how)
    await scene.keep()
    after = scene.there()["Observation"]
    assert after["id"] != before
    assert after["status"] == "active"
    assert len(scene.there()) == len(scene.hospital.world.store.all("Subscription")) == 7


async def test_a_hook_the_server_does_not_reach_turns_to_error_and_is_tried_again(
    scene: Scene,
) -> None:
    await scene.keep()
    scene.answer = 503
    scene.hospital.put(heart_rate("a", scene.hospital.clock.now()))
    await scene.simulated.look()
    assert scene.there()["Observation"]["status"] == "error"
    scene.answer = 204
    await scene.keep()
    scene.hospital.put(heart_rate("b", scene.hospital.clock.now()))
    await scene.simulated.look()
    assert scene.simulated.sent == 1


async def test_who_came_and_who_left_changes_what_is_asked_for(scene: Scene) -> None:
    await scene.keep()
    await scene.keep(patients=["his.p2", "his.p9"])
    assert scene.there()["Observation"]["criteria"] == "Observation?patient=p2,p9"
    await scene.keep(patients=[])
    assert list(scene.there()) == ["Encounter"]


async def test_a_new_process_removes_what_a_former_one_left_and_nobody_elses(
    scene: Scene,
) -> None:
    scene.hospital.put(
        {
            "resourceType": "Subscription",
            "id": "another-hubs",
            "status": "active",
            "criteria": "Flag?patient=p1",
            "channel": {"type": "rest-hook", "endpoint": f"{scene.hook.url}/other"},
        }
    )
    await scene.keep()
    scene.ours = scene.process()
    await scene.keep()
    rows = scene.hospital.world.store.all("Subscription")
    assert len(rows) == 8
    assert scene.hospital.world.store.get("Subscription", "another-hubs") is not None
    await scene.ours.end()
    (left,) = scene.hospital.world.store.all("Subscription")
    assert left.resource["id"] == "another-hubs"


async def test_the_end_is_quiet_when_the_server_is_away(scene: Scene) -> None:
    await scene.keep()
    await scene.hospital.gateway.down()
    await scene.ours.end()
    await scene.hospital.gateway.up()


async def test_a_server_that_refuses_access_is_told(scene: Scene) -> None:
    await scene.keep()
    scene.hospital.faults.set("refuse", True)
    standing = await scene.ours.keep(BEDS, PATIENTS)
    assert standing.active == 0, "403: this is not allowed to us"
    async with Server(lambda asked: Answer(401)) as server:
        http = Http(server.url, {}, Access())
        with pytest.raises(Refused):
            await Subscriptions(http, Hook("http://h", "s"), "his").keep(BEDS, PATIENTS)
        await http.close()


# ------------------------------------------------------------ servers of other habits


class Picky:
    """A server that takes some subscriptions only; keeps what it was sent."""

    def __init__(self, takes: Callable[[dict[str, Any]], bool], topics: tuple[str, ...]) -> None:
        self._takes = takes
        self.made: list[dict[str, Any]] = []
        self.tried = 0
        ours = {
            "type": "Subscription",
            "interaction": [{"code": "create"}],
            "extension": [{"url": TOPICS, "valueCanonical": one} for one in topics],
        }
        body = {"rest": [{"resource": [ours, {"type": "Observation"}]}]}
        self._statement = json.dumps(body).encode()

    def __call__(self, asked: Asked) -> Answer:
        if asked.target.endswith("/metadata"):
            return Answer(body=self._statement)
        if asked.method == "GET":
            return Answer(body=json.dumps({"id": "1", "status": "active"}).encode())
        self.tried += 1
        wanted = json.loads(asked.body)
        if not self._takes(wanted):
            return Answer(422)
        self.made.append(wanted)
        return Answer(201, b"", {"Location": f"/fhir/Subscription/{len(self.made)}/_history/1"})


async def kept(picky: Picky, looks: int = 1) -> Standing | None:
    standing = None
    async with Server(picky) as server:
        http = Http(server.url, {})
        ours = Subscriptions(http, Hook("http://hub/his/hint", "s3cret"), "his")
        for _ in range(looks):
            standing = await ours.keep(BEDS, PATIENTS)
        await http.close()
    return standing


async def test_topics_where_no_criteria_are_taken() -> None:
    picky = Picky(lambda one: "?" not in one["criteria"], tuple(WARD_TOPICS))
    standing = await kept(picky, looks=2)
    assert standing is not None
    assert standing.active == 2
    assert [one["criteria"] for one in picky.made] == list(WARD_TOPICS)
    first = picky.made[0]
    assert first["meta"]["profile"] == [PROFILE]
    content = {"url": CONTENT, "valueCode": "empty"}
    assert first["channel"]["_payload"]["extension"] == [content]


TOPIC = "http://hospital.example/topic/sign"


def told_topic(kind: str, resources: list[str], filters: list[tuple[str, str]]) -> dict[str, Any]:
    """A topic as the server tells of it: as itself, or as a Basic."""
    if kind == "SubscriptionTopic":
        return {
            "resourceType": kind,
            "url": TOPIC,
            "resourceTrigger": [{"resource": one} for one in resources],
            "canFilterBy": [{"resource": of, "filterParameter": by} for of, by in filters],
        }
    base = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic"
    extension: list[dict[str, Any]] = [{"url": f"{base}.url", "valueUri": TOPIC}]
    for one in resources:
        part = {"url": "resource", "valueUri": f"http://hl7.org/fhir/StructureDefinition/{one}"}
        extension.append({"url": f"{base}.resourceTrigger", "extension": [part]})
    for of, by in filters:
        parts = [
            {"url": "resource", "valueUri": of},
            {"url": "filterParameter", "valueString": by},
        ]
        extension.append({"url": f"{base}.canFilterBy", "extension": parts})
    return {"resourceType": "Basic", "extension": extension}


class Topical(Picky):
    """One that tells of its topics, and takes no plain criteria."""

    def __init__(self, topic: dict[str, Any], takes: Callable[[dict[str, Any]], bool]) -> None:
        super().__init__(lambda one: "?" not in one["criteria"] and takes(one), (TOPIC,))
        self._topic = topic

    def __call__(self, asked: Asked) -> Answer:
        if asked.method == "DELETE":
            return Answer(204)
        for kind in ("SubscriptionTopic", "Basic"):
            if f"/{kind}?" in asked.target:
                if kind != self._topic["resourceType"]:
                    return Answer(404)
                found = [{"resource": {"resourceType": kind, "url": 1}}, {"resource": self._topic}]
                return Answer(body=json.dumps({"entry": found}).encode())
        return super().__call__(asked)


def filters_of(picky: Picky) -> list[str | None]:
    """By what each subscription that was made is narrowed."""
    found: list[str | None] = []
    for one in picky.made:
        (extension,) = one.get("_criteria", {}).get("extension", [{}])
        assert extension.get("url") in (FILTER, None)
        found.append(extension.get("valueString"))
    return found


PEOPLE = ",".join(f"Patient/{id.removeprefix('his.')}" for id in sorted(PATIENTS))
PLACES = ",".join(f"Location/{id.removeprefix('his.')}" for id in sorted(BEDS))


@pytest.mark.parametrize(
    "kind, resources, filters, narrowed",
    [
        (
            "SubscriptionTopic",
            ["Observation"],
            [("Observation", "code"), ("Observation", "patient")],
            f"Observation?patient={PEOPLE}",
        ),
        ("Basic", ["Encounter"], [("Encounter", "subject")], f"Encounter?subject={PEOPLE}"),
        (
            "Basic",
            ["Encounter"],
            [("Encounter", "patient"), ("Encounter", "location")],
            f"Encounter?location={PLACES}",
        ),
        ("SubscriptionTopic", ["Observation", "Flag"], [("Observation", "patient")], None),
        ("SubscriptionTopic", ["Observation"], [("Observation", "code")], None),
        ("SubscriptionTopic", ["Observation"], [], None),
    ],
)
async def test_a_topic_is_narrowed_to_the_ward_where_it_can_be(
    kind: str, resources: list[str], filters: list[tuple[str, str]], narrowed: str | None
) -> None:
    picky = Topical(told_topic(kind, resources, filters), lambda one: True)
    standing = await kept(picky, looks=3)
    assert standing is not None
    assert standing.active == 1
    assert [one["criteria"] for one in picky.made] == [TOPIC]
    assert filters_of(picky) == [narrowed]


async def test_a_topic_follows_who_is_here_and_goes_without_where_it_must() -> None:
    topic = told_topic("Basic", ["Observation"], [("Observation", "patient")])
    picky = Topical(topic, lambda one: True)
    async with Server(picky) as server:
        http = Http(server.url, {})
        ours = Subscriptions(http, Hook("http://hub/his/hint", "s3cret"), "his")
        await ours.keep(BEDS, PATIENTS)
        await ours.keep(BEDS, ["his.p9"])
        await http.close()
    assert filters_of(picky) == [f"Observation?patient={PEOPLE}", "Observation?patient=Patient/p9"]
    # It offers a filter, and refuses it.
    fickle = Topical(topic, lambda one: "_criteria" not in one)
    standing = await kept(fickle, looks=3)
    assert standing is not None
    assert (standing.active, filters_of(fickle)) == (1, [None])


async def test_a_server_that_insists_on_sending_what_changed() -> None:
    picky = Picky(lambda one: "payload" in one["channel"], ())
    standing = await kept(picky, looks=2)
    assert standing is not None
    assert (standing.wanted, standing.active) == (2, 2)


async def test_what_was_refused_is_not_asked_for_at_each_look() -> None:
    picky = Picky(lambda one: False, ())
    await kept(picky, looks=15)
    tried = picky.tried
    assert tried == 4  # two types, with and without a payload
    await kept(picky, looks=25)
    assert picky.tried - tried == 8


@pytest.mark.parametrize(
    "statement",
    [
        b'{"resourceType":"CapabilityStatement"}',
        b'{"resourceType":"CapabilityStatement","rest":[{"resource":'
        b'[{"type":"Subscription","interaction":[{"code":"read"}]}]}]}',
    ],
)
async def test_a_server_without_subscriptions_is_asked_for_none(statement: bytes) -> None:
    assert not offer(statement).there
    async with Server(lambda asked: Answer(body=statement)) as server:
        http = Http(server.url, {})
        ours = Subscriptions(http, Hook("http://hub", "s"), "his")
        for _ in range(20):
            assert not (await ours.keep(BEDS, PATIENTS)).offered
        assert len(server.asked) == 1
        await ours.keep(BEDS, PATIENTS)
        await http.close()
    assert len(server.asked) == 2, "an hour later it is asked again"


@pytest.mark.parametrize(
    "spoilt", [Answer(body=b"<html>"), Answer(body=b"{}"), Answer(404), Answer(body=b"[" * 100_000)]
)
async def test_a_statement_that_could_not_be_read_is_read_at_the_next_look(spoilt: Answer) -> None:
    picky = Picky(lambda one: True, ())
    before = [spoilt]
    async with Server(lambda asked: before.pop() if before else picky(asked)) as server:
        http = Http(server.url, {})
        ours = Subscriptions(http, Hook("http://hub/his/hint", "s3cret"), "his")
        assert not (await ours.keep(BEDS, PATIENTS)).offered
        assert (await ours.keep(BEDS, PATIENTS)).offered
        await http.close()


async def test_topics_of_the_simulator_are_served(scene: Scene) -> None:
    topic = next(url for url, kind in WARD_TOPICS.items() if kind == "Observation")
    scene.hospital.put(
        {
            "resourceType": "Subscription",
            "id": "t",
            "status": "requested",
            "criteria": topic,
            "channel": {"type": "rest-hook", "endpoint": scene.hook.url},
        }
    )
    await scene.simulated.look()
    scene.hospital.put(heart_rate("a", scene.hospital.clock.now()))
    await scene.simulated.look()
    assert len(scene.hook.asked) == 1


# ------------------------------------------------------------ the hub


class Quiet:
    """Gives no hints by itself."""

    standing = Standing(offered=True, wanted=1, active=1)

    async def keep(self, beds: object, patients: object) -> Standing:
        return self.standing

    async def end(self) -> None:
        return None


async def test_a_hint_proves_itself_and_ends_the_wait() -> None:
    clock = ManualClock()
    hints = HisHints(Quiet(), Hook("http://hub", "s3cret"), clock)
    for wrong in (None, "", "s3cret", "Bearer other", "Bearer ключ"):
        assert not hints.hear(wrong)
    assert hints.hear("Bearer s3cret")
    assert hints.heard_at == clock.now()
    waited = hints._tasks.spawn(hints.rest(60.0), "rest")
    await turns(lambda: clock.waiting == 1)
    clock.advance(0.9)
    await turns(lambda: clock.waiting == 1)
    assert not waited.done(), "polls stay a second apart, however many hints come"
    clock.advance(0.2)
    await turns(waited.done)
    again = hints._tasks.spawn(hints.rest(60.0), "rest")
    await turns(lambda: clock.waiting == 1)
    clock.advance(1.1)
    await turns(lambda: clock.waiting == 1)
    assert not again.done(), "a hint counts once"
    clock.advance(60)
    await turns(again.done)
    await hints.stop()


async def others_first() -> None:
    """Let what is ready run."""
    loop = asyncio.get_running_loop()
    turn = loop.create_future()
    loop.call_soon(turn.set_result, None)
    await turn


async def test_hints_without_end_do_not_make_polls_without_end() -> None:
    clock = ManualClock()
    hints = HisHints(Quiet(), Hook("http://hub", "s3cret"), clock)
    polls = 0

    async def polling() -> None:
        nonlocal polls
        while True:
            await hints.rest(30.0)
            polls += 1

    going = hints._tasks.spawn(polling(), "polling")
    for _ in range(60):
        hints.hear("Bearer s3cret")
        for _ in range(12):
            await others_first()
        clock.advance(1.0)
    going.cancel()
    await hints.stop()
    assert 6 <= polls <= 8, "a few a minute, and those that would have been anyhow"


async def turns(met: Callable[[], bool]) -> None:
    """Let tasks run until something holds: bounded."""
    async with Server(lambda asked: Answer()) as server:
        http = Http(server.url, {})
        for _ in range(300):
            if met():
                break
            await http.get("turn")
        await http.close()
    assert met()


async def test_without_an_address_there_are_no_hints() -> None:
    clock = ManualClock()
    settings = Settings(his_url="http://127.0.0.1:1/fhir", his_ward="w")
    his = open_his(settings, clock)
    assert his is not None
    assert open_hints(settings, his, clock) is None
    await his.close()


async def test_a_hub_looks_at_once_and_takes_no_word_of_the_hint(
    scene: Scene, tmp_path: Path
) -> None:
    """The poll itself is a minute away; what comes is what the server has, not what is sent."""
    hospital, clock = scene.hospital, scene.hospital.clock
    hospital.put(patient(), stay())
    settings = Settings(
        his_url=hospital.url, his_ward=WARD, his_poll_s=60.0, his_hook_url=scene.hook.url
    )
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    hub = decider(store, clock, settings)
    scene.hooked = None  # type: ignore[assignment]  # let go of
    scene.hook._answer = lambda asked: Answer(
        204 if hub.hint(asked.headers.get("authorization")) else 401, b""
    )

    async def signs() -> list[str]:
        return [one.id for one in await store.read(lambda tx: tx.all("ward", "vital_sign"))]

    await hub.start()
    try:
        await turns(lambda: hub.his_as_of is not None and not hub.polling)
        clock.advance(5)  # the hub looks whether the ward is known by now
        await turns(lambda: len(scene.there()) == 7)
        await scene.simulated.look()
        hospital.put(heart_rate("a", clock.now()))
        await scene.simulated.look()
        assert scene.hook.asked[-1].target == f"/fhir{PATH}"
        clock.advance(1.2)
        await turns(lambda: not hub.polling and hub.his_hints is not None)
        for _ in range(20):
            if await signs():
                break
            await turns(lambda: not hub.polling)
        assert await signs() == ["his.a"]
        before = hub.his_hints
        assert before is not None
        assert before["heard_at"] is not None
        clock.advance(LOOK_EVERY_S)
        await turns(lambda: hub.his_hints is not None and hub.his_hints["active"] == 7)
    finally:
        await hub.stop()
        store.close()
    assert scene.there() == {}
