"""Direct calls among the ward's own, as a station and a door show them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from smartward.clinical.nurse_call import DEFAULTS, NurseCall, advance, is_open
from smartward.screen.peer_records import Record, as_call
from smartward.screen.services import Services
from smartward.screen.station_words import Words
from smartward.wire.call_view import CallView, at_other_beds, call_view, possible_view
from smartward.wire.envelope import Action


class Model(Protocol):
    """The model of a screen, as far as direct calls need it."""

    services: Services

    def pending(self, *kinds: str) -> tuple[Action, ...]:
        """Touches of this screen that the feed has not brought back yet."""


def station_calls(model: Model, now: datetime) -> dict[str, NurseCall]:
    """The direct calls of the ward by id, with what was touched about them here and with what time
    has made of them: nobody else escalates them. One that a hub has closed is none."""
    found = {}
    for record in model.services.direct.records.values():
        doc = model.services.replica.doc("nurse_call", record.id)
        known = None if doc is None else doc.body
        if isinstance(known, NurseCall) and not is_open(known):
            continue
        deeds = () if known is not None else _deeds(model, record)
        call = as_call(record, known, deeds, model.services.link.hub_now)
        found[record.id] = advance(call, DEFAULTS, now)
    return found


def door_calls(model: Model, now: datetime) -> list[CallView]:
    """The same for a door, which is told of calls by less, and of one in doubt at each bed where it
    may be from. What a hub has told of stands as it was told: a press more changes nothing there.
    """
    found = []
    for record in model.services.direct.records.values():
        if model.services.replica.doc("nurse_call", record.id) is not None:
            continue
        call = as_call(record, None, _deeds(model, record), model.services.link.hub_now)
        call = advance(call, DEFAULTS, now)
        views = [call_view(call), *(possible_view(one) for one in at_other_beds(call))]
        found += [view for view in views if view is not None]
    return found


def _deeds(model: Model, record: Record) -> Iterable[Action]:
    return [action for action in model.pending() if action.subject == record.id]


def direct_text(model: Model, call_id: str, words: Words) -> str:
    """How a direct call came, and since when its bed is silent."""
    direct = model.services.direct
    record = direct.records.get(call_id)
    if record is not None and call_id in direct.unheard:
        at = record.heard_at.isoformat()
        return words.catalogue.text("peer.station.unheard", at=at)
    return words.catalogue.text("peer.station.direct")
