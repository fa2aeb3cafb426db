"""Tryton's JSON-RPC: a session, one call after another, its errors as ours.

Calls are `POST <base>/` with `{"id", "method", "params"}`; the base names the database. Whoever
logs in gets a token that goes into the header `Authorization: Session …`; it ends when it was not
used for the server's `[session] timeout`, or when the server starts anew: answered by 401, logged
in again once. Refusals of the program itself come with HTTP 200 as `"error": [name, words]`.
"""

import base64
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from smartward import __version__
from smartward.errors import BadData, Misconfigured, Refused, Unreachable
from smartward.his.http import Access, Http
from smartward.his.reply import Reply

Json: TypeAlias = dict[str, Any]
Domain: TypeAlias = list[Any]
"""Tryton's conditions: `[field, operator, value]` each, all of them; `["OR", …]` one of them."""

CONFLICT = 409
"""The status we give a refusal because a record was changed meanwhile."""
_JSON = "application/json"
_PAGE = 500
_MOST_ROWS = 100_000
_MOST_REASON = 300
_CONCURRENT = "ConcurrencyException"
_FORMS: dict[str, Callable[[Json], object]] = {
    "datetime": lambda one: datetime(
        one["year"],
        one["month"],
        one["day"],
        one["hour"],
        one["minute"],
        one["second"],
        one["microsecond"],
        UTC,
    ),
    "date": lambda one: date(one["year"], one["month"], one["day"]),
    "time": lambda one: time(one["hour"], one["minute"], one["second"], one["microsecond"]),
    "Decimal": lambda one: Decimal(one["decimal"]),
}
"""What Tryton writes as an object with `__class__`; its datetimes are in UTC."""


def headers() -> dict[str, str]:
    """What every request says."""
    return {"Accept": _JSON, "User-Agent": f"SmartWard/{__version__}"}


def moment(at: datetime) -> Json:
    """A datetime as Tryton reads it. Its columns of people's times hold whole seconds."""
    told = at.astimezone(UTC)
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{name: getattr(told, name) for name in parts}}


class Rpc:
    """Calls of one user at one database."""

    def __init__(
        self, base_url: str, user: str, secret: Callable[[], str], access: Access | None = None
    ) -> None:
        """`secret` gives the password, at each login anew. Raises Misconfigured."""
        self.http = Http(base_url, headers(), access)
        self._user = user
        self._secret = secret
        self._session: str | None = None
        self._context: Json = {}
        self._ids = itertools.count(1)
        self.date: datetime | None = None
        """The server's own time as of its last answer, whole seconds."""

    # ---------------------------------------------------------------------------- one call

    async def call(self, method: str, *params: object) -> Any:
        """What a method gives. Raises as the port says; what GNU Health itself will not have is
        Refused with its words in `values["reason"]`."""
        if self._session is None:
            await self._log_in()
        used = self._session
        try:
            return await self._send(method, params)
        except Refused as refused:
            if refused.values.get("status") != 401:
                raise
        if self._session == used:  # nobody else has renewed it meanwhile
            await self._log_in()
        return await self._send(method, params)

    async def _log_in(self) -> None:
        self._session = None
        given = await self._send("common.db.login", (self._user, {"password": self._secret()}))
        match given:
            case [int(id), str(token), *_]:
                named = f"{self._user}:{id}:{token}".encode()
                self._session = "Session " + base64.b64encode(named).decode()
            case _:
                raise BadData("his.bad.not_gnuhealth", "a login was answered without a session")
        found = await self._send("model.res.user.get_preferences", (True, {}))
        if not isinstance(found, dict):
            raise BadData("his.bad.not_gnuhealth", "a user without preferences")
        self._context = found

    async def _send(self, method: str, params: Sequence[object]) -> Any:
        own = {"Content-Type": _JSON}
        if self._session is not None:
            own["Authorization"] = self._session
        id = next(self._ids)
        body = msgspec.json.encode({"id": id, "method": method, "params": list(params)})
        reply = await self.http.send("POST", f"{self.http.base}/", body=body, headers=own)
        result = _result(reply, id)
        self.date = reply.date or self.date
        return result

    # ---------------------------------------------------------------------------- models

    @property
    def context(self) -> Json:
        """Language and company of the user: Tryton keeps neither from call to call."""
        return self._context

    async def model(self, model: str, method: str, *params: object, **more: object) -> Any:
        """A method of a model with the user's context last, and `more` in it."""
        if self._session is None:
            await self._log_in()
        return await self.call(f"model.{model}.{method}", *params, {**self._context, **more})

    async def rows(self, model: str, domain: Domain, fields: Sequence[str]) -> list[Json]:
        """All rows, by ascending id, page by page: what changes meanwhile moves no page."""
        found: list[Json] = []
        last = 0
        while len(found) < _MOST_ROWS:
            page = await self.model(
                model,
                "search_read",
                [*domain, ["id", ">", last]],
                0,
                _PAGE,
                [["id", "ASC"]],
                list(fields),
            )
            rows = [one for one in _listed(page) if isinstance(one, dict)]
            ids = [id for one in rows if isinstance(id := one.get("id"), int) and id > last]
            found += rows
            if len(page) < _PAGE:
                return found
            if not ids:
                break
            last = max(ids)
        raise BadData("his.bad.endless", f"{model}: no end of rows")

    async def ids(self, model: str, domain: Domain) -> set[int]:
        """The ids of all rows."""
        found = await self.model(model, "search", domain, 0, None, [["id", "ASC"]])
        return {one for one in _listed(found) if isinstance(one, int)}

    async def rights(self, model: str) -> frozenset[str]:
        """What this user may do with a model (read, write, create, delete); nothing where the
        server has no such model."""
        try:
            told = await self.model("ir.model.access", "get_access", [model])
        except Refused as refused:
            if "status" in refused.values:  # HTTP's own word: not about the model
                raise
            return frozenset()
        own = told.get(model) if isinstance(told, dict) else None
        return frozenset(name for name, may in own.items() if may) if own else frozenset()

    async def close(self) -> None:
        """Let go of all connections."""
        await self.http.close()


