"""The configured list of patients, for a hospital system that lets nobody search a ward."""

from pathlib import Path

from smartward.errors import BadData

_MOST_BYTES = 256 * 1024


def listed(path: Path) -> frozenset[str]:
    """The logical ids in a file, one a line; empty lines and what follows a # count for nothing.

    Raises BadData when the file cannot be read: an empty ward is no answer to that.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise BadData("his.bad.patients", path.name, reason=reason) from error
    if len(text) > _MOST_BYTES:
        raise BadData("his.bad.patients", path.name, reason=f"> {_MOST_BYTES} B")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line for line in lines if line)
