"""What a key pad for observations does with each gesture, whatever page shows it.

What is typed belongs to whoever types it, for one patient: it outlives a page that was closed by a
call in between for `KEPT_S`, and is shown to nobody else.
"""

from collections.abc import Callable
from datetime import datetime

from smartward.clinical.care_event import Missed
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import ObservationEntry
from smartward.i18n import Catalogue
from smartward.screen.observation_pad_draft import KEPT_S, Draft, PadPatient, begun, correcting
from smartward.screen.observation_pad_sent import Deed, Sent, correction_of, deeds_of
from smartward.screen.observation_pad_texts import (
    ASKED,
    listed,
    name_of,
    wrong_text,
)
from smartward.screen.observation_pad_typing import CHOICES, POINT
from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import Action, Answer

_KEYS = frozenset("0123456789") | {POINT}


class PadCore:
    """The state of one pad. `shown` is called when something of it has changed."""

    def __init__(
        self,
        screen: ScreenModel,
        patient_of: Callable[[str], PadPatient | None],
        shown: Callable[[], None],
        *,
        knows: Callable[[str], bool],
        tells: bool,
    ) -> None:
        self.screen, self._knows = screen, knows
        self.patient_of, self._shown, self._tells = patient_of, shown, tells
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._behind: list[tuple[tuple[str, str], Draft]] = []
        """What waits until another draft for the same patient is done."""
        self.stay_id = self._owner = ""
        self.patient: PadPatient | None = None
        self.sent: Sent | None = None
        """What was saved on the page that is shown."""
        self._away: list[Sent] = []
        """What was saved on pages that were left before the hub had it."""
        self.asking = ""
        """The question that is open, one of ASKED; empty: none."""
        self.about = Parameter.RESPIRATORY_RATE
        self._saving = False
        self.refusal = ""

    @property
    def is_open(self) -> bool:
        """Whether the page is shown."""
        return self.stay_id != ""

    @property
    def draft(self) -> Draft | None:
        """What is typed now."""
        return self._drafts.get((self._owner, self.stay_id)) if self.stay_id else None

    @property
    def texts(self) -> Catalogue:
        """What staff read."""
        return self.screen.staff_texts

    def now(self) -> datetime:
        """The hub's time."""
        return self.screen.services.link.hub_now(self.screen.clock.now())

    def _moment(self) -> float:
        return self.screen.clock.monotonic()

    # ------------------------------------------------------------------------- coming and going

    def open(self, stay_id: str, *, correct: bool) -> None:
        """Show it for a patient; `correct`: the last own set instead of a new one."""
        patient = self.patient_of(stay_id)
        if patient is None:
            return
        self.stay_id, self._owner, self.patient = stay_id, self.screen.actor_id, patient
        self.asking, self.refusal, self._saving = "", "", False
        self._put_away()
        draft = self._begin(patient, patient.entry if correct else None)
        draft.place = patient.place
        self.sync()

    def _begin(self, patient: PadPatient, entry: ObservationEntry | None) -> Draft:
        """The draft that is gone on with: the one typed last, else one that waits, else a new one.
        Another that is typed waits behind it."""
        key, set_id = (self._owner, self.stay_id), "" if entry is None else entry.id
        typed = self._drafts.get(key)
        if typed is not None and not typed.empty:
            if typed.correcting == set_id:
                return typed
            self._behind.append((key, typed))
        behind = (one for one in self._behind if one[0] == key and one[1].correcting == set_id)
        found = next(behind, None)
        if found is not None:
            self._behind.remove(found)
            draft = found[1]
        elif entry is not None:
            draft = correcting(entry, self.now(), self._moment())
        else:
            draft = begun(self.now(), self._moment())
        self._drafts[key] = draft
        return draft

    def close(self) -> None:
        """The page goes, as when a call comes in between: what was typed is kept for a while."""
        if not self.is_open:
            return
        self._put_away()
        draft = self.draft
        if draft is not None and draft.empty:
            self._forget()
        self.stay_id, self.asking, self.refusal, self.patient = "", "", "", None
        self._shown()

    def leave(self) -> None:
        """Back: typed values are not thrown away without a word."""
        draft = self.draft
        if self.sent is not None or draft is None or draft.empty or self.asking == "leave":
            self.close()
        else:
            self._ask("leave")

    def _put_away(self) -> None:
        """Another set can be typed; a refusal of this one still brings it back."""
        if self.sent is not None:
            self._away.append(self.sent)
        self.sent = None

    def signed_out(self) -> None:
        """Whoever typed has left for good: nothing of theirs stays."""
        gone = [*self._drafts.values(), *(draft for _, draft in self._behind)]
        self._drafts.clear()
        self._behind.clear()
        self.close()
        for draft in gone:
            self._tell_gone(draft)

    def waiting(self, stay_id: str) -> Draft | None:
        """The new set that whoever is known here typed for this patient and has not saved."""
        key = (self.screen.actor_id, stay_id)
        typed = [self._drafts.get(key), *(one for where, one in self._behind if where == key)]
        return next((one for one in typed if one and not one.correcting and not one.empty), None)

    def _forget(self) -> None:
        self._drafts.pop((self._owner, self.stay_id), None)

    # ------------------------------------------------------------------------------ bringing it up

    def sync(self) -> None:
        """Bring it to what is known, to the time, and to what became of what was sent."""
        self._look_away()
        self._age()
        if not self.stay_id:
            return
        self.patient = self.patient_of(self.stay_id)
        if self.patient is None or self._owner != self.screen.actor_id:
            self.close()
            return
        if self.sent is not None and not self._follows(self.sent):
            self.sent = None
        self._shown()

    def _follows(self, sent: Sent) -> bool:
        """Look what became of it: once it is on its way, it is no draft any more."""
        signs = () if self.patient is None else self.patient.signs
        alive, key = sent.look(signs), (sent.owner, sent.stay_id)
        if sent.action_id and self._drafts.get(key) is sent.draft:
            del self._drafts[key]
        return alive

    def _look_away(self) -> None:
        self._away = [one for one in self._away if self._follows(one) and not one.over]

    def _age(self) -> None:
        """What was typed too long ago goes, and what is of a patient who is gone."""
        moment = self._moment()
        for key, draft in list(self._drafts.items()):
            old = moment - draft.touched >= KEPT_S and key != (self._owner, self.stay_id)
            if old or not self._knows(key[1]):
                del self._drafts[key]
                self._tell_gone(draft)
        for one in list(self._behind):
            key, draft = one
            if key in self._drafts and self._knows(key[1]):
                # Its time begins once it can be gone on with.
                draft.touched = moment
            elif moment - draft.touched >= KEPT_S or not self._knows(key[1]):
                self._behind.remove(one)
                self._tell_gone(draft)

    def _tell_gone(self, draft: Draft) -> None:
        if self._tells and not draft.empty:
            place, at = draft.place, draft.begun.isoformat()
            self.screen.tell("observation_pad.gone", place=place, at=at)

    # ------------------------------------------------------------------------------------- typing

    def typing(self) -> Draft | None:
        """The draft, where nothing is asked and nothing is on its way; a key was pressed."""
        draft = self.draft
        if draft is None or self.sent is not None or self.asking:
            return None
        draft.touched = self._moment()
        if draft.empty and not draft.correcting:
            draft.begun = self.now()
        self.refusal = ""
        return draft

    def select(self, key: str) -> None:
        """Stand at a field. Raises ValueError for none."""
        field, draft = Parameter(key), self.typing()
        if draft is not None and field in draft.fields:
            draft.go(field)
        self._shown()

    def press(self, key: str) -> None:
        """A digit, the point, or a choice of the current field; anything else does nothing."""
        draft = self.typing()
        if draft is not None and key in CHOICES.get(draft.at, _KEYS) and draft.press(key):
            self._on(draft)
        self._shown()

    def erase(self) -> None:
        """Take the last digit back."""
        draft = self.typing()
        if draft is not None:
            draft.erase()
        self._shown()

    def next(self) -> None:
        """The field is done, or left out for now."""
        draft = self.typing()
        if draft is not None:
            self._on(draft)
        self._shown()

    def _on(self, draft: Draft) -> None:
        """To the next field, unless what stands in this one is to be confirmed first."""
        if draft.at in draft.asked():
            self._ask("sure", draft.at)
        else:
            draft.go_on()

    # ---------------------------------------------------------------------------------- questions

    def ask(self, what: str) -> None:
        """Ask why something, or all of it, cannot be measured. Of what was entered once nothing is
        asked: it was measured."""
        draft = self.typing()
        if draft is not None and not draft.correcting:
            self._ask(what)

    def _ask(self, what: str, about: Parameter | None = None) -> None:
        draft = self.draft
        self.asking = what
        self.about = about or (self.about if draft is None else draft.at)
        self._shown()

    def back(self) -> None:
        """No answer: back to the field."""
        self.asking, self._saving = "", False
        self._shown()

    def answer(self, key: str) -> None:
        """An answer to what is asked; one that is not offered does nothing."""
        asking, draft = self.asking, self.draft
        if draft is None or key not in ASKED.get(asking, ()):
            return
        draft.touched = self._moment()
        self.asking = ""
        if asking == "sure":
            self._sure(draft, key)
        elif asking == "missed":
            draft.miss(Missed(key))
            draft.go_on()
        elif asking == "all_missed":
            draft.miss_all(Missed(key))
        elif asking in ("why", "all_why"):
            why = self.texts.text(f"observation_pad.why.{key}")
            self._send(draft, [correction_of(draft, why, whole=key == "patient")])
        elif key != "go_on":
            if key == "drop":
                self._forget()
            self.close()
        self._shown()

    def _sure(self, draft: Draft, key: str) -> None:
        saving, self._saving = self._saving, False
        if key == "correct":
            draft.go(self.about)
            draft.values.pop(self.about, None)
            return
        draft.confirmed.add(self.about)
        if saving:
            self.save()
        elif draft.at is self.about:
            draft.go_on()

    # ------------------------------------------------------------------------------------ sending

    def save(self) -> None:
        """Save what was typed, once everything unusual is confirmed."""
        draft = self.typing()
        if draft is None:
            return
        wrong, asked = draft.wrong(), draft.asked()
        if draft.empty and draft.correcting:
            # Nothing of it is wrong in itself: it may still be somebody else's.
            self._ask("all_why")
        elif draft.empty:
            self.refusal = self.texts.text("observation_pad.nothing")
        elif wrong is not None:
            draft.go(wrong)
            self.refusal = wrong_text(draft, wrong, self.texts)
        elif asked:
            draft.go(asked[0])
            self._saving = True
            self._ask("sure", asked[0])
        elif draft.correcting:
            self._ask("why")
        else:
            self._send(draft, deeds_of(draft, self.stay_id, self.now()))
        self._shown()

    def _send(self, draft: Draft, deeds: list[Deed]) -> None:
        if not deeds:
            # The hub has the reasons that are shown already, and nothing else was typed.
            self.refusal = self.texts.text("observation_pad.nothing_new")
            return
        self.sent = Sent(self.screen, draft, self._owner, self.stay_id, deeds)
        self.sync()

    def sent_with(self, action: Action) -> Sent | None:
        """What was saved and has this action; None where none has."""
        of = (one for one in (self.sent, *self._away) if one is not None)
        return next((one for one in of if one.has(action)), None)

    def took_refusal(self, action: Action, answer: Answer) -> bool:
        """The hub did not take what was sent: all that was typed is here again, with the reason.
        True where that was said. Raises BadData for a reason that this screen has no words for."""
        sent = self.sent_with(action)
        if sent is None:
            return False
        draft = self._take_back(sent, action)
        told = str(answer.values.get("parameters") or "").split(",")
        about = [one for one in draft.fields if one.value in told]
        draft.confirmed -= set(about)
        if about:
            draft.go(about[0])
        here = self.sent is None and self.draft is draft and self._owner == self.screen.actor_id
        key, names = (
            answer.key or "screen.refused.unknown",
            [name_of(one, self.texts) for one in about],
        )
        if here:
            why = self.texts.text(key, **answer.values)
            self.refusal = f"{why} {listed(names, self.texts)}".strip()
        self.sync()
        if not here and self._tells:
            self._tell_back(draft, self.texts.text(key, **answer.values))
        return here or self._tells

    def _take_back(self, sent: Sent, action: Action) -> Draft:
        """What was not taken stands in the draft, or waits behind another that is typed by now."""
        if sent is self.sent:
            # Of what else it sent a refusal may still come.
            self.sent = None
            self._away.append(sent)
        key = (sent.owner, sent.stay_id)
        kept = [self._drafts.get(key), *(one for where, one in self._behind if where == key)]
        into = next((one for one in kept if one is not None and one is sent.back), None)
        sent.back = draft = sent.refused(action, self._moment(), into=into)
        if into is None:
            typed = self._drafts.get(key)
            if typed is None or typed.empty:
                self._drafts[key] = draft
            else:
                self._behind.append((key, draft))
        return draft

    def _tell_back(self, draft: Draft, why: str) -> None:
        place, at, n = draft.place, draft.begun.isoformat(), round(KEPT_S / 60)
        self.screen.tell("observation_pad.refused", place=place, at=at, why=why, n=n)
