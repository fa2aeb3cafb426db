"""Text as documents carry it: a key of the catalogue with its values, or the HIS's own words."""

from dataclasses import dataclass, field
from datetime import datetime

Value = str | int | float


def instant(moment: datetime) -> str:
    """A time as a text value: shown in the ward's zone by the catalogue."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One text to be rendered where it is shown.

    `key` is a key of `resources/i18n`; `values` fill its placeholders. `his` is wording of the
    hospital information system, shown as it came. Exactly one of `key` and `his` is set.
    """

    key: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    his: str | None = None

    def __post_init__(self) -> None:
        if (self.key is None) == (self.his is None):
            raise ValueError("a Wording has either a catalogue key or the HIS's words, not both")
