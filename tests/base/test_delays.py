"""The operators' page says how late something can be: by the numbers that the code goes by."""

import re

from smartward.his.fhir import changes, deletions, rota, state
from smartward.his.fhir.loader import REFRESH
from tests.project.repo import ROOT

PAGE = " ".join(ROOT.joinpath("packaging", "operators.md").read_text("utf-8").split())
WORDS = {
    "AllergyIntolerance": "allergies",
    "Condition": "diagnoses",
    "CareTeam": "care teams",
    "RelatedPerson": "relatives",
}


def test_how_late_each_kind_can_be() -> None:
    row = re.search(r"\| ([a-z, ]+) \| (\d+) s and a poll \|", PAGE)
    assert row is not None
    assert set(row[1].split(", ")) == {WORDS[kind] for kind in state._SLOW}
    assert int(row[2]) == state._SLOW_EACH.total_seconds()
    for words, span in (
        ("move by the clock alone | {} s", changes._DERIVED_ANEW),
        ("and their badges | {} s", state._STAFF_EACH),
        ("tells a history of them | {} s and a poll", deletions._EACH),
        ("is read every {} s", rota.REREAD),
    ):
        assert words.format(round(span.total_seconds())) in PAGE
    assert f"gives no date | {round(REFRESH.total_seconds() / 60)} minutes" in PAGE
    assert f"{rota.AT_ONCE} patients are asked about in each of these steps" in PAGE
    assert f"({rota.PERSONS_AT_ONCE} for names and deaths)" in PAGE
