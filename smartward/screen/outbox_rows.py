"""The touches of an outbox by what is to be done with them: a day's kept ones are many, and are not
gone through with each event of the feed and each touch that is sent."""

from smartward.screen.cache_rows import ANSWERED, WAITING
from smartward.screen.outbox_touch import Touch


class Touches:
    """All of them by id, oldest first; each part in the same order."""

    def __init__(self) -> None:
        self.all: dict[str, Touch] = {}
        self.open: dict[str, Touch] = {}
        """Those that wait or are answered."""
        self.answered: dict[str, Touch] = {}
        self.new_calls: dict[str, Touch] = {}
        """Those that wait, are about a call, and were never sent again to another history."""

    def put(self, touch: Touch) -> None:
        """Take one in that is younger than the others, and waits."""
        self.all[touch.row.id] = self.open[touch.row.id] = touch
        if touch.is_new_call:
            self.new_calls[touch.row.id] = touch

    def turned(self, touch: Touch) -> None:
        """What is to be done with one has changed."""
        id, state = touch.row.id, touch.row.state
        if state not in (WAITING, ANSWERED):
            self.open.pop(id, None)
        elif id not in self.open:
            self.sort()
        if state == ANSWERED:
            self.answered[id] = touch
        else:
            self.answered.pop(id, None)
        if not touch.is_new_call:
            self.new_calls.pop(id, None)

    def sort(self) -> None:
        """Find anew which are open: some became so that lie between others."""
        states = (WAITING, ANSWERED)
        self.open = {id: one for id, one in self.all.items() if one.row.state in states}
        self.answered = {id: one for id, one in self.open.items() if one.row.state == ANSWERED}
        self.new_calls = {id: one for id, one in self.open.items() if one.is_new_call}
