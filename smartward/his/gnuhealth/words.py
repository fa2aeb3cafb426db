"""What of ours GNU Health cannot know: the hospital's own words, given from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from smartward.clinical.ward import Ward

DIETS = "gnuhealth/diet"
SPECIALTIES = "gnuhealth/specialty"


@dataclass(frozen=True, slots=True)
class Words:
    """How a code or text of the hospital is said on this ward."""

    word: Callable[[str, str, str | None, str | None], str | None]
    """Table, code system, code and text -> our word; None: nobody explained it."""
    ward: Callable[[str, str], Ward]
    """Id and name -> the ward, with its shifts and notices."""
    times: Callable[[str], tuple[str, ...]]
    """Breakfast, lunch, dinner or snack -> its times of day; none: nobody told."""
    zone: ZoneInfo
    """Where times of day are meant."""
