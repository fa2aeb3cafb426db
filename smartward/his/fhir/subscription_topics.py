"""What a server's subscription topics can be narrowed by: the ward's beds, or its patients.

A topic is read as a SubscriptionTopic, or as a Basic that stands for one on an R4 server. It is
narrowed where all its events are of one resource type; a topic of several types, or one that offers
no such filter, tells of the whole hospital. That costs looks, a few a minute at most, and no more.
"""

import re
from collections.abc import Iterator

import msgspec

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.http import Http
from smartward.his.reply import answers_others

BY_BED = ("location",)
BY_PATIENT = ("patient", "subject")
_IN_BASIC = re.compile(r"/extension-SubscriptionTopic\.(url|resourceTrigger|canFilterBy)$")


class _Can(msgspec.Struct, rename="camel"):
    resource: str = ""
    filter_parameter: str = ""


class _Value(msgspec.Struct, rename="camel"):
    """An extension, as deep as a topic needs it."""

    url: str = ""
    value_uri: str = ""
    value_canonical: str = ""
    value_string: str = ""
    extension: tuple["_Value", ...] = ()

    @property
    def text(self) -> str:
        return self.value_uri or self.value_canonical or self.value_string

    def part(self, name: str) -> str:
        return next((one.text for one in self.extension if one.url == name), "")


class _Topic(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    url: str = ""
    resource_trigger: tuple[_Can, ...] = ()
    can_filter_by: tuple[_Can, ...] = ()
    extension: tuple[_Value, ...] = ()


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"null")


class _Page(msgspec.Struct):
    entry: tuple[_Entry, ...] = ()


class Topics:
    """The topics of one server, each read once until it is forgotten."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._known: dict[str, dict[str, str]] = {}
        """By topic: `bed` and `patient`, each with `Type?parameter`."""

    def forget(self, topic: str | None = None) -> None:
        """Read it anew when it is next asked about; None: all of them."""
        if topic is None:
            self._known.clear()
        else:
            self._known[topic] = {}

    async def narrowed(self, topic: str, beds: str, patients: str) -> str:
        """The filter by these logical ids, joined by commas; empty where there is none. Raises
        Unreachable."""
        if topic not in self._known:
            self._known[topic] = await self._read(topic)
        known = self._known[topic]
        for what, type, ids in (("bed", "Location", beds), ("patient", "Patient", patients)):
            if what in known and ids:
                of = ",".join(f"{type}/{id}" for id in ids.split(","))
                return f"{known[what]}={of}"
        return ""

    async def _read(self, topic: str) -> dict[str, str]:
        asked = (("SubscriptionTopic", ("url", topic)), ("Basic", ("code", "SubscriptionTopic")))
        for kind, param in asked:
            for found in await self._search(kind, param):
                one = _of_basic(found) if kind == "Basic" else found
                if one.url.partition("|")[0] == topic.partition("|")[0]:
                    return _filters(one)
        return {}

    async def _search(self, kind: str, param: tuple[str, str]) -> list[_Topic]:
        try:
            reply = await self._http.get(kind, [param])
            page = msgspec.json.decode(reply.body, type=_Page)
        except (Refused, BadData, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return []
        except Unreachable as away:
            if not answers_others(away):
                raise
            return []
        return list(_topics(page, kind))


def _topics(page: _Page, kind: str) -> Iterator[_Topic]:
    for entry in page.entry:
        try:
            one = msgspec.json.decode(entry.resource, type=_Topic)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if one.resource_type == kind:
            yield one


def _of_basic(basic: _Topic) -> _Topic:
    topic = _Topic()
    for one in basic.extension:
        match = _IN_BASIC.search(one.url)
        can = _Can(one.part("resource"), one.part("filterParameter"))
        match match[1] if match is not None else "":
            case "url":
                topic.url = one.text
            case "resourceTrigger":
                topic.resource_trigger += (can,)
            case "canFilterBy":
                topic.can_filter_by += (can,)
    return topic


def _filters(topic: _Topic) -> dict[str, str]:
    types = {one.resource.rpartition("/")[2] for one in topic.resource_trigger}
    if len(types) != 1:
        return {}
    (type,) = types
    found: dict[str, str] = {}
    offered = {
        one.filter_parameter
        for one in topic.can_filter_by
        if one.resource.rpartition("/")[2] in (type, "")
    }
    for what, names in (("bed", BY_BED), ("patient", BY_PATIENT)):
        name = next((one for one in names if one in offered), None)
        if name is not None and (what == "patient" or type == "Encounter"):
            found[what] = f"{type}?{name}"
    return found
