"""The ward's budget of alerts as a rule: at every edge, of whoever is still here."""

from dataclasses import replace
from datetime import date

import pytest

from smartward.clinical.alert import Ladder
from smartward.clinical.alert_budget import AlertTally
from smartward.clinical.rules import RuleSettings, WardLook
from smartward.clinical.rules.alert_budget import ALERT_BUDGET, AlertBudgetSettings, budget
from tests.clinical.build import at, bed, stay
from tests.clinical.rules.facts import SETTINGS, only, ward


def with_log(beds: dict[str, int], patients: dict[str, int]) -> WardLook:
    here = ward(
        encounters=[stay("e1", "bed-1"), stay("e2", "bed-2")],
        beds=[bed("bed-1"), bed("bed-2")],
    )
    log = AlertTally(shift_began_at=at(0), per_bed=beds, per_patient=patients, bed_count=2)
    return replace(here, log=log)


def why(look: WardLook) -> tuple[str | None, dict[str, object]] | None:
    found = ALERT_BUDGET.look(look, SETTINGS, at(60)).findings
    return (found[0].why.key, dict(found[0].why.values)) if found else None


@pytest.mark.parametrize("alerts, found", [(10, False), (11, True)])
def test_more_than_ten_alerts_of_one_bed(alerts: int, found: bool) -> None:
    told = why(with_log({"bed-1": alerts}, {}))
    wanted = ("alert.alert_budget.why.bed", {"bed": "1", "n": 11})
    assert told == (wanted if found else None)


@pytest.mark.parametrize(
    "first, second, found",
    [(4, 0, False), (5, 0, True), (5, 12, False), (6, 14, False), (7, 16, True), (1, 1, False)],
)
def test_more_than_a_third_of_the_ward_s_alerts(first: int, second: int, found: bool) -> None:
    others = {f"gone{number}": 1 for number in range(second)}
    told = why(with_log({}, {"e1": first, **others}))
    assert (told is not None) is found
    if told is not None:
        share = round(100 * first / (first + second))
        assert told == (
            "alert.alert_budget.why.patient",
            {"bed": "1", "n": first, "share": share},
        )


def test_of_who_has_left_nothing_is_told() -> None:
    assert why(with_log({"bed-9": 50}, {"e9": 50})) is None


def test_a_ward_that_does_not_know_its_alerts_is_not_judged() -> None:
    assert why(replace(with_log({"bed-1": 50}, {}), log=None)) is None


def test_once_a_day_and_in_the_list_of_the_nurse_in_charge() -> None:
    found = only(ALERT_BUDGET.look(with_log({"bed-1": 50}, {"e1": 50}), SETTINGS, at(60)))
    assert found.once == date(2026, 8, 1).isoformat()
    assert found.ladder is Ladder.EL_D
    assert [(one.kind, one.id) for one in found.cause] == [("encounter", "e1"), ("bed", "bed-1")]


def test_the_ward_s_own_limits() -> None:
    own = RuleSettings().with_(AlertBudgetSettings(per_bed=3, patient_share=50, patient_least=2))
    assert (budget(own).per_bed, budget(own).patient_share, budget(own).patient_least) == (3, 50, 2)
    assert ALERT_BUDGET.look(with_log({"bed-1": 4}, {}), own, at(60)).findings
