"""Whether a page may be drawn where somebody wants it, asked before anything is begun for it."""

import os
from pathlib import Path

from smartward.errors import Misconfigured


def may_be_written(file: Path) -> None:
    """Raises Misconfigured where no file can be made, or the one that is there cannot be
    overwritten."""
    folder = file.parent
    if file.exists():
        can = not file.is_dir() and os.access(file, os.W_OK)
    else:
        can = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    if not can:
        raise Misconfigured("cli.pdf_not_written", str(file), file=str(file))
