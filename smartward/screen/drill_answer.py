"""A bedside's part in the ward drill: told to call, it calls, by the road that a touch takes.

No person is asked or told: what cannot be stored is in the log, and the bed fails the test.
"""

import logging

from uuid6 import uuid7

from smartward.errors import StorageFault
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import Action, ActionKind
from smartward.wire.views import DrillCallView

log = logging.getLogger("smartward.screen.drill")


class DrillAnswer:
    """Places the test calls that are ordered from this screen, each once."""

    def __init__(self, model: ScreenModel) -> None:
        self._model = model
        self._placed: set[str] = set()

    def start(self) -> None:
        """From now on. What was ordered before the hub was heard again is looked at as well."""
        self._model.replica.subscribe(self._changed)
        self._answer()

    def _changed(self, changes: Changes) -> None:
        if changes.reset or changes.touches("drill_call"):
            self._answer()

    def _answer(self) -> None:
        ordered = self._model.replica.all("drill_call", DrillCallView)
        self._placed &= {call.id for call in ordered}
        for call in ordered:
            if not call.placed and call.id not in self._placed and self._mine(call):
                self._place(call)

    def _mine(self, call: DrillCallView) -> bool:
        own = self._model.services.link.device_id
        return own != "" and call.device_id == own and call.bed_id == self._model.place

    def _place(self, call: DrillCallView) -> None:
        if any(sent.subject == call.id for sent in self._model.pending(ActionKind.DRILL_PLACE)):
            return
        self._placed.add(call.id)
        action = Action(
            id=str(uuid7()),
            kind=ActionKind.DRILL_PLACE,
            subject=call.id,
            made_at=self._model.clock.now(),
            data={"bed_id": call.bed_id},
        )
        try:
            self._model.services.outbox.put(action)
        except StorageFault as fault:
            log.error("a test call could not be stored: %s", fault)
