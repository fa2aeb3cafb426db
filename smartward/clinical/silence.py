"""Silence (静默): a death, or a nurse's wish. Nothing of this bed's patient is shown or said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor


class SilenceReason(StrEnum):
    """Why; shown to staff only."""

    DECEASED = "deceased"
    WISH = "wish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Document kind `silence`, id = encounter id. It is there while the silence lasts.

    `by` None: the HIS told of it. A call button still works: whoever is at the bed may need help.
    """

    encounter_id: str
    bed_id: str | None
    reason: SilenceReason
    since: datetime
    by: Actor | None = None
