"""Whether a page may be drawn where somebody wants it, asked before anything is begun for it."""

import os
from pathlib import Path

from smartward.errors import Misconfigured


def may_be_written(file: Path) -> None:
    """Raises Misconfigured where no file can be made, or the one that is there cannot be
    overwritten."""
    there = file if file.exists() else file.parent
    if file.is_dir() or not there.exists() or not os.access(there, os.W_OK):
        raise Misconfigured("cli.pdf_not_written", str(file), file=str(file))
