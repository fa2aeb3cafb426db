"""How the keys of this screen lie on its disk: those that seal what it keeps of patients, and those
that prove who it is (packaging/data-on-screens.md, "The TPM")."""

from collections.abc import Callable, Iterator
from pathlib import Path

from smartward import device_key, wrapping
from smartward.clinical.device_check import CheckLine, ok, untested
from smartward.clinical.screen_health import Keys
from smartward.screen import enrolled, seal_keys


def _lies_open(file: Path) -> bool:
    # What it was before it was wrapped lies beside it until it is overwritten.
    return wrapping.former(file).exists() or not wrapping.is_wrapped(file)


FILES: dict[str, Callable[[Path], bool | None]] = {
    seal_keys.FILE: seal_keys.lie_open,
    device_key.FILE: _lies_open,
    enrolled.CERTIFICATE: _lies_open,
}
"""Of each file in a screen's data folder whether it can be read with this disk alone; None where no
key is in it. Raises OSError."""


def keys_kept(folder: Path) -> Keys:
    """As weak as the weakest of them. Unknown where there is none, or one cannot be read."""
    try:
        found = list(_found(folder))
    except OSError:
        return Keys.UNKNOWN
    if True in found:
        return Keys.WEAKER
    return Keys.WRAPPED if found and None not in found else Keys.UNKNOWN


def _found(folder: Path) -> Iterator[bool | None]:
    for name, lies_open in FILES.items():
        if (folder / name).exists():
            yield lies_open(folder / name)


def keys(folder: Path) -> CheckLine:
    """A line of the commissioning report. Weaker is no fault: many machines have no TPM."""
    found = keys_kept(folder)
    told = untested if found is Keys.UNKNOWN else ok
    return told("keys", f"keys_{found}")
