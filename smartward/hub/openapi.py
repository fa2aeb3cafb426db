"""The hub's HTTP interface as OpenAPI 3.1, made from the types that are really sent."""

from typing import Any

import msgspec

from smartward.wire import health, order, own_test, placing, update
from smartward.wire.envelope import (
    ActionRequest,
    Answer,
    Beat,
    CallInput,
    Hello,
    Identified,
    Identify,
    Write,
)
from smartward.wire.health import Heard, Report
from smartward.wire.order import Noted, OrderAsk, Ordered, OrderTold, OrderWatch
from smartward.wire.own_test import OwnTest, OwnTestAsk
from smartward.wire.pairing import Ask, PairingAnswer, Renew, Renewed
from smartward.wire.placing import PlaceAsk, Placing
from smartward.wire.start import KEY, MACHINE, PROOF, START, Blocked
from smartward.wire.update import UpdateAsk, UpdateTold
from smartward.wire.views import BODY

_REF = "#/components/schemas/{name}"

_BODIES = sorted(
    {cls for kinds in BODY.values() for cls in kinds.values()}, key=lambda c: c.__name__
)
_ENVELOPES = (
    *(ActionRequest, CallInput, Answer, Write, Hello, Beat),
    *(Identify, Identified, Blocked),
    *(Ask, PairingAnswer, Renew, Renewed),
    *(OwnTestAsk, OwnTest),
    *(Report, Heard),
    *(PlaceAsk, Placing),
    *(OrderAsk, OrderTold, OrderWatch, Ordered, Noted),
    *(UpdateAsk, UpdateTold),
)


def _schema(cls: type) -> dict[str, str]:
    return {"$ref": _REF.format(name=cls.__name__)}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error(description: str) -> dict[str, Any]:
    return _json(description, _schema_error())


def _schema_error() -> dict[str, Any]:
    return {"$ref": _REF.format(name="Error")}


def _views() -> dict[str, Any]:
    """Which body each role receives of each kind."""
    return {
        str(role): {kind: _schema(cls) for kind, cls in kinds.items()}
        for role, kinds in BODY.items()
    }


_FEED_TEXT = """Server-sent events. `reset` and `hello` carry Hello, `write` (id EPOCH-SEQ) carries
Write, `current` and `beat` carry Beat. The body of a document is the type that
`x-smartward-views` names for the role of the screen and the kind of the document."""


def describe(version: str) -> dict[str, Any]:
    """The whole description."""
    _, components = msgspec.json.schema_components((*_ENVELOPES, *_BODIES), ref_template=_REF)
    components["Error"] = {
        "type": "object",
        "properties": {
            "error": {"type": "string"},
            "detail": {"type": "string"},
            "values": {"type": "object"},
        },
        "required": ["error"],
    }
    bearer: list[Any] = [{"device": []}]
    unknown = {"401": _error("no device has this token")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "SmartWard hub", "version": version},
        "paths": {
            "/health": {"get": {"responses": {"200": _json("how the hub is", {"type": "object"})}}},
            "/metrics": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "Prometheus text",
                            "content": {"text/plain": {"schema": {"type": "string"}}},
                        }
                    }
                }
            },
            "/openapi.json": {"get": {"responses": {"200": _json("this", {"type": "object"})}}},
            "/feed": {"get": _feed(bearer, unknown)},
            "/actions": {"post": _actions(bearer, unknown, ActionRequest)},
            "/inputs": {"post": _actions(bearer, unknown, CallInput)},
            "/his/hint": {"post": _hint(), "put": _hint()},
            "/his/hint/{type}/{id}": {"post": _hint("type", "id"), "put": _hint("type", "id")},
            "/staff/identify": {"post": _identify(bearer, unknown)},
            **_pairing(bearer, unknown),
            **_told(bearer, unknown),
            **_standby(bearer, unknown),
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                "device": {"type": "http", "scheme": "bearer"},
                "hint": {"type": "http", "scheme": "bearer"},
            },
        },
        "x-smartward-views": _views(),
    }


