"""Priorities of IEC 60601-1-8: one table of words for calls, alerts, sound and light."""

from enum import StrEnum


class Priority(StrEnum):
    """High and medium are alarms; information is never queued."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATION = "information"

    @property
    def rank(self) -> int:
        """0 for high … 3 for information: smaller comes first in the queue."""
        return tuple(Priority).index(self)
