"""What is used of a server, by what it says and what trying it has shown: the table."""

import msgspec
import pytest

from smartward.his.fhir.capability import (
    CensusWay,
    PlacesWay,
    Said,
    Statement,
    Tried,
    Verdict,
    Way,
    decide,
    decide_census,
    decide_places,
)
from smartward.his.fhir.exchange import CapabilityStatement

YES, NO, LIES, NOBODY = Verdict.HONOURED, Verdict.REFUSED, Verdict.IGNORED, Verdict.UNPROVEN
SILENT = Said()
PROMISES = Said(search=True, read=True, dated=True, history=True)
DENIES = Said(search=True, read=True, dated=False)


@pytest.mark.parametrize(
    "server, kind, said, tried, way, lists",
    [
        ("hapi", "Observation", PROMISES, Tried(dated=YES, lists=YES), Way.BY_DATE, True),
        ("azure", "Observation", SILENT, Tried(dated=YES, lists=YES), Way.BY_DATE, True),
        ("healthlake", "Flag", DENIES, Tried(dated=YES), Way.BY_DATE, True),
        ("cerner", "Observation", PROMISES, Tried(dated=YES, lists=NO), Way.BY_DATE, False),
        ("cerner", "Patient", DENIES, Tried(dated=NO, lists=NO), Way.REREAD, False),
        ("cerner", "MedicationAdministration", DENIES, Tried(dated=NO), Way.RECENT, True),
        ("epic", "Observation", SILENT, Tried(dated=LIES, lists=NO), Way.RECENT, False),
        ("epic", "Condition", PROMISES, Tried(dated=LIES, lists=NO), Way.REREAD, False),
        ("openemr", "Flag", SILENT, Tried(dated=YES, lists=LIES), Way.BY_DATE, False),
        ("openmrs", "Task", PROMISES, Tried(searched=NO), Way.NONE, False),
        ("none at all", "Observation", SILENT, Tried(dated=NO, clinical=NO), Way.REREAD, True),
        ("an empty type that promises", "Task", PROMISES, Tried(), Way.REREAD, True),
        ("an empty type that is silent", "Task", SILENT, Tried(), Way.REREAD, True),
    ],
)
def test_the_way_of_a_type(
    server: str, kind: str, said: Said, tried: Tried, way: Way, lists: bool
) -> None:
    plan = decide(kind, said, tried)
    assert (plan.way, plan.lists) == (way, lists), server


def test_what_a_ward_misses_is_said() -> None:
    def missed(kind: str, tried: Tried) -> tuple[str, ...]:
        return decide(kind, SILENT, tried).missed

    assert missed("Flag", Tried(dated=YES, lists=YES)) == ()
    assert missed("Flag", Tried(dated=LIES, lists=YES)) == ("his.miss.slow",)
    assert missed("Observation", Tried(dated=NO, lists=YES)) == ("his.miss.late_edits",)
    assert missed("Flag", Tried(dated=YES, lists=NO)) == ("his.miss.one_by_one",)
    assert missed("Flag", Tried(searched=NO)) == ("his.miss.type",)


@pytest.mark.parametrize(
    "elsewhere, tried, lists",
    [(True, NOBODY, True), (False, NOBODY, False), (False, YES, True), (True, LIES, False)],
)
def test_lists_of_an_untried_type_are_as_elsewhere(
    elsewhere: bool, tried: Verdict, lists: bool
) -> None:
    plan = decide("Flag", SILENT, Tried(dated=YES, lists=tried), lists_elsewhere=elsewhere)
    assert plan.lists is lists


@pytest.mark.parametrize(
    "said, tried, history",
    [(PROMISES, YES, True), (PROMISES, NO, False), (PROMISES, NOBODY, False), (SILENT, YES, False)],
)
def test_history_is_a_bonus_that_is_promised_and_kept(
    said: Said, tried: Verdict, history: bool
) -> None:
    assert decide("Flag", said, Tried(dated=YES, history=tried)).history is history


@pytest.mark.parametrize(
    "by_location, by_status, configured, way",
    [
        (YES, NOBODY, False, CensusWay.BY_LOCATION),
        (YES, YES, False, CensusWay.BY_LOCATION),
        (LIES, YES, False, CensusWay.BY_STATUS),
        (NO, YES, False, CensusWay.BY_STATUS),
        (NOBODY, YES, False, CensusWay.BY_STATUS),
        (NOBODY, NOBODY, False, CensusWay.BY_LOCATION),
        (NOBODY, NO, False, CensusWay.BY_LOCATION),
        (NO, NOBODY, False, CensusWay.BY_STATUS),
        (LIES, NOBODY, False, CensusWay.BY_STATUS),
        (LIES, NO, False, CensusWay.BY_LOCATION),
        (NO, NO, True, CensusWay.BY_PATIENTS),
        (YES, YES, True, CensusWay.BY_PATIENTS),
    ],
)
def test_how_stays_are_found(
    by_location: Verdict, by_status: Verdict, configured: bool, way: CensusWay
) -> None:
    assert decide_census(by_location, by_status, configured=configured) is way


@pytest.mark.parametrize(
    "below, all, way",
    [
        (YES, YES, PlacesWay.BELOW),
        (LIES, YES, PlacesWay.ALL),
        (NO, YES, PlacesWay.ALL),
        (NO, NO, PlacesWay.NAMED),
        (LIES, NO, PlacesWay.NAMED),
    ],
)
def test_how_places_are_found(below: Verdict, all: Verdict, way: PlacesWay) -> None:
    assert decide_places(below, all) is way


def test_what_a_statement_says_of_a_type() -> None:
    resource = {
        "type": "Flag",
        "interaction": [{"code": "search-type"}, {"code": "history-type"}],
        "searchParam": [{"name": "_lastUpdated"}],
    }
    told = {"resourceType": "CapabilityStatement", "rest": [{"mode": "server"}]}
    told["rest"] = [{"mode": "server", "resource": [resource]}]
    statement = Statement.of(msgspec.convert(told, CapabilityStatement))
    assert statement.said("Flag") == Said(search=True, dated=True, history=True)
    assert statement.said("Task") == Said(search=False)
    assert Statement.of(None).said("Flag") == Said(search=None)