def _pairing(bearer: list[Any], unknown: dict[str, Any]) -> dict[str, Any]:
    """How a screen becomes one of the ward's, and stays it; see wire/pairing.py."""

    def body(cls: type) -> dict[str, Any]:
        return {"required": True, "content": {"application/json": {"schema": _schema(cls)}}}

    return {
        "/pairing": {
            "get": {
                "description": "The authorities by which screens know this hub. A screen that "
                "found it by DNS believes them once a person has typed the hub's number.",
                "responses": {
                    "200": {
                        "description": "certificates",
                        "content": {"application/x-pem-file": {"schema": {"type": "string"}}},
                    },
                    "404": _error("this hub has none to give: tls_ca"),
                },
            },
            "post": {
                "description": "A screen that nobody knows asks to be paired, until somebody has "
                "said whose it is.",
                "requestBody": body(Ask),
                "responses": {
                    "200": _json("how it stands", _schema(PairingAnswer)),
                    "400": _error(
                        "no request of a screen, the proof is not of its key, or it was shown "
                        "other authorities than ours"
                    ),
                    "413": _error("too long"),
                    "503": _error("the hub cannot store it now"),
                },
            },
        },
        "/certificate": {
            "post": {
                "security": bearer,
                "description": "The next certificate of a paired screen.",
                "requestBody": body(Renew),
                "responses": {
                    "200": _json("the certificate", _schema(Renewed)),
                    "400": _error("no request for a certificate of an EC P-256 key"),
                    "403": _error("it was enrolled by a token alone"),
                    "409": _json("shown nothing, and why", _schema(Blocked)),
                    "413": _error("too long"),
                    "503": _error("the hub cannot store it now"),
                }
                | unknown,
            }
        },
    }


def _told(bearer: list[Any], unknown: dict[str, Any]) -> dict[str, Any]:
    """What a screen tells and asks about itself: how it is (wire/health.py), what it is to the hub
    with a test call of its own (wire/own_test.py)."""

    def door(asked: type, answer: type, description: str) -> dict[str, Any]:
        body = {"application/json": {"schema": _schema(asked)}}
        return {
            "post": {
                "security": bearer,
                "requestBody": {"required": True, "content": body},
                "responses": {"200": _json(description, _schema(answer)), **unknown},
            }
        }

    return {
        health.PATH: door(Report, Heard, "when to tell again"),
        placing.PATH: door(PlaceAsk, Placing, "which screens wait to be paired"),
        order.PATH: door(OrderAsk, OrderTold, "what became of the order"),
        order.WATCH_PATH: door(OrderWatch, OrderTold, "what became of the check so far"),
        order.DONE_PATH: door(Ordered, Noted, "taken"),
        own_test.PATH: door(OwnTestAsk, OwnTest, "what is known of it"),
        update.PATH: door(UpdateAsk, UpdateTold, "which update it is to fetch, if any"),
        update.FETCH: _file(bearer, unknown),
    }


def _file(bearer: list[Any], unknown: dict[str, Any]) -> dict[str, Any]:
    """An update, whole or from where `Range` says."""
    kind: dict[str, Any] = {"application/octet-stream": {}}
    bytes_of = {"description": "the update", "content": kind}
    name = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    answers = {"200": bytes_of, "206": bytes_of, "404": {"description": "there is none"}}
    return {"get": {"security": bearer, "parameters": [name], "responses": answers | unknown}}


