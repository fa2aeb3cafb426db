"""Every error of ours, and what happens next when it is raised.

    SmartWardError
      Unreachable    the other side did not answer: retry for ever, with noise
      Refused        the other side said no: tell the person
      BadData        what came cannot be used: set it aside, count it, go on
      StorageFault   the disk or file is at fault: banner, and say what is safe
      Misconfigured  a setting or argument is wrong: stop with the remedy

Each carries a text key with values for people; `detail` is for the log only and holds no
patient data.
"""

from smartward.clinical.words import Value


class SmartWardError(Exception):
    """Base of all. `key` is a key of the catalogue; `values` fill its placeholders."""

    def __init__(self, key: str, detail: str = "", **values: Value) -> None:
        super().__init__(f"{key}: {detail}" if detail else key)
        self.key = key
        self.detail = detail
        self.values = values


class Unreachable(SmartWardError):
    """The other side did not answer."""


class Refused(SmartWardError):
    """The other side, or a rule, said no."""


class BadData(SmartWardError):
    """What came cannot be used."""


class StorageFault(SmartWardError):
    """The disk or the file is at fault."""


class Misconfigured(SmartWardError):
    """A setting or an argument is wrong; the text says what to do."""
