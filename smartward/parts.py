"""Which parts of SmartWard are installed: the hub's package has no screens, and a screen's no hub
(packaging/packages.md)."""

import importlib.util


def installed(part: str) -> bool:
    """Whether this part (`screen`, `hub`, …) is here. Nothing of it is loaded."""
    return importlib.util.find_spec(f"smartward.{part}") is not None
