"""A GNU Health in memory that answers as the real one was seen to answer.

Source: every form here was read off GNU Health 5.0.6 with health_inpatient and health_nursing
5.0.4 on trytond 7.0.59 and SQLite, over HTTP, on 2026-11-22; nothing is taken from its code. The
suite beside it runs the same against the real thing (`make test-gnuhealth`), so what differs is
found there. Seen, and kept here:

- results `{"id", "result"}`, refusals `{"id", "error": [name, [message, description, null]]}` with
  HTTP 200; a Python error is `{"error": ["'nope'", ""]}`; a wrong session is 401 without a body, a
  method that is not offered 403 with HTML, a database that is not there 404 with HTML;
- booleans are 0 and 1; dates, times and datetimes are objects with `__class__`; people's times
  have whole seconds, `create_date` and `write_date` microseconds; `write_date` is null at first;
- `a.b.c` is told nested in keys that end in a dot, null where there is no such record;
- ages hold U+200B; `_timestamp` is a text of whole seconds, and one that is older than the row
  refuses a write: `["ConcurrencyException", "Records were modified in the meanwhile"]`.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from smartward.clock import Clock

Json = dict[str, Any]
USER, PASSWORD = "admin", "s3cret"
FORBIDDEN = b"<!doctype html>\n<html lang=en>\n<title>403 Forbidden</title>\n"
NOT_FOUND = b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n"

RELATIONS = {
    "patient": "gnuhealth.patient",
    "party": "party.party",
    "bed": "gnuhealth.hospital.bed",
    "ward": "gnuhealth.hospital.ward",
    "unit": "gnuhealth.hospital.unit",
    "product": "product.product",
    "template": "product.template",
    "diet": "gnuhealth.diet.therapeutic",
    "pathology": "gnuhealth.pathology",
    "admission_reason": "gnuhealth.pathology",
    "attending_physician": "gnuhealth.healthprofessional",
    "main_specialty": "gnuhealth.hp_specialty",
    "specialty": "gnuhealth.specialty",
    "medicament": "gnuhealth.medicament",
    "dose_unit": "gnuhealth.dose.unit",
    "route": "gnuhealth.drug.route",
    "medication": "gnuhealth.inpatient.medication",
    "registration": "gnuhealth.inpatient.registration",
    "meal_order": "gnuhealth.inpatient.meal.order",
    "meal": "gnuhealth.inpatient.meal",
}
DATES = ("create_date", "write_date", "_timestamp")
DEFAULTS: dict[str, Json] = {
    "gnuhealth.hospital.bed": {"state": "free"},
    "gnuhealth.inpatient.registration": {"state": "free"},
    "gnuhealth.patient.rounding": {"state": "draft", "pain": False, "health_professional": 1},
    "gnuhealth.inpatient.medication": {"is_active": True, "discontinued": False,
                                       "course_completed": False, "frequency_prn": False},
    "gnuhealth.inpatient.medication.log": {"health_professional": 1},
    "gnuhealth.inpatient.meal.order": {"state": "draft", "health_professional": 1},
    "gnuhealth.patient.disease": {"is_active": True},
    "party.party": {"deceased": False, "est_dob": False},
}  # fmt: skip
SHIPPED: dict[str, list[Json]] = {
    "gnuhealth.diet.therapeutic": [
        {"code": "NPO", "name": "Nothing by Mouth / NPO"},
        {"code": "REG", "name": "Regular"},
        {"code": "RENAL", "name": "RENAL"},
    ],
    "gnuhealth.dose.unit": [{"name": "mL"}, {"name": "mg"}],
    "gnuhealth.drug.route": [{"name": "Oral"}, {"name": "Intravenous"}],
    "gnuhealth.drug.form": [{"name": "Capsule"}],
    "gnuhealth.specialty": [
        {"code": "NURSING", "name": "Nursing"},
        {"code": "CARDIO", "name": "Cardiology"},
    ],
    "product.uom": [{"name": "Unit"}],
}
"""A few of the rows that come with it."""


MEAL_BUTTONS = {"generate": "ordered", "cancel": "cancelled", "done": "done"}
"""The buttons of a meal's order, and the state each leads to."""


