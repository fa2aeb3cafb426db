"""Every setting once: its default, its unit in its name, its meaning. And where files are found.

Settings come from a TOML file of flat keys and from `--set key=value`. An unknown key stops the
start with a text that names it. README's table is compared with `SETTINGS` in a test.
"""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smartward.errors import Misconfigured

_NIGHT_START = time(22, 0)
_NIGHT_END = time(6, 0)


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of hub and screens."""

    host: str = _setting("127.0.0.1", "address the hub listens on; beyond loopback it needs TLS")
    port: int = _setting(8700, "port the hub listens on; 0 picks a free one")
    tls_cert: str = _setting("", "certificate file of the hub (PEM), made by `hub --init`")
    tls_key: str = _setting("", "private key file of the hub (PEM)")
    ward: str = _setting("ward", "id of the ward this hub decides for")
    his_url: str = _setting("", "base URL of the hospital's FHIR R4 server; empty: no HIS")
    his_ward: str = _setting("", "logical id of the ward's Location in the HIS")
    his_source: str = _setting("his", "name of the HIS in document ids")
    his_token_file: str = _setting("", "file with the bearer token for the HIS")
    his_poll_s: float = _setting(5.0, "seconds between two polls of the HIS")
    his_late_s: float = _setting(60.0, "seconds without a completed census until HIS data is late")
    zone: str = _setting("Asia/Shanghai", "time zone of the ward, IANA name")
    language: str = _setting("zh_CN", "language of screens and prompts: zh_CN or en")
    night_start: time = field(
        default=_NIGHT_START, metadata={"meaning": "local time at which night begins"}
    )
    night_end: time = field(
        default=_NIGHT_END, metadata={"meaning": "local time at which night ends"}
    )
    call_escalate_1_s: int = _setting(60, "seconds until an unanswered call is told again")
    call_escalate_2_s: int = _setting(180, "seconds until an unanswered call becomes high priority")
    call_escalate_3_s: int = _setting(300, "seconds until the head nurse is told")
    call_present_within_s: int = _setting(300, "seconds an accepted call may wait for presence")
    call_station_may_close: bool = _setting(
        False, "whether a normal call may be closed from the station, with a reason"
    )
    staff_action_max_age_s: int = _setting(600, "age at which a staff action returns as a question")
    answer_keep_days: int = _setting(30, "days an answer and a tombstone are kept")
    closed_call_keep_h: float = _setting(12.0, "hours a closed call stays on the station's replica")
    vital_sign_keep_h: float = _setting(48.0, "hours of vital signs kept for the screens")
    beat_s: float = _setting(2.0, "seconds between two beats of a feed")
    link_stale_s: float = _setting(5.0, "seconds without a beat until a screen says so")
    identity_max_age_s: int = _setting(
        14400, "age of the last completed census past which no name is shown"
    )
    news2_window_min: int = _setting(10, "minutes within which single values form one set")
    drip_warn_min: int = _setting(10, "minutes before its end at which a drip is told")
    drip_warn_ml: int = _setting(50, "millilitres left at which a drip of 250 mL or more is told")

    @property
    def tz(self) -> ZoneInfo:
        """The ward's time zone."""
        return ZoneInfo(self.zone)


SETTINGS = {f.name: f for f in dataclasses.fields(Settings)}


def _parse(name: str, raw: Any) -> Any:
    default = SETTINGS[name].default
    try:
        if isinstance(default, bool):
            if isinstance(raw, bool):
                return raw
            return {"true": True, "false": False}[str(raw).lower()]
        if isinstance(default, time):
            return raw if isinstance(raw, time) else time.fromisoformat(str(raw))
        if isinstance(default, int | float):
            return type(default)(raw)
        return str(raw)
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured(
            "config.bad_value", f"{name} = {raw!r}", setting=name, value=str(raw)
        ) from error


def load(file: Path | None = None, overrides: dict[str, str] | None = None) -> Settings:
    """Settings from `file` (TOML) and `overrides`, the latter first.

    Raises Misconfigured for an unknown key, an unreadable file or a value of the wrong form.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values.update(tomllib.loads(file.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured("config.unreadable", str(error), file=file.name) from error
    values.update(overrides or {})
    unknown = sorted(set(values) - set(SETTINGS))
    if unknown:
        raise Misconfigured("config.unknown_key", unknown[0], setting=unknown[0])
    settings = Settings(**{name: _parse(name, raw) for name, raw in values.items()})
    try:
        _ = settings.tz
    except (KeyError, ValueError) as error:
        raise Misconfigured(
            "config.bad_value", f"zone = {settings.zone!r}", setting="zone", value=settings.zone
        ) from error
    return settings


def asset(*parts: str) -> Path:
    """A file or folder of `ui/` or `resources/`, in a clone and in an installed wheel alike."""
    package = Path(__file__).resolve().parent
    inside = package.joinpath(*parts)
    if package.joinpath(parts[0]).is_dir():
        return inside
    return package.parent.joinpath(*parts)
