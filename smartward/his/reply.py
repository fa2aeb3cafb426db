"""What came back from a hospital system, and what it means: an answer, busy, or refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from smartward.errors import Refused, Unreachable

_MOST_REASON = 300
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_LONGEST_RETRY_S = 3600.0
"""A server that says "in a year" is asked in an hour all the same."""
_YEARS = range(2000, 2200)
"""A `Date` of another year is none: nothing could be reckoned with it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: 2xx, 304, 404, 410 or 412; everything else was raised."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    date: datetime | None
    """The server's own time (`Date`), whole seconds."""


def date_of(text: str | None) -> datetime | None:
    """An HTTP date in UTC; None for what is none."""
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    if date.year not in _YEARS:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)


def retry_after(headers: Mapping[str, str], date: datetime | None) -> float | None:
    """Seconds to wait by `Retry-After`, a number or a date on the server's clock; an hour at
    most."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", text):
        return min(float(text), _LONGEST_RETRY_S)
    until = date_of(text or None)
    if until is None or date is None:
        return None
    return min(max(0.0, (until - date).total_seconds()), _LONGEST_RETRY_S)


def judged(reply: Reply) -> Reply:
    """The answer when it is one to go on with. Raises Unreachable (busy, 5xx) and Refused."""
    status = reply.status
    if status in _BUSY or status >= 500:
        wait = retry_after(reply.headers, reply.date)
        values = {} if wait is None else {"retry_after_s": wait}
        raise Unreachable("his.unreachable.busy", f"HTTP {status}", status=status, **values)
    if 200 <= status < 300 or status in (304, 404, 410, 412):
        return reply
    if 300 <= status < 400:
        raise Refused("his.refused.redirect", f"HTTP {status}", status=status)
    if status == 407:
        raise Unreachable("his.unreachable.proxy", "HTTP 407", reason="HTTP 407")
    key = "his.refused.access" if status in (401, 403) else "his.refused.request"
    raise Refused(key, f"HTTP {status}", status=status, reason=reason(reply))


class _Details(msgspec.Struct):
    text: str | None = None


class _Issue(msgspec.Struct):
    diagnostics: str | None = None
    details: _Details | None = None


class _Outcome(msgspec.Struct):
    issue: tuple[_Issue, ...] = ()


def answers_others(error: Unreachable) -> bool:
    """Whether it is this one answer that was not to be had (busy, broken, too slow): the server,
    the way to it and the token may well be good."""
    return error.key in ("his.unreachable.busy", "his.unreachable.slow")


def reason(reply: Reply) -> str:
    """Why the server refuses, in its own words, for people only: it may name a patient. Empty when
    it says nothing."""
    try:
        outcome = msgspec.json.decode(reply.body, type=_Outcome)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    said = [
        text
        for one in outcome.issue
        if (text := (one.details.text if one.details else None) or one.diagnostics)
    ]
    return " · ".join(said)[:_MOST_REASON]
