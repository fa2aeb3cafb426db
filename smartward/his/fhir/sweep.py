"""What a look for one resource type is asked with, and what it brings."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, TypeVar

from smartward.his.fhir.page import Params
from smartward.his.fhir.walk import Walk

CHUNK = 100
"""Most ids in one search."""
_LONGEST = 1900
"""Most characters of ids in one search: some servers take no address above 2048."""
_COMMA = len("%2C")

T = TypeVar("T")


class Missing(Enum):
    """Why a resource is not there."""

    DELETED = auto()
    """The server says that it was, and is no more (410)."""
    NOT_FOUND = auto()
    """The server knows of none (404)."""


def chunks(ids: Collection[str], size: int = CHUNK) -> Iterator[list[str]]:
    """The ids in an order, `size` at a time, or as many as an address holds."""
    some: list[str] = []
    length = 0
    for id in sorted(ids):
        length += len(id) + _COMMA
        if some and (len(some) == size or length > _LONGEST):
            yield some
            some, length = [], len(id) + _COMMA
        some.append(id)
    if some:
        yield some


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all at once; the first failure is raised when none is running any more."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException):
            raise one
    return [one for one in results if not isinstance(one, BaseException)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search by patient. A server that refuses it is asked without it, and what
    comes beside is sorted out by the mapping."""

    codes: Params = field(default_factory=list)
    window: Params = field(default_factory=list)
    """How far back, by the clinical date; only where everything is read."""


@dataclass(slots=True)
class Sweep:
    """What one look for changes of a type brought."""

    walks: list[Walk] = field(default_factory=list)
    marks: dict[str, datetime] = field(default_factory=dict)
    """Where the next look begins: under the type, or `type/patient` where they are asked singly."""
    whole: set[str] = field(default_factory=set)
    """Patients of whom it is everything within the window."""
    failed: set[str] = field(default_factory=set)
    """Keys of what was not to be had."""
