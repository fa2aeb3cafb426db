"""Whether a server holds what we wrote, in whatever words, and ours laid over what it has.

Servers write a time with other digits or another zone, a reference with their own address, and add
elements of their own; none of that makes it something else. Numbers stay as they are written.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import msgspec

from smartward.errors import BadData

Json: TypeAlias = dict[str, Any]

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?$")
_SERVERS_OWN = ("id", "meta", "text", "resourceType")


def decoded(body: bytes) -> Json:
    """A resource with every decimal exact. Raises BadData when it is none."""
    try:
        found = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, InvalidOperation, RecursionError) as error:
        raise BadData("his.bad.not_fhir", "what was to be changed is no resource") from error
    if not isinstance(found.get("id"), str):
        raise BadData("his.bad.not_fhir", "what was to be changed has no id")
    return found


def encoded(resource: Json) -> bytes:
    """A resource as it is sent."""
    return _ENCODER.encode(resource)


def holds(theirs: Json, ours: Json) -> bool:
    """Whether everything that we say is said there."""
    return all(
        _same(theirs.get(name), value) for name, value in ours.items() if name not in _SERVERS_OWN
    )


def laid_over(theirs: Json, ours: Json, before: Iterable[Json]) -> Json:
    """Ours, with what only they say kept; what we said `before` and say no more goes."""
    said = {name for one in before for name in one}
    kept = {name: value for name, value in theirs.items() if name not in said}
    return {**kept, **ours, "id": theirs["id"]}


def _same(theirs: Any, ours: Any) -> bool:
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            _same(theirs.get(name), value) for name, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(theirs, list)
            and len(theirs) >= len(ours)
            and all(any(_same(one, mine) for one in theirs) for mine in ours)
        )
    if isinstance(ours, str):
        return isinstance(theirs, str) and (theirs == ours or _means(theirs) == _means(ours))
    if isinstance(ours, bool) or ours is None:
        return theirs is ours
    if isinstance(theirs, bool) or not isinstance(theirs, int | Decimal):
        return False
    return bool(theirs == ours)


def _means(text: str) -> object:
    """A time to the second, a reference without its address; anything else itself."""
    if _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).timestamp() // 1
        except ValueError:
            return text
    found = _REFERENCE.search(text)
    return text if found is None else found[1]
