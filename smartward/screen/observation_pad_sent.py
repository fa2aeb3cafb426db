"""A set of observations on its way to the hub, and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smartward.clinical.care_event import CareKind
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_entry import SOURCE
from smartward.screen.observation_pad_draft import Draft
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Data
from smartward.wire.envelope import Action, ActionKind, Seen

_AT_ONCE = timedelta(minutes=5)
"""So long after its first key a set counts as taken when it is saved (local choice)."""
_SETTLED_S = 1.0
"""So long after the hub has answered it counts as taken, unless it says otherwise."""
_TOLD_S = 60.0
"""So long after it has answered nothing more is heard of a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One action, before anybody did it."""

    kind: str
    subject: str
    data: Data


def deeds_of(draft: Draft, stay_id: str, now: datetime) -> list[Deed]:
    """What a set is sent as: its values, then why others are missing and not told yet. What was
    typed a while ago was measured then, and not when it was saved."""
    found = []
    told = draft.data()
    since = draft.begun.isoformat() if now - draft.begun > _AT_ONCE else None
    if told and since is not None:
        told["taken_at"] = since
    if told:
        found.append(Deed(kind=ActionKind.OBSERVATION_ENTER, subject=stay_id, data=told))
    for about, why in draft.reasons().items():
        if about in draft.told:
            continue
        data: Data = {"kind": CareKind.OBSERVATIONS_MISSED.value, "missed": why.value}
        if about is not None:
            data["about"] = about.value
        if since is not None:
            data["at"] = since
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
        self._actions: dict[str, Deed] = {}
        """What is on its way, by the action's id."""
        self._refused: list[Deed] = []
        self.back: Draft | None = None
        """What came back of it."""
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
            found = self._mine(self._first)
            if found is None:
                return bool(self._screen.pickerOpen)
            self.action_id, self.by = found.id, found.by.name or self.by
            self._actions[found.id] = self._first
            self.draft.told |= self.draft.reasons().keys()
            for deed in self._then:
                self._act(deed)
                beside = self._mine(deed)
                if beside is not None:
                    self._actions[beside.id] = deed
        if not self.saved:
            self.saved = self._settled(signs)
        return True

    @property
    def over(self) -> bool:
        """Whether nothing is heard of it any more: what is told to a person waits for a disk."""
        gone = self._gone_at
        return gone is not None and self._screen.clock.monotonic() - gone >= _TOLD_S

    def has(self, action: Action) -> bool:
        """Whether it is one of its actions."""
        return action.id in self._actions

    def refused(self, action: Action, moment: float, *, into: Draft | None) -> Draft:
        """What the hub did not take, as a draft that can be sent anew: of the values all that was
        typed, of a reason that alone. `into`: what came back of it before is added to."""
        self._refused.append(self._actions[action.id])
        fresh = _given_back(self.draft, self._refused, moment)
        if into is None:
            return fresh
        into.values = fresh.values | into.values
        into.confirmed |= fresh.confirmed
        into.missed |= {one: why for one, why in fresh.missed.items() if one not in into.values}
        into.all_missed = into.all_missed or fresh.all_missed
        into.told = fresh.told
        return into

    def _mine(self, deed: Deed) -> Action | None:
        mine = [
            one
            for one in self._screen.pending(deed.kind)
            if one.subject == deed.subject and one.data == deed.data and one.made_at >= self.at
        ]
        return mine[-1] if mine else None

    def _settled(self, signs: tuple[VitalSign, ...]) -> bool:
        """Whether the hub has it: its signs are here, or it was answered and nobody said no."""
        if any(one.id in self._actions for one in self._screen.pending()):
            self._gone_at = None
            return False
        moment = self._screen.clock.monotonic()
        self._gone_at = moment if self._gone_at is None else self._gone_at
        told = f"{SOURCE}.{self.action_id}"
        here = not self._then and any(one.panel_id == told for one in signs)
        return here or moment - self._gone_at >= _SETTLED_S


def _given_back(draft: Draft, refused: list[Deed], moment: float) -> Draft:
    reasons = {_about(one) for one in refused if one.kind == ActionKind.CARE_RECORD}
    if any(one.kind != ActionKind.CARE_RECORD for one in refused):
        return replace(
            draft,
            touched=moment,
            values=dict(draft.values),
            missed=dict(draft.missed),
            confirmed=set(draft.confirmed),
            told=draft.told - reasons,
        )
    return Draft(
        begun=draft.begun,
        touched=moment,
        missed={one: why for one, why in draft.missed.items() if one in reasons},
        all_missed=draft.all_missed if None in reasons else None,
        place=draft.place,
    )


def _about(reason: Deed) -> Parameter | None:
    about = reason.data.get("about")
    return None if about is None else Parameter(str(about))
