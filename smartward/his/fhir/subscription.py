"""Subscriptions at the server: hints that something changed, never what.

Plain R4 rest-hook subscriptions by the ward's beds and patients, one for each resource type; where
the server takes none of them and lists topics (R4 Subscriptions Backport), one for each topic,
narrowed to the ward where the topic can be (`subscription_topics`). They carry no data where the
server allows that, and whatever comes is not looked at: a poll follows.

A server switches a subscription off when it could not deliver for a while, forgets it at a restore,
or keeps one whose hub is long gone. So each is looked at every few minutes and made anew, those of
a former process are removed at the start (they lead to our own hook), and ours at the end.
"""

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import msgspec

from smartward.errors import BadData, Refused, SmartWardError
from smartward.his.fhir.subscription_topics import Topics
from smartward.his.hinting import Hook, Standing
from smartward.his.http import FHIR_JSON, Http
from smartward.his.reply import Reply

BY_PATIENT = (
    "Observation",
    "MedicationRequest",
    "MedicationAdministration",
    "ServiceRequest",
    "NutritionOrder",
    "Flag",
)
_MOST_TOPICS = 8
_MOST_SWEPT = 50
_NOT_SO = (400, 422)
"""HTTP answers to a subscription that is not taken as it is."""
_TRY_AGAIN = 20
"""After so many looks a subscription that was refused is tried again, and a server that offered
none, or whose statement could not be read, is asked again."""

_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
PROFILE = f"{_BACKPORT}/backport-subscription"
TOPICS = f"{_BACKPORT}/capabilitystatement-subscriptiontopic-canonical"
CONTENT = f"{_BACKPORT}/backport-payload-content"
FILTER = f"{_BACKPORT}/backport-filter-criteria"


class _Extension(msgspec.Struct, rename="camel"):
    url: str = ""
    value_canonical: str | None = None


class _Interaction(msgspec.Struct):
    code: str = ""


class _Type(msgspec.Struct):
    type: str = ""
    interaction: tuple[_Interaction, ...] = ()
    extension: tuple[_Extension, ...] = ()


class _Rest(msgspec.Struct):
    resource: tuple[_Type, ...] = ()