async def version(http: Http) -> str:
    """The version of the Tryton server whose database an address names. Raises Misconfigured
    (`his.no_gnuhealth`) when what answers there is none, else as Http does."""
    root = http.base.rpartition("/")[0]
    body = msgspec.json.encode({"id": 1, "method": "common.server.version", "params": []})
    try:
        reply = await http.send("POST", f"{root}/", body=body, headers={"Content-Type": _JSON})
        found = _result(reply, 1)
    except BadData:
        found = None
    except Refused as refused:
        if refused.values.get("status") not in (400, 403, 404, 405, 415):
            raise
        found = None
    if not isinstance(found, str):
        raise Misconfigured("his.no_gnuhealth", http.base, url=http.base)
    return found[:40]


def _listed(found: object) -> list[Any]:
    if not isinstance(found, list):
        raise BadData("his.bad.not_gnuhealth", "a search was answered with no list")
    return found


def _result(reply: Reply, id: int) -> Any:
    """What the call of this id gave: the answer to another one, as a proxy may mix them up, is
    none."""
    if reply.status in (404, 410):
        raise BadData("his.bad.no_database", f"HTTP {reply.status}")
    try:
        # Python's own reader: Tryton's writer tells NaN, which is no JSON, and one such value must
        # not cost the others of its page.
        told = json.loads(reply.body, object_hook=_value)
    except (ValueError, RecursionError) as error:
        raise BadData("his.bad.not_gnuhealth", "no JSON") from error
    if not isinstance(told, Mapping) or not ({"result", "error"} & set(told)):
        raise BadData("his.bad.not_gnuhealth", "neither a result nor an error")
    if told.get("id") != id:
        raise BadData("his.bad.not_gnuhealth", "the answer to another call")
    if told.get("error") is not None:
        raise _fault(told["error"])
    return told.get("result")


def _value(one: Json) -> object:
    form = _FORMS.get(one.get("__class__", ""))
    if form is None:
        return one
    try:
        return form(one)
    except (KeyError, TypeError, ValueError, ArithmeticError, OverflowError):
        return one  # that row alone is malformed


def _fault(error: object) -> Refused | Unreachable:
    """An error of the program: `["UserError", [message, description, …]]`, or a Python error's
    words and its trace, which is for nobody."""
    parts = error if isinstance(error, list) else [error]
    name = str(parts[0]) if parts else ""
    said = parts[1] if len(parts) > 1 else ""
    words = said if isinstance(said, list) else [said]
    reason = " ".join(one for one in words[:2] if isinstance(one, str) and one)[:_MOST_REASON]
    if name == _CONCURRENT:
        return Refused("his.write.conflict", name, status=CONFLICT, reason=reason)
    if name in ("UserError", "UserWarning"):
        return Refused("his.refused.program", name, reason=reason)
    return Refused("his.refused.program", "an error of the program", reason=name[:_MOST_REASON])
