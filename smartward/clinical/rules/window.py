"""What all rules share that look at sets of observations."""

from dataclasses import dataclass

from smartward.clinical.rules.settings import LOCAL, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSettings(Settings):
    """How measurements are put together to a set."""

    section = "observation_set"

    window_min: float = setting(
        10, "min", LOCAL, "observations without a panel this close together are one set",
        "未成组的测量，相隔在此时间内算一套",
    )  # fmt: skip
