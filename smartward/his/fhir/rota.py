"""Whose turn it is, where not everybody can be asked about at once.

A server that is asked for one patient at a time gets a few searches of each type a turn, those
asked longest ago first, beside those never asked about; a type without a date of change is read
wholly each minute.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from smartward.his.fhir.capability import TypePlan, Way

REREAD = timedelta(seconds=60)
"""How often a type is read wholly where its changes cannot be searched for."""
AT_ONCE = 10
"""Patients asked for one by one, each turn and type."""
PERSONS_AT_ONCE = 3
"""Of Patient, which changes seldom and is asked about each turn."""


class Rota:
    """When each patient was asked about last, by resource type."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, datetime]] = {}

    def due(self, kind: str, patients: Collection[str], plan: TypePlan, now: datetime) -> list[str]:
        """Who is to be asked about now, in order."""
        if plan.way is Way.NONE:
            return []
        before = self._asked.get(kind, {})
        first = sorted(id for id in patients if id not in before)
        again = sorted((id for id in patients if id in before), key=lambda id: (before[id], id))
        if plan.way is Way.REREAD and not plan.untried:
            again = [id for id in again if now - before[id] >= REREAD]
        if plan.lists:
            return first + again
        return first + again[: PERSONS_AT_ONCE if kind == "Patient" else AT_ONCE]

    def asked(self, kind: str, patients: Collection[str], now: datetime) -> None:
        """They were asked about."""
        self._asked.setdefault(kind, {}).update(dict.fromkeys(patients, now))

    def keep(self, patients: Collection[str]) -> None:
        """Forget all but these; but for stays, of which also those are asked who have none here."""
        here = set(patients)
        for kind, asked in self._asked.items():
            if kind != "Encounter":
                self._asked[kind] = {id: at for id, at in asked.items() if id in here}
