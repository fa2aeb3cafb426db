"""Touches and notices: what every screen does with a finger on it, whoever it belongs to."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot

from smartward.errors import StorageFault
from smartward.i18n import Catalogue
from smartward.screen.late import Question
from smartward.screen.replica import Changes
from smartward.screen.services import Data, Services
from smartward.wire.envelope import Action, Answer, Person, Seen

log = logging.getLogger("smartward.screen.touches")

Words = Callable[[Catalogue], str]
"""A sentence in whichever language is shown: kept as what it says, not as how it was said."""

MOST_NOTICES = 4
"""So many wait to be read at most; whoever stands here reads no more, and the newest goes."""
UNDER_THE_FINGER_S = 0.5
"""For so long after a notice has overtaken another a touch is meant for the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person must be told. `of`: what it is about, empty for what only they take away.
    `urgent`: of a call that was not taken."""

    words: Words
    of: str
    urgent: bool

    @property
    def rank(self) -> int:
        """Calls that were not taken are told first, and last what goes by itself."""
        return 0 if self.urgent else 2 if self.of else 1


class TouchModel(QObject):
    """The root of every screen's model: stores touches, and tells people what they must know."""

    noticeChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.clock = services.clock
        self.replica = services.replica
        self.settings = services.settings
        self.texts = services.catalogue(services.language)
        self._notices: list[Notice] = []
        self._overtook_at = float("-inf")
        self._questions: list[Question] = []
        self._pace_changed: Callable[[], None] = lambda: None

    @property
    def staff_texts(self) -> Catalogue:
        """What staff read on this screen; a role that speaks a patient's language overrides it."""
        return self.texts

    def refresh(self, changes: Changes) -> None:
        """Documents or touches have changed: bring the model up to date."""

    def act_as_staff(
        self, kind: str, subject: str, data: Data | None = None, seen: Seen | None = None
    ) -> None:
        """Do it as whoever acts on this screen."""
        self.act(kind, subject, data, seen)

    def gives_back(self, action: Action) -> bool:
        """Whether a page has all of what it sent in its hands again when the hub does not take it:
        it is then sent again by whoever typed it, and never by itself."""
        del action
        return False

    def took_refusal(self, action: Action, answer: Answer) -> bool:
        """The hub did not take a touch; True where the page it was made on says so itself. Raises
        BadData for a reason that this screen has no words for."""
        del action, answer
        return False

    # --------------------------------------------------------------------------------- notices

    @Property(str, notify=noticeChanged)
    def noticeText(self) -> str:
        """What a person must be told or asked now, until they say that they have read it."""
        if self._notices:
            return self._notices[0].words(self.texts)
        return self._questions[0].said(self.texts) if self._questions else ""

    @Property(bool, notify=noticeChanged)
    def noticeAsks(self) -> bool:
        """Whether the notice asks if an action that came too late shall be done now."""
        return self._asking()

    def _asking(self) -> bool:
        return not self._notices and bool(self._questions)

    @Slot()
    def dismissNotice(self) -> None:
        """The person has read the notice, or leaves what it asks about; the next one is shown."""
        if self.clock.monotonic() - self._overtook_at < UNDER_THE_FINGER_S:
            return
        waiting: list[Notice] | list[Question] = self._notices or self._questions
        if waiting:
            waiting.pop(0)
            self.noticeChanged.emit()

    @Slot()
    def doItNow(self) -> None:
        """Yes: what came too late is done anew, now, by whoever acts now."""
        if not self._asking():
            return
        late = self._questions.pop(0).action
        self.noticeChanged.emit()
        self.act_as_staff(late.kind, late.subject, late.data, late.seen)

    def ask(self, question: Question) -> None:
        """Show a question; it waits for what is shown before it."""
        self._questions.append(question)
        self.noticeChanged.emit()

    def tell(self, key: str, **values: str | int | float) -> None:
        """Show the text of `key` until it is dismissed."""
        self.tell_words(lambda texts: texts.text(key, **values))

    def tell_words(self, words: Words, *, of: str = "", urgent: bool = False) -> None:
        """Show what `words` say, in the language of the moment, until it is dismissed. `of`: what
        it is about, for `tell_no_more`. `urgent`: a call was not taken, which is told before
        anything else; nothing that waits to be read is lost by what comes after it."""
        new, said, first = Notice(words=words, of=of, urgent=urgent), words(self.texts), None
        if self._notices:
            first = self._notices[0]
        others = [
            each
            for each in self._notices
            if not (of and each.of == of) and each.words(self.texts) != said
        ]
        self._notices = sorted([*others, new], key=lambda each: each.rank)[:MOST_NOTICES]
        if first in others and self._notices[0] is new:
            self._overtook_at = self.clock.monotonic()
        self.noticeChanged.emit()

    def tell_no_more(self, of: str) -> None:
        """What a notice `of` this said does not hold any more: it goes, and no other."""
        left = [each for each in self._notices if each.of != of]
        if left != self._notices:
            self._notices = left
            self.noticeChanged.emit()

    def tell_nothing(self) -> None:
        """Take every notice away."""
        if self._notices:
            self._notices = []
            self.noticeChanged.emit()

    # --------------------------------------------------------------------------------- actions

    def act(
        self,
        kind: str,
        subject: str | None,
        data: Data | None = None,
        seen: Seen | None = None,
        by: Person | None = None,
    ) -> str | None:
        """Store a touch, durable, then show it. `subject` None: a new thing with a new id.

        Gives the subject's id, or None when the touch could not be stored: the person is told
        so, and pointed to the wired call button.
        """
        action = self._action(kind, subject, data, seen, by)
        try:
            self.services.outbox.put(action)
        except StorageFault as fault:
            log.error("a touch could not be stored: %s", fault)
            told = "screen.not_stored"
            self.tell_words(lambda texts: texts.text(told), urgent=kind.startswith("call."))
            return None
        self.services.soon(self.touches_moved)
        return action.subject

    def touches_moved(self) -> None:
        """Something was touched here, or what was touched is further (`pending`); no document has
        changed. By default as if all was new: most screens are of one bed or room."""
        self.refresh(Changes(reset=True))

    def _action(
        self,
        kind: str,
        subject: str | None,
        data: Data | None = None,
        seen: Seen | None = None,
        by: Person | None = None,
    ) -> Action:
        # It looks through all that is installed: not before the first frame.
        from uuid6 import uuid7

        return Action(
            id=str(uuid7()),
            kind=kind,
            subject=str(uuid7()) if subject is None else subject,
            made_at=self.clock.now(),
            by=Person() if by is None else by,
            seen=Seen() if seen is None else seen,
            data={} if data is None else data,
        )

    def pending(self, *kinds: str) -> tuple[Action, ...]:
        """Touches of this screen that the feed has not brought back yet, of the given kinds."""
        return tuple(a for a in self.services.outbox.pending() if not kinds or a.kind in kinds)
