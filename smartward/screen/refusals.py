"""What the hub did not take: whoever touched it hears why, is asked again, or proves who it is."""

import logging
from collections.abc import Callable

import msgspec

from smartward.clinical.call_point import CallPointEvent
from smartward.errors import BadData
from smartward.i18n import Catalogue
from smartward.screen.late import question
from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import Action, ActionKind, Answer

log = logging.getLogger("smartward.screen.refusals")

_UNKNOWN = "screen.refused.unknown"

_NOT_PROVED = (
    "identity.needed",
    "identity.session_unknown",
    "identity.session_over",
    "identity.offline_unknown",
    "identity.offline_over",
)
"""What the hub says when it does not believe in the session of an action."""
_GRANT_OVER = ("identity.offline_unknown", "identity.offline_over")
"""What it says of whom the screen itself has checked, when it may not any more."""
_CALLS_FOR_HELP = (ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN, ActionKind.CALL_POINT_EVENT)
"""Who touched these wants help: a refusal also says how else to call."""


class Refusals:
    """Tells a screen's refused actions on its page."""

    def __init__(self, model: ScreenModel, forget: Callable[[str], None]) -> None:
        """`forget`: has this screen believe no more in its own proof of a person, by id."""
        self._model = model
        self._forget = forget

    def tell(self, action: Action, answer: Answer) -> None:
        """The hub did not take this action, and says why."""
        if _for_the_log(action):
            log.warning("the hub did not take a %s: %s", action.kind, answer.key)
            return
        if answer.key in _GRANT_OVER and action.by.id is not None:
            # The hub has taken it back: no more is believed here by what was true then.
            self._forget(action.by.id)
        if answer.key in _NOT_PROVED and self._proved_anew(action):
            return
        texts = self._model.texts
        try:
            if self._model.took_refusal(action, answer):
                return
            late = question(action, answer, self._model.replica, texts)
            if late is not None:
                self._model.ask(late)
                return
            texts.text(answer.key or _UNKNOWN, **answer.values)
        except BadData:
            # A newer hub may have words that this screen has not.
            log.warning("the hub's text %s is unknown here", answer.key)
            answer = msgspec.structs.replace(answer, key=_UNKNOWN, values={})
        self._model.tell_words(
            lambda texts: _refusal(action, answer, texts), urgent=action.kind in _CALLS_FOR_HELP
        )

    def _proved_anew(self, action: Action) -> bool:
        """Whether it waits for a new proof. What a page has in its hands again does not: of several
        actions only one could, and once nobody proves anything it would be lost."""
        if not self._model.gives_back(action):
            return self._model.proof_refused(action)
        self._model.session_refused(action)
        return False


def _refusal(action: Action, answer: Answer, texts: Catalogue) -> str:
    """Why the hub did not take it; of a call also how help is called now."""
    text = texts.text(answer.key or _UNKNOWN, **answer.values)
    if action.kind in _CALLS_FOR_HELP:
        return texts.text("screen.refused.call", why=text)
    return text


def _for_the_log(action: Action) -> bool:
    """What no person has asked for: that it was refused concerns whoever looks after the screen."""
    if action.kind == ActionKind.CALL_POINT_EVENT:
        return action.data.get("event") != CallPointEvent.PRESS.value
    return action.kind in (ActionKind.SESSION_END, ActionKind.DRILL_PLACE)
