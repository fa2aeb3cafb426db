"""The order of the *Now* queue: priority, then minutes to harm, then age."""

from datetime import UTC, datetime

from smartward.clinical.nurse_call import CallClass
from smartward.clinical.priority import Priority

_THERE = datetime.min.replace(tzinfo=UTC)


def queue_key(
    priority: Priority, harm_at: datetime | None, since: datetime
) -> tuple[int, datetime, datetime]:
    """Sort ascending. `since` is when the call was placed or the alert opened.

    Where nobody knows when harm comes (a call without a word) it counts as come when the waiting
    began: a patient who calls stands before a drip that still has six minutes.
    """
    return (priority.rank, since if harm_at is None else harm_at, since)


def harm_of_call(call_class: CallClass) -> datetime | None:
    """When a call's harm comes, for `queue_key`.

    Somebody at the bed has seen an emergency: harm is there, before any that is reckoned (a code
    jumps ahead, UFGS 16730A). Of other calls nobody knows.
    """
    return _THERE if call_class is CallClass.EMERGENCY else None
