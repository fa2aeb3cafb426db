"""The order of the *Now* queue: priority, then minutes to harm, then age."""

from datetime import datetime

from smartward.clinical.priority import Priority


def queue_key(
    priority: Priority, harm_at: datetime | None, since: datetime
) -> tuple[int, datetime, datetime]:
    """Sort ascending. `since` is when the call was placed or the alert opened.

    Where nobody knows when harm comes (a call without a word) it counts as come when the waiting
    began: a patient who calls stands before a drip that still has six minutes.
    """
    return (priority.rank, since if harm_at is None else harm_at, since)
