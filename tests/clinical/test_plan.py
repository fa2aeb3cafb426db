"""Fasting ends when its order ends, never by the clock."""

from smartward.clinical.plan import Fasting, PlanItem, PlanKind, PlanStatus, fasting
from tests.clinical.build import at


def item(id: str, minutes: float, status: PlanStatus, nil: bool = True) -> PlanItem:
    return PlanItem(
        id=id,
        encounter_id="enc-1",
        kind=PlanKind.SCAN if nil else PlanKind.MEAL,
        due_at=at(minutes),
        status=status,
        nil_by_mouth=nil,
    )


def test_no_order_no_fasting() -> None:
    assert fasting(False, None, [item("a", 10, PlanStatus.PLANNED)], at(0)) is None


def test_an_order_without_a_plan_item() -> None:
    meal = item("m", 5, PlanStatus.PLANNED, nil=False)
    done = item("d", -5, PlanStatus.DONE)
    missed = item("n", -4, PlanStatus.NOT_DONE)
    assert fasting(True, at(-60), [meal, done, missed], at(0)) == Fasting(since=at(-60))


def test_what_it_is_for_and_whether_its_time_has_passed() -> None:
    items = [item("b", 90, PlanStatus.PLANNED), item("a", 30, PlanStatus.IN_PROGRESS)]
    before = fasting(True, None, items, at(29))
    assert before == Fasting(since=None, kind=PlanKind.SCAN, due_at=at(30), passed=False)
    after = fasting(True, None, items, at(30))
    assert after is not None
    assert after.passed, "the order still stands: ask before eating"