class Failed(Exception):
    """Becomes the `error` of an answer."""


def refusal(words: str) -> Failed:
    return Failed(["UserError", [words, "", None]])


def coded(value: Any) -> Any:
    """As Tryton writes it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(value, name) for name in parts}}
    return value


def plain(one: Json) -> Any:
    """As it is kept: datetimes can be compared; dates and times stay as they came."""
    if one.get("__class__") != "datetime":
        return one
    numbers = [one[name] for name in ("year", "month", "day", "hour", "minute", "second")]
    return datetime(*numbers, one["microsecond"], UTC)


class FakeGnuHealth:
    """An ASGI application: one database, `health`, below any path."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.tables: dict[str, dict[int, Json]] = {}
        self.sessions: set[str] = set()
        self.denied: set[str] = set()
        """Models that may not be read."""
        self.calls: list[str] = []
        self._tick = 0
        for model, rows in SHIPPED.items():
            for row in rows:
                self.create(model, row)

    # ---------------------------------------------------------------------------- HTTP

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        status, answer, kind = self._answer(scope["path"], headers, body)
        date = format_datetime(self._clock.now(), usegmt=True).encode()
        told = [(b"content-type", kind.encode()), (b"date", date)]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, path: str, headers: Json, body: bytes) -> tuple[int, bytes, str]:
        asked = json.loads(body, object_hook=plain)
        method, params = asked["method"], asked["params"]
        self.calls.append(method)
        last = path.rstrip("/").rpartition("/")[2]
        if method.startswith("common.server"):
            return self._told(asked, "7.0.59")
        if last != "health":
            return 404, NOT_FOUND, "text/html"
        if method == "common.db.login":
            if params[0] != USER or params[1].get("password") != PASSWORD:
                return 401, b"<!doctype html>", "text/html"
            token = f"token{len(self.sessions)}"
            self.sessions.add(base64.b64encode(f"{USER}:1:{token}".encode()).decode())
            return self._told(asked, [1, token])
        if headers.get("authorization", "").removeprefix("Session ") not in self.sessions:
            return 401, b"", "text/plain"
        try:
            result = self._call(method, params)
        except PermissionError:
            return 403, FORBIDDEN, "text/html"
        except Failed as failed:
            return 200, json.dumps({"id": asked["id"], "error": failed.args[0]}).encode(), "json"
        return self._told(asked, result)

    def _told(self, asked: Json, result: Any) -> tuple[int, bytes, str]:
        told = json.dumps({"id": asked["id"], "result": result}, ensure_ascii=False)
        return 200, told.encode(), "application/json"

    def _call(self, method: str, params: list[Any]) -> Any:
        kind, _, rest = method.partition(".")
        model, _, name = rest.rpartition(".")
        *given, context = params
        if kind == "wizard":
            return self._wizard(name, given, context)
        if model == "res.user":
            return {"language": "en", "company": 1}
        if model == "ir.model.access":
            return {one: self._rights(one) for one in given[0]}
        if model in self.denied:
            raise refusal(f'You are not allowed to access "{model}".')
        able: dict[str, Callable[..., Any]] = {
            "search_read": self._search_read, "search": self._search, "create": self._create,
            "write": self._write, "delete": self._delete, "default_get": self._default_get,
            "confirmed": self._confirmed, "admission": self._admission,
            "discharge": self._discharge, "bedclean": self._bedclean,
            **{name: self._meal(state) for name, state in MEAL_BUTTONS.items()},
        }  # fmt: skip
        if name not in able:
            raise PermissionError
        return able[name](model, context, *given)

    def _rights(self, model: str) -> Json:
        if model.startswith("nope"):
            raise Failed([f"'{model}'", ""])
        may = int(model not in self.denied)
        return {"read": may, "write": may, "create": may, "delete": may}

    # ---------------------------------------------------------------------------- records

    def now(self) -> datetime:
        """The database's time: no two writes have the same."""
        self._tick += 1
        return self._clock.now().replace(microsecond=self._tick % 1_000_000)

    def table(self, model: str) -> dict[int, Json]:
        return self.tables.setdefault(model, {})

    def create(self, model: str, values: Json) -> int:
        """One record."""
        rows = self.table(model)
        id = max(rows, default=0) + 1
        row = {**DEFAULTS.get(model, {}), **values, "id": id, "create_date": self.now()}
        if model == "gnuhealth.inpatient.registration":
            row["name"] = f"INPAC{id:03}"
        if model == "party.party":
            row.setdefault("ref", f"PUID{id}")
        if model == "gnuhealth.diet.therapeutic":
            row.setdefault("description", "-")
        rows[id] = {"write_date": None, **row}
        if row.get("mainsp"):  # the professional tells it, and cannot be written it
            self.table("gnuhealth.healthprofessional")[row["healthprof"]]["main_specialty"] = id
        for name, value in values.items():
            if isinstance(value, list) and name == "admin_times":
                rows[id][name] = [
                    self.create("gnuhealth.inpatient.medication.admin_time",
                                {**one, "medication": id})
                    for command, ones in value if command == "create" for one in ones
                ]  # fmt: skip
        return id

    def _create(self, model: str, context: Json, rows: list[Json]) -> list[int]:
        return [self.create(model, row) for row in rows]

    def _write(self, model: str, context: Json, ids: list[int], values: Json) -> None:
        table = self.table(model)
        for id in ids:
            if id not in table:
                raise refusal(f'You are trying to write to records "{id}" that don\'t exist.')
            stamp = context.get("_timestamp", {}).get(f"{model},{id}")
            if stamp is not None and stamp < self._timestamp(table[id]):
                raise Failed(["ConcurrencyException", "Records were modified in the meanwhile"])
            table[id] |= {**values, "write_date": self.now()}

    def _delete(self, model: str, context: Json, ids: list[int]) -> None:
        for id in ids:
            del self.table(model)[id]

    def _default_get(self, model: str, context: Json, names: list[str]) -> Json:
        found = {name: DEFAULTS.get(model, {}).get(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _timestamp(self, row: Json) -> str:
        return str(int((row["write_date"] or row["create_date"]).timestamp()))

    # ---------------------------------------------------------------------------- reading

    def _search(
        self, model: str, context: Json, domain: list[Any], offset: int = 0,
        limit: int | None = None, order: list[Any] | None = None,
    ) -> list[int]:  # fmt: skip
        found = [id for id, row in self.table(model).items() if self._holds(row, domain)]
        return sorted(found)[offset : None if limit is None else offset + limit]

    def _search_read(
        self, model: str, context: Json, domain: list[Any], offset: int, limit: int | None,
        order: list[Any] | None, names: list[str],
    ) -> list[Json]:  # fmt: skip
        ids = self._search(model, context, domain, offset, limit, order)
        return [self._row(model, self.table(model)[id], names) for id in ids]

    def _holds(self, row: Json, domain: list[Any]) -> bool:
        if domain and domain[0] == "OR":
            return any(self._holds(row, [one]) for one in domain[1:])
        return all(
            self._holds(row, one) if one and one[0] == "OR" else self._clause(row, *one)
            for one in domain
        )

    def _clause(self, row: Json, path: str, operator: str, wanted: Any) -> bool:
        value = self._at(row, path)
        if operator in ("in", "="):
            return bool(value in wanted if operator == "in" else value == wanted)
        if value is None:
            return False
        if operator == "like":
            return wanted.strip("%") in value
        return bool({">": value > wanted, ">=": value >= wanted}[operator])

    def _at(self, row: Json | None, path: str) -> Any:
        head, _, rest = path.partition(".")
        if row is None or not rest:
            return (
                self._rec_name(row)
                if row is not None and head == "rec_name"
                else (row or {}).get(head)
            )
        return self._at(self.table(RELATIONS[head]).get(row.get(head) or 0), rest)

    def _rec_name(self, row: Json) -> str | None:
        for head in ("product", "template", "party", "meal"):
            if row.get(head):
                # A meal's meal is its product.
                model = "product.product" if head == "meal" else RELATIONS[head]
                return self._rec_name(self.table(model)[row[head]])
        name: str | None = row.get("name")
        return f"{row['lastname']}, {name}" if row.get("lastname") else name

    def _row(self, model: str, row: Json, names: list[str]) -> Json:
        found: Json = {"id": row["id"]}
        under: dict[str, list[str]] = {}
        for name in names:
            head, _, rest = name.partition(".")
            if rest:
                under.setdefault(head, []).append(rest)
            elif name == "_timestamp":
                found[name] = self._timestamp(row)
            elif name == "age":
                found[name] = "76\N{ZERO WIDTH SPACE}y \N{ZERO WIDTH SPACE}10\N{ZERO WIDTH SPACE}m"
            else:
                found[name] = coded(self._at(row, name))
        for head, rests in under.items():
            other = self.table(RELATIONS[head]).get(row.get(head) or 0)
            found[f"{head}."] = None if other is None else self._row(RELATIONS[head], other, rests)
        return found

    # ---------------------------------------------------------------------------- buttons

    def _meal(self, state: str) -> Callable[..., None]:
        return lambda model, context, ids: self._write(model, {}, ids, {"state": state})

    def _stay(self, id: int) -> tuple[Json, Json]:
        row = self.table("gnuhealth.inpatient.registration")[id]
        return row, self.table("gnuhealth.hospital.bed")[row["bed"]]

    def _step(self, id: int, stay: str, bed: str) -> None:
        row, place = self._stay(id)
        row |= {"state": stay, "write_date": self.now()}
        place |= {"state": bed, "write_date": self.now()}

    def _confirmed(self, model: str, context: Json, ids: list[int]) -> None:
        row, _ = self._stay(ids[0])
        busy = ("confirmed", "hospitalized", "done")
        if any(o["bed"] == row["bed"] and o["state"] in busy for o in self.table(model).values()):
            raise refusal("Bed is not available")
        self._step(ids[0], "confirmed", "reserved")

    def _admission(self, model: str, context: Json, ids: list[int]) -> None:
        row, _ = self._stay(ids[0])
        if row["hospitalization_date"].date() != self._clock.now().date():
            raise refusal("The admission date must be today")
        self._step(ids[0], "hospitalized", "occupied")

    def _discharge(self, model: str, context: Json, ids: list[int]) -> None:
        row, _ = self._stay(ids[0])
        if not all(row.get(n) for n in ("admission_reason", "discharge_reason", "discharge_dx")):
            raise refusal("Admission and Discharge reasons as well as Discharge Dx are needed")
        self._step(ids[0], "done", "to_clean")

    def _bedclean(self, model: str, context: Json, ids: list[int]) -> None:
        self._step(ids[0], "finished", "free")

    def _wizard(self, name: str, given: list[Any], context: Json) -> Any:
        if name == "create":
            return [1, "start", "end"]
        start = given[1]["start"]
        row, before = self._stay(context["active_ids"][0])
        after = self.table("gnuhealth.hospital.bed")[start["newbed"]]
        if after["state"] != "free":
            raise refusal("The destination bed is not available")
        before |= {"state": start["orig_bed_state"], "write_date": self.now()}
        after |= {"state": "occupied", "write_date": self.now()}
        row |= {"bed": after["id"], "write_date": self.now()}
        self.create("gnuhealth.bed.transfer", {"registration": row["id"], "bed_to": after["id"]})
        return {}
