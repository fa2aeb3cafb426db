"""Subscriptions of the simulator: R4 rest-hook by criteria, and by topic (R4 Backport).

A Subscription is a resource like others; `look` takes up what was written since it last looked:
new ones become active, and whoever wants to hear of a row that matches is sent one empty POST.
One that cannot be delivered turns to `error`, as servers do, and is sent nothing until it is made
anew.
"""

from typing import Any
from urllib.parse import parse_qsl

from smartward.errors import SmartWardError
from smartward.his.http import Http
from smartward.his.simulator.capability import TOPICS
from smartward.his.simulator.search import PARAMETERS, BadSearch, understand
from smartward.his.simulator.store import Row
from smartward.his.simulator.world import World

KIND = "Subscription"
LOOK_EVERY_S = 0.5


class Subscriptions:
    """Notifies those who subscribed to a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._marks: dict[str, tuple[str, set[tuple[str, int]]]] = {}
        """By type, the newest instant that was seen, and what of it."""
        self.sent = 0
        self._https: dict[str, Http] = {}

    async def look(self) -> None:
        """Take up new subscriptions, then tell what happened since the last look."""
        for row in self._world.store.all(KIND):
            if row.resource.get("status") == "requested":
                self._take_up(row)
        news = self._news()
        for row in self._world.store.all(KIND):
            if row.resource.get("status") == "active" and _matches(row.resource, news):
                await self._notify(row)

    def _news(self) -> dict[str, list[Row]]:
        """Rows written since the last look, by type; at the first, none."""
        found = {}
        for kind in PARAMETERS:
            at, seen = self._marks.get(kind, ("", set()))
            # Those of the last instant again: more may have been written within it.
            rows = self._world.store.since(kind, (at, ""))
            if kind in self._marks:
                found[kind] = [row for row in rows if _name(row) not in seen]
            if rows:
                newest = rows[-1].updated
                self._marks[kind] = (newest, {_name(r) for r in rows if r.updated == newest})
            else:
                self._marks[kind] = (at, seen)
        return found

    def _take_up(self, row: Row) -> None:
        resource = row.resource
        wrong = _wrong(resource)
        if wrong is None:
            self._world.change(KIND, resource["id"], status="active", error=None)
        else:
            self._world.change(KIND, resource["id"], status="error", error=wrong)

    async def _notify(self, row: Row) -> None:
        channel = row.resource["channel"]
        headers = dict(line.split(": ", 1) for line in channel.get("header", ()))
        endpoint = channel["endpoint"]
        http = self._https.setdefault(endpoint, Http(endpoint, {}))
        try:
            await http.send("POST", endpoint, body=b"", headers=headers)
            self.sent += 1
        except SmartWardError as error:
            self._world.change(KIND, row.resource["id"], status="error", error=error.key)

    async def close(self) -> None:
        """Let go of all connections."""
        for http in self._https.values():
            await http.close()


def _name(row: Row) -> tuple[str, int]:
    return row.resource["id"], row.version


def _wrong(resource: dict[str, Any]) -> str | None:
    """Why a subscription cannot be served; None: it can."""
    channel = resource.get("channel", {})
    if channel.get("type") != "rest-hook":
        return "only rest-hook"
    if not str(channel.get("endpoint", "")).startswith(("http://", "https://")):
        return "no endpoint"
    kind, question, query = str(resource.get("criteria", "")).partition("?")
    if not question:
        return None if kind in TOPICS else "no such topic"
    if kind not in PARAMETERS:
        return "no such type"
    try:
        understand(kind, parse_qsl(query))
    except BadSearch as error:
        return str(error)
    return None


def _matches(resource: dict[str, Any], news: dict[str, list[Row]]) -> bool:
    kind, question, query = resource["criteria"].partition("?")
    if not question:
        return bool(news.get(TOPICS[kind]))
    test = understand(kind, parse_qsl(query)).test()
    return any(test(row) for row in news.get(kind, ()))
