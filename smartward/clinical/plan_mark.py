"""What the ward says became of something planned: done, not done with its reason, or a mistake."""

from dataclasses import dataclass, replace
from datetime import datetime

from smartward.clinical.call_mark import Actor
from smartward.clinical.plan import PlanItem, PlanStatus

SETTLED = (PlanStatus.DONE, PlanStatus.NOT_DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMark:
    """Document kind `plan_mark`, id = plan item id: the ward's own word on it. It holds until the
    hospital system says itself what became of the item. `withdrawn`: it was marked by mistake."""

    id: str
    """Of the plan item."""
    mark_id: str
    """Of this mark: a second one after a mistake is another."""
    encounter_id: str
    medicine: bool
    status: PlanStatus
    by: Actor
    at: datetime
    """When it was done or found not to be done."""
    told: PlanStatus
    """What the hospital system said of the item last: it may be our own word."""
    due_at: datetime
    reason: str | None = None
    """Why it was not done."""
    withdrawn: bool = False
    before: PlanStatus = PlanStatus.PLANNED
    """What the item goes back to where the mark was a mistake: no later answer of the hospital
    system changes it."""
    removed: bool = False
    """It was withdrawn because it is no more where it was told: removed at the hospital system."""


def marked(item: PlanItem, mark: PlanMark | None) -> PlanItem:
    """The item as the ward should see it: a word of the hospital system that settles it stands,
    else the ward's own does."""
    if mark is None or mark.withdrawn or item.status in SETTLED:
        return item
    done_at = mark.at if mark.status is PlanStatus.DONE else None
    return replace(item, status=mark.status, done_at=done_at)
