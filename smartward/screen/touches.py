"""Touches and notices: what every screen does with a finger on it, whoever it belongs to."""

import logging
from collections.abc import Callable

from PySide6.QtCore import Property, QObject, Signal, Slot
from uuid6 import uuid7

from smartward.errors import StorageFault
from smartward.i18n import Catalogue
from smartward.screen.late import Question
from smartward.screen.replica import Changes
from smartward.screen.services import Data, Services
from smartward.wire.envelope import Action, Person, Seen

log = logging.getLogger("smartward.screen.touches")

Words = Callable[[Catalogue], str]
"""A sentence in whichever language is shown: kept as what it says, not as how it was said."""


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
        self._notice: Words | None = None
        self._notice_of = ""
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

    # --------------------------------------------------------------------------------- notices

    @Property(str, notify=noticeChanged)
    def noticeText(self) -> str:
        """What a person must be told or asked now, until they say that they have read it."""
        if self._notice is not None:
            return self._notice(self.texts)
        return self._questions[0].said(self.texts) if self._questions else ""

    @Property(bool, notify=noticeChanged)
    def noticeAsks(self) -> bool:
        """Whether the notice asks if an action that came too late shall be done now."""
        return self._asking()

    def _asking(self) -> bool:
        return self._notice is None and bool(self._questions)

    @Slot()
    def dismissNotice(self) -> None:
        """The person has read the notice, or leaves what it asks about."""
        if self._asking():
            self._questions.pop(0)
            self.noticeChanged.emit()
        self.tell_nothing()

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

    def tell_words(self, words: Words, *, of: str = "") -> None:
        """Show what `words` say, in the language of the moment, until it is dismissed. `of`: what
        it is about, for `tell_no_more`."""
        self._notice, self._notice_of = words, of
        self.noticeChanged.emit()

    def tell_no_more(self, of: str) -> None:
        """What a notice `of` this said does not hold any more: it goes."""
        if self._notice is not None and self._notice_of == of:
            self.tell_nothing()

    def tell_nothing(self) -> None:
        """Take the notice away."""
        if self._notice is not None:
            self._notice, self._notice_of = None, ""
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
            self.tell("screen.not_stored")
            return None
        self.services.soon(self._show_touch)
        return action.subject

    def _show_touch(self) -> None:
        self.refresh(Changes(reset=True))

    def _action(
        self,
        kind: str,
        subject: str | None,
        data: Data | None = None,
        seen: Seen | None = None,
        by: Person | None = None,
    ) -> Action:
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