class _Statement(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    rest: tuple[_Rest, ...] = ()


class _Channel(msgspec.Struct):
    endpoint: str = ""


class _Subscription(msgspec.Struct, rename="camel"):
    id: str = ""
    status: str = ""
    criteria: str = ""
    channel: _Channel = msgspec.field(default_factory=_Channel)


class _Entry(msgspec.Struct):
    resource: _Subscription | None = None


class _Page(msgspec.Struct):
    entry: tuple[_Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What the statement says of subscriptions."""

    there: bool = False
    types: frozenset[str] = frozenset()
    topics: tuple[str, ...] = ()


def offer(body: bytes) -> Offer:
    """What a CapabilityStatement says of them; nothing, where it is none."""
    try:
        statement = msgspec.json.decode(body, type=_Statement)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Offer()
    types = {one.type: one for rest in statement.rest for one in rest.resource}
    ours = types.get("Subscription")
    if ours is None or all(one.code != "create" for one in ours.interaction):
        return Offer()
    topics = [one.value_canonical for one in ours.extension if one.url == TOPICS]
    return Offer(True, frozenset(types), tuple(one for one in topics if one)[:_MOST_TOPICS])


def is_statement(body: bytes) -> bool:
    """Whether it can be read as a CapabilityStatement at all."""
    try:
        return bool(msgspec.json.decode(body, type=_Statement).resource_type)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to hear of. `narrowed`: by what the criteria, a topic, is narrowed."""

    criteria: str
    narrowed: str = ""


@dataclass(slots=True)
class _Held:
    """A subscription the server has of us."""

    id: str
    wanted: _Wanted
    active: bool = False


class Subscriptions:
    """The subscriptions of one ward at one server."""

    def __init__(self, http: Http, hook: Hook, source: str) -> None:
        self._http = http
        self._hook = hook
        self._prefix = f"{source}."
        self._offer = Offer()
        self._topics = Topics(http)
        self._ask_offer_at = 1
        self._swept = False
        self._held: dict[str, _Held] = {}
        self._refused: dict[str, int] = {}
        self._with_payload = False
        self._looks = 0

    async def keep(self, beds: Collection[str], patients: Collection[str]) -> Standing:
        """See Hinting."""
        self._looks += 1
        if not self._offer.there:
            await self._ask_offer()
        if not self._offer.there:
            return Standing(offered=False)
        if not self._swept:
            await self._sweep()
            self._swept = True
        here, who = self._logical(beds), self._logical(patients)
        wanted = dict(self._wanted(self._offer, here, who))
        for name, one in wanted.items():
            await self._hold(name, one)
        if wanted and not set(wanted) & set(self._held):
            for topic in self._offer.topics:
                wanted[topic] = _Wanted(topic, await self._topics.narrowed(topic, here, who))
                await self._hold(topic, wanted[topic])
        for name in set(self._held) - set(wanted):
            if name not in self._offer.topics:
                await self._drop(name)
        active = sum(one.active for one in self._held.values())
        return Standing(offered=True, wanted=len(wanted), active=active)

    async def _ask_offer(self) -> None:
        """Read what is offered. What says nothing is asked again at the next look, a statement
        without subscriptions an hour later: a server is configured anew, or was starting."""
        if self._looks < self._ask_offer_at:
            return
        reply = await self._http.get("metadata")
        self._offer = offer(reply.body)
        self._topics.forget()
        said = reply.status == 200 and is_statement(reply.body)
        self._ask_offer_at = self._looks + (_TRY_AGAIN if said else 1)

    def _logical(self, ids: Collection[str]) -> str:
        own = (id.removeprefix(self._prefix) for id in ids if id.startswith(self._prefix))
        return ",".join(sorted(own))

    def _wanted(self, offer: Offer, beds: str, patients: str) -> Iterator[tuple[str, _Wanted]]:
        """What we should like to hear of, by name."""
        if beds:
            yield "Encounter", _Wanted(f"Encounter?location={beds}")
        if patients:
            for kind in BY_PATIENT:
                if kind in offer.types:
                    yield kind, _Wanted(f"{kind}?patient={patients}")

    async def _hold(self, name: str, wanted: _Wanted) -> None:
        """Make sure that it is there, as it should be."""
        if self._looks < self._refused.get(name, 0):
            return
        try:
            held = self._held.get(name)
            if held is not None and not await self._is_well(held, wanted):
                await self._drop(name)
                held = None
            if held is None:
                self._held[name] = await self._create(wanted)
        except (Refused, BadData) as error:
            if error.values.get("status") == 401:
                raise
            self._held.pop(name, None)
            self._refused[name] = self._looks + _TRY_AGAIN

    async def _is_well(self, held: _Held, wanted: _Wanted) -> bool:
        """Whether it is there, goes on, and is about the right people."""
        reply = await self._http.get(f"Subscription/{held.id}")
        if reply.status != 200:
            return False
        found = _decoded(reply)
        held.active = found.status == "active"
        return found.status in ("requested", "active") and held.wanted == wanted

    async def _create(self, wanted: _Wanted) -> _Held:
        try:
            return await self._with_or_without(wanted)
        except Refused as refused:
            if not wanted.narrowed or refused.values.get("status") not in _NOT_SO:
                raise
        # It offers what it does not take: from now on without.
        self._topics.forget(wanted.criteria)
        return await self._with_or_without(_Wanted(wanted.criteria))

    async def _with_or_without(self, wanted: _Wanted) -> _Held:
        try:
            return await self._created(wanted)
        except Refused as refused:
            if self._with_payload or refused.values.get("status") not in _NOT_SO:
                raise
        # Some servers want to send what changed: it is not looked at.
        self._with_payload = True
        try:
            return await self._created(wanted)
        except Refused:
            self._with_payload = False
            raise

    async def _created(self, wanted: _Wanted) -> _Held:
        reply = await self._http.send(
            "POST",
            f"{self._http.base}/Subscription",
            body=msgspec.json.encode(self._resource(wanted)),
            headers={"Content-Type": FHIR_JSON, "Prefer": "return=representation"},
        )
        if reply.status not in (200, 201):
            raise Refused("his.refused.request", f"HTTP {reply.status}", status=reply.status)
        if reply.body:
            found = _decoded(reply)
        else:
            place = reply.headers.get("location", "").split("/_history/")[0]
            found = _Subscription(id=place.rpartition("/")[2])
        if not found.id:
            raise BadData("his.bad.not_fhir", "a subscription was made without an id")
        return _Held(found.id, wanted, found.status == "active")

    def _resource(self, wanted: _Wanted) -> dict[str, object]:
        channel: dict[str, object] = {
            "type": "rest-hook",
            "endpoint": self._hook.url,
            "header": [f"Authorization: Bearer {self._hook.secret}"],
        }
        body: dict[str, object] = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "SmartWard looks sooner",
            "criteria": wanted.criteria,
            "channel": channel,
        }
        if wanted.narrowed:
            body["_criteria"] = {"extension": [{"url": FILTER, "valueString": wanted.narrowed}]}
        if "?" not in wanted.criteria:  # a topic
            body["meta"] = {"profile": [PROFILE]}
            channel["payload"] = FHIR_JSON
            channel["_payload"] = {"extension": [{"url": CONTENT, "valueCode": "empty"}]}
        elif self._with_payload:
            channel["payload"] = FHIR_JSON
        return body

    async def _drop(self, name: str) -> None:
        held = self._held.pop(name)
        with contextlib.suppress(Refused, BadData):
            await self._remove(held.id)

    async def _remove(self, id: str) -> None:
        await self._http.send("DELETE", f"{self._http.base}/Subscription/{id}")

    async def _sweep(self) -> None:
        """Remove what a former process left; only what leads to our own hook is ours."""
        with contextlib.suppress(Refused, BadData):
            reply = await self._http.get("Subscription", [("url", self._hook.url)])
            try:
                page = msgspec.json.decode(reply.body, type=_Page)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return
            for entry in page.entry[:_MOST_SWEPT]:
                one = entry.resource
                if one is not None and one.id and one.channel.endpoint == self._hook.url:
                    await self._remove(one.id)

    async def end(self) -> None:
        """See Hinting."""
        for name in list(self._held):
            with contextlib.suppress(SmartWardError):
                await self._drop(name)


def _decoded(reply: Reply) -> _Subscription:
    try:
        return msgspec.json.decode(reply.body, type=_Subscription)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadData("his.bad.not_fhir", "no Subscription where one was asked for") from error
