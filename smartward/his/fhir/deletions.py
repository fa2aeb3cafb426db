"""Deletions as a server's history tells them: a bonus where there is one.

The census and the whole re-read find every deletion anyhow, within minutes; the history of a type
tells it within half a minute. Only its newest pages are read: in a large hospital they are those of
everybody, and what is not among them comes with the re-read.
"""

import re
from datetime import datetime, timedelta

import msgspec

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.fhir.exchange import Bundle
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.page import instant
from smartward.his.reply import answers_others

_URL = re.compile(r"(?:^|/)([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?$")
_COUNT = "200"
_EACH = timedelta(seconds=30)


class Deletions:
    """Asks the history of each type since when it was last asked."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._asked: dict[str, datetime] = {}
        self._told: dict[str, datetime] = {}
        """When there was an answer."""

    async def of(self, kind: str) -> set[str]:
        """Logical ids deleted since the last look, with the overlap. Raises Unreachable."""
        loader, now = self._loader, self._loader.now
        if now is None or not loader.plan(kind).history:
            return set()
        before = self._asked.get(kind)
        if before is not None and timedelta(0) <= now - before < _EACH:
            return set()
        self._asked[kind] = now
        if before is None:
            self._told[kind] = now
            return set()
        before = min(self._told[kind], now)
        since = [("_since", instant(before - loader.overlap)), ("_count", _COUNT)]
        try:
            reply = await loader.ask.http.get(f"{kind}/_history", since)
            bundle = msgspec.json.decode(reply.body, type=Bundle)
        except (Refused, BadData, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return set()
        except Unreachable as away:
            if not answers_others(away):
                raise
            return set()  # it is only a bonus: the ward does not stop for it
        self._told[kind] = now
        gone: dict[str, bool] = {}
        for entry in bundle.entry:
            # Newest first: what comes after that of an id is its past.
            match = _URL.search(entry.request.url) if entry.request is not None else None
            if entry.request is not None and match is not None and match[1] == kind:
                gone.setdefault(match[2], entry.request.method == "DELETE")
        return {id for id, deleted in gone.items() if deleted}
