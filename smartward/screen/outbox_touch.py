"""One touch of the outbox: what of it is a secret, and how urgent it is."""

import msgspec

from smartward.screen.cache import TouchRow
from smartward.screen.cache_rows import WAITING
from smartward.wire.envelope import Action, ActionKind

_SECRET = {ActionKind.PATIENT_PIN: "pin"}
"""What of a touch's data is never on the disk, by kind."""


def open_part(action: Action) -> Action:
    """The touch without its secret; a secret taken away (None) is none."""
    secret = _SECRET.get(action.kind)
    if secret is None or action.data.get(secret) is None:
        return action
    data = {name: value for name, value in action.data.items() if name != secret}
    return msgspec.structs.replace(action, data=data)


def misses_secret(action: Action) -> bool:
    """Whether it needs a secret that is nowhere any more."""
    secret = _SECRET.get(action.kind)
    return secret is not None and secret not in action.data


CALL, NEW_CALL = 1, 2
"""How urgent a call is that a hub had, and one that no hub had before; other touches are 0."""


class Touch:
    """A row with its decoded action, and when it may be tried again."""

    __slots__ = ("action", "not_before", "row")

    def __init__(self, row: TouchRow, action: Action) -> None:
        self.row = row
        self.action = action
        self.not_before = 0.0

    def send_again(self) -> None:
        """To a hub that knows nothing of it: it waits, as it did when it was made."""
        row = self.row
        row.state, row.resent, row.attempts = WAITING, 1, 0
        row.seq = row.epoch = row.answered_at = None
        self.not_before = 0.0

    @property
    def is_call(self) -> bool:
        """Whether it is about a nurse call: those go first."""
        return self.action.kind.startswith(("call.", "call_point."))

    @property
    def urgency(self) -> int:
        """What goes first: a call that no hub had before, then one that a hub had."""
        return 0 if not self.is_call else CALL if self.row.resent else NEW_CALL

    @property
    def is_new_call(self) -> bool:
        """Whether it waits, and is of the most urgent."""
        return self.row.state == WAITING and self.urgency == NEW_CALL
