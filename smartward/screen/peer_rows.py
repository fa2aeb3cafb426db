"""The rows of direct calls in the station's queue: marked, with the verbs that hold for them."""

from dataclasses import replace
from typing import Protocol

from smartward.clinical.nurse_call import CallState
from smartward.screen.peer_station import Model, direct_text
from smartward.screen.station_rows import QueueRow
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words


class Station(Model, Protocol):
    """A station's model, as far as its rows need it."""

    ward_state: WardState


def direct_rows(model: Station, rows: list[QueueRow], words: Words) -> list[QueueRow]:
    """The rows, those of direct calls told as such. Nobody else is asked through this station: who
    is wanted besides, or instead, is called by voice."""
    direct = model.ward_state.direct
    return [
        _direct(model, row, words) if row.key.partition(":")[2] in direct else row for row in rows
    ]


def _direct(model: Station, row: QueueRow, words: Words) -> QueueRow:
    call_id = row.key.partition(":")[2]
    call = model.ward_state.direct[call_id]
    said = direct_text(model, call_id, words)
    status = row.status
    if call.state is CallState.ACCEPTED and call.accepted_by is not None:
        by = call.accepted_by
        key = "coming" if by.name is not None else "coming_unnamed"
        status = words.catalogue.text(f"peer.station.{key}", who=words.actor(by))
    silent = call_id in model.services.direct.unheard
    return replace(
        row,
        sub=f"{said} · {row.sub}" if row.sub else said,
        status=status,
        mark="direct",
        reinforce=False,
        handOver=False,
        done=silent and call.state is CallState.ACCEPTED,
    )
