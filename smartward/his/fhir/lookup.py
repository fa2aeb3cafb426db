"""Asks for one document of what happens to a patient, by its id."""

import re

from smartward.his.fhir.changes import Follower
from smartward.his.fhir.chart import patient_of, stay_of
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.reject import Reject
from smartward.his.fhir.resources import STRUCTS, Observation, Resource
from smartward.his.fhir.state import WardState
from smartward.his.port import Clinical, Gone, Item, Kind, Rejection

_PLAN_ID = re.compile(r"([A-Za-z]+)\.(.+?)(?:\.\d{8}T\d{4})?$")


class Lookup:
    """`HisPort.read` for vital signs, infusions and plan items."""

    def __init__(self, state: WardState, loader: Loader, follower: Follower, source: str) -> None:
        self._state = state
        self._loader = loader
        self._follower = follower
        self._source = source

    async def read(self, kind: Kind, logical: str) -> Item[Clinical]:
        """The document as it is now. Raises as Http does."""
        match kind:
            case Kind.VITAL_SIGN:
                return await self._sign(logical)
            case Kind.INFUSION:
                return await self._derived(kind, logical, "MedicationAdministration", logical)
            case Kind.PLAN_ITEM:
                match = _PLAN_ID.match(logical)
                if match is not None:
                    return await self._derived(kind, logical, match[1], match[2])
        return Gone(kind=kind, id=f"{self._source}.{logical}")

    async def _sign(self, logical: str) -> Item[Clinical]:
        one = await self._loader.read("Observation", logical)
        if isinstance(one, Rejection):
            return one
        told = self._follower.signs.item(one) if isinstance(one, Observation) else None
        return told or Gone(kind=Kind.VITAL_SIGN, id=f"{self._source}.{logical}")

    async def _derived(self, kind: Kind, logical: str, type: str, id: str) -> Item[Clinical]:
        gone = Gone(kind=kind, id=f"{self._source}.{logical}")
        if type not in STRUCTS:
            return gone
        one = await self._loader.read(type, id)
        if isinstance(one, Rejection):
            return one
        if one is None:
            for chart in self._state.charts.values():
                chart.drop(type, id)
            return gone
        return self._made_of(one, kind, gone)

    def _made_of(self, one: Resource, kind: Kind, gone: Gone) -> Item[Clinical]:
        chart = self._state.charts.get(patient_of(one) or "")
        if chart is None:
            return gone
        chart.put(one)
        named = stay_of(one)
        try:
            stay = self._state.stay_for(one, named.id_of("Encounter") if named else None)
        except Reject:
            return gone
        if stay is None:
            return gone
        derived = self._follower.derived(stay.id, chart)
        return derived.values.get((kind, gone.id), gone)
