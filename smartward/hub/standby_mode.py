"""What a standby hub is about."""

from enum import StrEnum


class Mode(StrEnum):
    """As /health tells it."""

    EMPTY = "empty"
    """There is no copy that it can serve: it cannot stand for anybody yet."""
    FOLLOWING = "following"
    ALONE = "alone"
    HANDING_OVER = "handing_over"
    NOT_ENROLLED = "not_enrolled"
    """The hub lives and does not know this standby any more: nobody is served."""