def _standby(bearer: list[Any], unknown: dict[str, Any]) -> dict[str, Any]:
    """What a hub and its standby say to each other; see hub/replica_log.py."""

    def door(description: str, **responses: Any) -> dict[str, Any]:
        told = {f"{status[1:]}": answer for status, answer in responses.items()}
        return {"security": bearer, "description": description, "responses": told | unknown}

    def bytes_of(kind: str) -> dict[str, Any]:
        return {"description": "for a standby alone", "content": {kind: {}}}

    return {
        "/standby/log": {
            "get": door(
                "Every write behind `after` of the log `log` in `epoch`, as frames for ever.",
                _200=bytes_of("application/msgpack"),
                _410=_error("the log does not go on from there: take the copy"),
            )
        },
        "/standby/snapshot": {
            "get": door("The hub's file, whole.", _200=bytes_of("application/vnd.sqlite3"))
        },
        "/standby/take": {
            "post": door(
                "An action that the standby took of a device while this hub was away.",
                _200=_json("the answer", _schema(Answer)),
                _409=_error("never taken, as /actions says"),
            )
        },
        "/standby/listening": {
            "post": door(
                "The ids of all devices that listen at the standby, while it follows the log.",
                _204={"description": "they count as there"},
                _409=_error("it does not follow the log"),
            )
        },
        "/feed/may": {
            "post": door(
                "Asked by the standby in a screen's name: whether that would get a feed here.",
                _204={"description": "it would"},
                _409=_json("shown nothing, and why", _schema(Blocked)),
            )
        },
    }


def _hint(*names: str) -> dict[str, Any]:
    return {
        "security": [{"hint": []}],
        "description": "The hospital system changed something. The body is not read.",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ],
        "responses": {
            "204": {"description": "the hub looks at once"},
            "401": _error("not the secret of this hub's subscriptions"),
            "404": {"description": "this hub asked for no hints"},
            "413": {"description": "too long"},
        },
    }


def _feed(bearer: list[Any], unknown: dict[str, Any]) -> dict[str, Any]:
    def parameter(name: str, place: str, text: str) -> dict[str, Any]:
        return {"name": name, "in": place, "schema": {"type": "string"}, "description": text}

    return {
        "security": bearer,
        "description": _FEED_TEXT,
        "parameters": [
            parameter("Last-Event-ID", "header", "EPOCH-SEQ of the last event applied"),
            parameter("after", "query", "the same, where a header cannot be sent"),
            parameter("SmartWard-View", "header", "`view` of the last Hello"),
            parameter("SmartWard-Look", "header", "`1`: for a picture, not counted as a screen"),
            parameter(START, "header", "UUID of this start of the screen's program"),
            parameter(MACHINE, "header", "hashes of what the machine says of itself"),
            parameter(KEY, "header", "the device's own public key: Ed25519, base64url"),
            parameter(PROOF, "header", "its signature over start, machine and credential"),
        ],
        "responses": {
            "200": {
                "description": "the feed",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **unknown,
            "409": _json("why this screen is shown nothing", _schema(Blocked)),
        },
    }


def _actions(bearer: list[Any], unknown: dict[str, Any], body: type) -> dict[str, Any]:
    return {
        "security": bearer,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _schema(body)}},
        },
        "responses": {
            "200": _json("what became of it", _schema(Answer)),
            "400": _error("not an action"),
            **unknown,
            "403": _error("out of this device's scope"),
            "409": _error("the same id came with another body, or the screen is shown nothing"),
            "413": _error("too long"),
        },
    }


_IDENTIFY_TEXT = """Who holds this badge, or whose PIN this is. From bedside, door and station. The
`person` of the answer goes with every action until `until`; up to `offline_until` this screen may
check the same badge or PIN by itself while the hub is away, its actions then carry `session`
"offline". After too many wrong tries a person's PIN, a screen's PIN pad or its reader is locked for
a while (`identity.refused.locked`, value `until`)."""


def _identify(bearer: list[Any], unknown: dict[str, Any]) -> dict[str, Any]:
    return {
        "security": bearer,
        "description": _IDENTIFY_TEXT,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _schema(Identify)}},
        },
        "responses": {
            "200": _json("who it is", _schema(Identified)),
            "400": _error("neither a badge nor a person with a PIN"),
            **unknown,
            "403": _error("it proves nobody, or nobody acts at this screen"),
            "413": _error("too long"),
            "503": _error("the hub's disk fails"),
        },
    }
