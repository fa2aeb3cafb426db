"""A set of observations on its way to the hub, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.care_event import CareKind, Missed
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_entry import SOURCE
from smartward.screen.observation_pad_draft import Draft
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Data
from smartward.wire.envelope import Action, ActionKind, Seen

_SETTLED_S = 1.0
"""So long after the hub has answered nothing more is heard of a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One action, before anybody did it."""

    kind: str
    subject: str
    data: Data


def deeds_of(draft: Draft, stay_id: str) -> list[Deed]:
    """What a set is sent as: its values, then why others are missing and not told yet."""
    found = []
    told = draft.data()
    if told:
        found.append(Deed(kind=ActionKind.OBSERVATION_ENTER, subject=stay_id, data=told))
    reasons: list[tuple[Parameter | None, Missed]] = list(draft.missed.items())
    if draft.all_missed is not None:
        reasons.append((None, draft.all_missed))
    for about, why in reasons:
        if about in draft.told:
            continue
        data: Data = {"kind": CareKind.OBSERVATIONS_MISSED.value, "missed": why.value}
        if about is not None:
            data["about"] = about.value
        found.append(Deed(kind=ActionKind.CARE_RECORD, subject=stay_id, data=data))
    return found


def correction_of(draft: Draft, why: str, *, whole: bool) -> Deed:
    """A correction with its reason; `whole`: nothing of the set was so."""
    told: Data = {one.value: None for one in draft.before} if whole else draft.correction()
    return Deed(
        kind=ActionKind.OBSERVATION_CORRECT, subject=draft.correcting, data={**told, "why": why}
    )


class Sent:
    """A set that was saved. While somebody is still asked who they are, nothing is sent."""

    def __init__(
        self, screen: ScreenModel, draft: Draft, owner: str, stay_id: str, deeds: list[Deed]
    ) -> None:
        self._screen = screen
        self.draft, self.owner, self.stay_id = draft, owner, stay_id
        self._first, *self._then = deeds
        self.at: datetime = screen.clock.now()
        self.by = str(screen.actorText)
        self.action_id = ""
        """Empty until it is on its way."""
        self.saved = False
        self._gone_at: float | None = None
        self._act(self._first)

    def _act(self, deed: Deed) -> None:
        seen = Seen(encounter_id=self.stay_id)
        self._screen.act_as_staff(deed.kind, deed.subject, deed.data, seen)

    def look(self, signs: tuple[VitalSign, ...]) -> bool:
        """Find out what became of it; False: nobody wanted to be known, and it was not sent."""
        if not self.action_id:
            found = self._mine()
            if found is None:
                return bool(self._screen.pickerOpen)
            self.action_id, self.by = found.id, found.by.name or self.by
            missed = self.draft.missed
            self.draft.told |= {*missed, *([None] if self.draft.all_missed else [])}
            for deed in self._then:
                self._act(deed)
        if not self.saved:
            self.saved = self._settled(signs)
        return True

    def _mine(self) -> Action | None:
        first = self._first
        mine = [
            one
            for one in self._screen.pending(first.kind)
            if one.subject == first.subject and one.data == first.data and one.made_at >= self.at
        ]
        return mine[-1] if mine else None

    def _settled(self, signs: tuple[VitalSign, ...]) -> bool:
        """Whether the hub has it: its signs are here, or it was answered and nobody said no."""
        if any(one.id == self.action_id for one in self._screen.pending()):
            self._gone_at = None
            return False
        moment = self._screen.clock.monotonic()
        self._gone_at = moment if self._gone_at is None else self._gone_at
        told = f"{SOURCE}.{self.action_id}"
        return moment - self._gone_at >= _SETTLED_S or any(one.panel_id == told for one in signs)
