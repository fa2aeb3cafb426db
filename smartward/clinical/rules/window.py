"""What all rules share that look at sets of observations."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.observation_set import ObservationSet
from smartward.clinical.rules.base import Facts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSettings(Settings):
    """How measurements are put together to a set."""

    section = "observation_set"

    window_min: float = setting(
        10, "min", LOCAL, "observations without a panel this close together are one set",
        "未成组的测量，相隔在此时间内算一套",
    )  # fmt: skip


def believed_sets(
    facts: Facts, settings: RuleSettings, now: datetime
) -> tuple[list[ObservationSet], datetime | None]:
    """All sets of the patient's believable vital signs, oldest first, and when one that is dated
    ahead is to be looked at."""
    return facts.signs.sets(settings.of(SetSettings).window_min, now)
