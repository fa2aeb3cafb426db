"""One setting: how it is declared, and what somebody wrote for it judged by that."""

import math
import re
from dataclasses import Field, field
from datetime import time
from typing import Any

from smartward.errors import Misconfigured

_MOST = 10**9
_NAME = re.compile(r"(?!house$)[A-Za-z0-9-]{1,64}")
"""What can be part of a document key; `house` is what belongs to all wards."""
_LOCAL_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?")


def setting(
    default: Any,
    meaning: str,
    *,
    least: float = 0,
    most: float = _MOST,
    choices: tuple[str, ...] = (),
    name: bool = False,
) -> Any:
    """A setting. `least` and `most` bound a number, `choices` are all that a text may be; a `name`
    becomes part of document keys."""
    bounds = {"least": least, "most": most, "choices": choices, "name": name}
    return field(default=default, metadata={"meaning": meaning, **bounds})


def bad_value(key: str, name: str, raw: Any, **values: str | float) -> Misconfigured:
    """The error that names the setting and what was written."""
    return Misconfigured(key, "", setting=name, value=str(raw), **values)


def _flag(name: str, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw).lower() not in ("true", "false"):
        raise bad_value("config.no_flag", name, raw)
    return str(raw).lower() == "true"


def local_time(text: str) -> time:
    """A time of day as 22:00 or 22:00:00. Raises ValueError for any other form: what ISO 8601 takes
    besides is too much, for 22.30 is 22:00 and a third of a second there."""
    if not _LOCAL_TIME.fullmatch(text):
        raise ValueError(f"{text} is not written as 22:00")
    return time.fromisoformat(text)


def _time(name: str, raw: Any) -> time:
    try:
        found = raw if isinstance(raw, time) else local_time(str(raw))
    except ValueError as error:
        raise bad_value("config.no_time", name, raw) from error
    if found.tzinfo is not None:  # night begins by the ward's clock
        raise bad_value("config.no_time", name, raw)
    return found


def _number(declared: Field[Any], raw: Any) -> float:
    """An int for a setting whose default is one, and never a rounded one."""
    name, whole = declared.name, isinstance(declared.default, int)
    least, most = declared.metadata["least"], declared.metadata["most"]
    wrong = bad_value(
        "config.no_whole_number" if whole else "config.no_number", name, raw, least=least, most=most
    )
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise wrong
    try:
        found: float = int(str(raw)) if whole else float(raw)
    except ValueError as error:
        raise wrong from error
    if not math.isfinite(found) or not least <= found <= most:
        raise wrong
    return found


def _text(declared: Field[Any], raw: Any) -> str:
    name, choices = declared.name, declared.metadata["choices"]
    if not isinstance(raw, str):
        raise bad_value("config.no_text", name, raw)
    if declared.metadata["name"] and not _NAME.fullmatch(raw):
        raise bad_value("config.no_name", name, raw)
    if choices and raw not in choices:
        raise bad_value("config.no_choice", name, raw, choices=", ".join(choices))
    return raw


def parse(declared: Field[Any], raw: Any) -> Any:
    """The value of a setting out of what was written for it. Raises Misconfigured, with the setting
    and the remedy in its text, for a wrong form and for what is out of its range."""
    name, default = declared.name, declared.default
    if isinstance(default, bool):
        return _flag(name, raw)
    if isinstance(default, time):
        return _time(name, raw)
    if isinstance(default, int | float):
        return _number(declared, raw)
    return _text(declared, raw)
