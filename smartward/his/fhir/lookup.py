"""Asks for one document of what happens to a patient, by its id."""

import re

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.fhir.changes import Follower
from smartward.his.fhir.chart import patient_of, stay_of
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.reject import TYPE_BROKEN, TYPE_REFUSED, Reject
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.resources import Observation, Resource
from smartward.his.fhir.state import WardState
from smartward.his.port import Clinical, Gone, Item, Kind, Rejection, Value
from smartward.his.reply import answers_others

_PLAN_ID = re.compile(r"([A-Za-z]+)\.(.+?)(?:\.\d{8}T\d{4})?$")


class Lookup:
    """`HisPort.read` for everything that happens to a patient."""

    def __init__(self, state: WardState, loader: Loader, follower: Follower, source: str) -> None:
        self._state = state
        self._loader = loader
        self._follower = follower
        self._source = source

    async def read(self, kind: Kind, logical: str) -> Item[Clinical]:
        """The document as it is now; what goes on failing is not asked for for a while. Raises
        Unreachable where the server is away, and Refused when nothing may be read."""
        type, _ = _resource(kind, logical)
        what = f"{type} by id"
        if self._loader.failing.let_be(what, self._loader.now):
            return _not_to_be_had(kind, logical, TYPE_BROKEN)
        try:
            found = await self._read(kind, logical)
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
            return _not_to_be_had(kind, logical, TYPE_REFUSED)
        except BadData:
            return _not_to_be_had(kind, logical, TYPE_BROKEN)
        except Unreachable as away:
            if not answers_others(away):
                raise
            # A server that fails at this one thing holds up no ward.
            self._loader.fails(type, what, away)
            return _not_to_be_had(kind, logical, TYPE_BROKEN)
        self._loader.failing.well(what)
        return found

    async def _read(self, kind: Kind, logical: str) -> Item[Clinical]:
        match kind:
            case Kind.VITAL_SIGN | Kind.LAB_RESULT | Kind.BED_STATE:
                return await self._sign(kind, logical)
            case Kind.SCORE_RESULT:
                return await self._derived(kind, logical, "Observation", logical)
            case Kind.INFUSION:
                return await self._derived(kind, logical, "MedicationAdministration", logical)
            case Kind.PLAN_ITEM | Kind.LINE | Kind.ORDER:
                match = _PLAN_ID.match(logical)
                if match is not None:
                    return await self._derived(kind, logical, match[1], match[2])
        return Gone(kind=kind, id=f"{self._source}.{logical}")

    async def _sign(self, kind: Kind, logical: str) -> Item[Clinical]:
        one = await self._loader.read("Observation", logical)
        if isinstance(one, Rejection):
            return one
        signs = self._follower.signs
        told = None
        if isinstance(one, Observation):
            told = signs.item(one, signs.known_panel(logical))
        if isinstance(told, Value | Gone) and told.kind is not kind:
            told = None  # put right to be of another kind: what it was is no more
        return told or Gone(kind=kind, id=f"{self._source}.{logical}")

    async def _derived(self, kind: Kind, logical: str, type: str, id: str) -> Item[Clinical]:
        gone = Gone(kind=kind, id=f"{self._source}.{logical}")
        if type not in STRUCTS:
            return gone
        one = await self._loader.read(type, id)
        if isinstance(one, Rejection):
            return one
        if one is None:
            self._state.drop(type, id)
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


_NAMES_ITS_TYPE = (Kind.PLAN_ITEM, Kind.LINE, Kind.ORDER)


def _resource(kind: Kind, logical: str) -> tuple[str, str]:
    """Type and id of what a document is made of."""
    match = _PLAN_ID.match(logical) if kind in _NAMES_ITS_TYPE else None
    if match is not None:
        return match[1], match[2]
    types = {Kind.INFUSION: "MedicationAdministration", Kind.PLAN_ITEM: ""}
    return types.get(kind, "Observation"), logical


def _not_to_be_had(kind: Kind, logical: str, key: str) -> Rejection:
    """Neither there nor gone: nobody can tell."""
    type, id = _resource(kind, logical)
    return Rejection(source_id=id, resource_type=type, key=key)
