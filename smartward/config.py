"""Every setting once: its default, its unit in its name, its meaning. And where files are found.

Settings come from a TOML file of flat keys and from `--set key=value`. An unknown key stops the
start with a text that names it. README's table is compared with `SETTINGS` in a test.
"""

import dataclasses
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.ward import Ward
from smartward.errors import Misconfigured
from smartward.setting import bad_value, parse, setting

HIS_KINDS = ("fhir", "gnuhealth")
"""What a hospital system may speak."""
_NIGHT_START = time(22, 0)
_NIGHT_END = time(6, 0)
_UPDATE_START = time(2, 0)
_UPDATE_END = time(5, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of hub and screens."""

    host: str = setting("127.0.0.1", "address the hub listens on; beyond loopback it needs TLS")
    port: int = setting(8700, "port the hub listens on; 0 picks a free one", most=65535)
    tls_cert: str = setting("", "certificate file of the hub (PEM), made by `hub --init`")
    tls_key: str = setting("", "private key file of the hub (PEM)")
    tls_ca: str = setting(
        "",
        "certificates of the authorities by which screens know the hub (PEM), given to those that "
        "found it by DNS; empty: `tls/ca.pem` in the data folder",
    )
    trusts_terminator: bool = setting(
        False,
        "whether a hub on loopback without TLS believes of this machine which certificate was "
        "shown to it (the header SmartWard-Certificate of a TLS terminator)",
    )
    store_url: str = setting(
        "",
        "PostgreSQL database of several hubs, postgresql://USER@HOST/DATABASE; empty: a file in "
        "the hub's folder",
    )
    store_secret_file: str = setting(
        "",
        "file with the database's password; or the environment's SMARTWARD_STORE_SECRET",
    )
    ward: str = setting("ward", "id of the ward this hub decides for", name=True)
    his_kind: str = setting(
        "fhir",
        "what the HIS speaks: fhir (R4), or gnuhealth (JSON-RPC of Tryton; his_auth is basic)",
        choices=HIS_KINDS,
    )
    his_url: str = setting(
        "", "base URL of the HIS: the FHIR server, or GNU Health's database; empty: no HIS"
    )
    his_ward: str = setting(
        "",
        "the ward in the HIS: logical id of its Location or its identifier (system, bar, value); "
        "in GNU Health its id, several with commas, its name, or unit: and a unit's name",
    )
    his_source: str = setting("his", "name of the HIS in document ids", name=True)
    his_auth: str = setting(
        "none",
        "who the hub is to the HIS: none, basic (his_user), bearer (a fixed token) or smart "
        "(SMART Backend Services)",
        choices=("none", "basic", "bearer", "smart"),
    )
    his_user: str = setting("", "user's name in the HIS, for basic")
    his_secret_file: str = setting(
        "",
        "file with the password (basic), the token (bearer) or the private key (smart, PEM); "
        "or the environment's SMARTWARD_HIS_SECRET",
    )
    his_client_id: str = setting("", "what the HIS knows the hub as, for smart")
    his_key_id: str = setting("", "kid of the key in the HIS, for smart; empty: its thumbprint")
    his_token_url: str = setting("", "where tokens are had, for smart; empty: the HIS tells")
    his_scopes: str = setting("system/*.read", "rights that are asked for, for smart")
    his_ca_file: str = setting(
        "", "authorities (PEM) the HIS's certificate is checked by; empty: the machine's"
    )
    his_client_cert_file: str = setting("", "the hub's certificate for the HIS (PEM)")
    his_client_key_file: str = setting("", "its private key (PEM); empty: in the same file")
    his_proxy: str = setting("", "address of the HTTP proxy on the way to the HIS; empty: none")
    his_proxy_secret_file: str = setting(
        "", "file with user:password for it; or the environment's SMARTWARD_HIS_PROXY_SECRET"
    )
    his_rebase_links: bool = setting(
        False, "whether page links to another server are asked for at his_url"
    )
    his_hook_url: str = setting(
        "", "address at which the HIS reaches this hub, for hints of changes; empty: none"
    )
    his_poll_s: float = setting(5.0, "seconds between two polls of the HIS", least=0.1)
    his_late_s: float = setting(60.0, "seconds without a completed census until HIS data is late")
    his_overlap_s: float = setting(
        120.0, "seconds a change may come late in the HIS's searches", least=0
    )
    his_unconfirmed_h: float = setting(
        4.0, "hours a stay the HIS tells nothing of is kept, marked to be checked", least=0
    )
    his_patients_file: str = setting(
        "",
        "file with the logical ids of the ward's patients, one a line, for a HIS that lets nobody "
        "search a ward; read at each census",
    )
    zone: str = setting("Asia/Shanghai", "time zone of the ward, IANA name")
    language: str = setting(
        "zh_CN", "language of screens and prompts: zh_CN or en", choices=("zh_CN", "en")
    )
    night_start: time = field(
        default=_NIGHT_START, metadata={"meaning": "local time at which night begins"}
    )
    night_end: time = field(
        default=_NIGHT_END, metadata={"meaning": "local time at which night ends"}
    )
    rest_after_s: int = setting(
        120,
        "seconds without a touch after which a bedside goes dark at night, but for the call shape",
        least=15,
    )
    backlight: str = setting(
        "",
        "folder of the light behind the panel, or of all lights (/sys/class/backlight), writable "
        "for the screen; empty: only the page goes dark",
    )
    backlight_day: int = setting(
        100,
        "percent of its light with which a panel shines by day, and a door or bedhead while a "
        "bed there calls",
        least=1,
        most=100,
    )
    backlight_night: int = setting(
        40, "the same at night, of bedside, bedhead and door", least=1, most=100
    )
    backlight_rest: int = setting(
        10, "the same while a bedside is dark but for the call shape", least=1, most=100
    )
    call_escalate_1_s: int = setting(60, "seconds until an unanswered call is told again", least=1)
    call_escalate_2_s: int = setting(180, "seconds until an unanswered call becomes high priority")
    call_escalate_3_s: int = setting(300, "seconds until the head nurse is told")
    call_present_within_s: int = setting(300, "seconds an accepted call may wait for presence")
    call_high_presses: int = setting(
        3, "presses within call_high_within_s that raise a call to high priority", least=2
    )
    call_high_within_s: int = setting(60, "seconds within which those presses count", least=1)
    presence_closes_normal: bool = setting(
        True, "whether a normal call ends when the nurse marked present leaves the room"
    )
    presence_reminder_s: int = setting(
        1800,
        "seconds after which door and bedhead ask whether who is marked present still is",
        least=1,
    )
    presence_ends_s: int = setting(
        3600,
        "seconds after which a presence that nobody marked again ends and its calls ask again",
        least=60,
    )
    gateway_silent_s: int = setting(
        180,
        "seconds within which a gateway must be heard of; after them none of its points can call",
        least=10,
    )
    staff_proof: str = setting(
        "required",
        "how staff say who they are: required (badge or PIN) or name (touch their name)",
        choices=("required", "name"),
    )
    staff_idle_s: int = setting(120, "seconds without a touch after which a screen locks", least=5)
    staff_offline_h: float = setting(
        12.0, "hours for which a screen may check a badge or PIN by itself, hub away"
    )
    staff_tries: int = setting(
        5, "wrong badges or PINs until a person or screen is locked", least=1
    )
    staff_lock_s: int = setting(300, "seconds for which it is locked then", least=1)
    layer_open_s: int = setting(
        60, "seconds after which the bedside's private layer closes", least=5
    )
    ask_pain_h: float = setting(
        0.0, "waking hours after which a bedside asks about pain by itself; 0: never", least=0.0
    )
    ask_meal_min: float = setting(
        0.0, "minutes after a planned meal at which a bedside asks about it; 0: never", least=0.0
    )
    unmask_s: int = setting(30, "seconds for which the station shows a full name", least=5)
    audit_keep_days: int = setting(190, "days the audit is kept; at least half a year", least=183)
    alert_el1_ward_s: float = setting(
        60, "seconds after which an emergency alert asks the whole ward", least=5
    )
    alert_el1_louder_s: float = setting(180, "seconds after which it asks louder", least=5)
    alert_el1_head_s: float = setting(300, "seconds after which it asks the head nurse", least=5)
    alert_el2_senior_min: float = setting(
        10, "minutes after which an urgent alert asks the nurse in charge", least=1
    )
    alert_el2_doctor_min: float = setting(30, "minutes after which it asks for a doctor", least=1)
    alert_eld_grace_min: float = setting(
        30,
        "minutes after which what is due asks its nurse; after twice that, who is in charge",
        least=1,
    )
    alert_log_keep_days: int = setting(
        400, "days the log of alerts is kept, for rehearsals and the budget", least=1
    )
    history_keep_days: int = setting(
        400,
        "days each version of what changed on the ward is kept, as proof and for rehearsals; at "
        "least half a year",
        least=183,
    )
    his_write: str = setting(
        "nurse_call,nursing_task,observation,administration,answer,care,care_value,audit",
        "what the HIS is told, of what it says it takes, with commas; empty: nothing",
    )
    his_badge_system: str = setting(
        "", "system of the Practitioner identifier that is the badge's code; empty: none"
    )
    voice_dir: str = setting(
        "", "folder of prompts recorded by `smartward voice record`; empty: none"
    )
    corridor_sounds: str = setting(
        "staff",
        "calls a corridor sounds: none, staff (assist, emergency), high (also bathroom) or all",
        choices=("none", "staff", "high", "all"),
    )
    call_station_may_close: bool = setting(
        False, "whether a normal call may be closed from the station, with a reason"
    )
    staff_action_max_age_s: int = setting(600, "age at which a staff action returns as a question")
    answer_keep_days: int = setting(30, "days an answer and a tombstone are kept")
    closed_call_keep_h: float = setting(12.0, "hours a closed call stays on the station's replica")
    drill_at: str = setting("", "time of day at which test calls begin, as 10:30; empty: never")
    drill_days: str = setting("1", "days of the week on which they do; 1 is Monday, with commas")
    drill_limit_s: float = setting(
        5.0, "seconds that each screen has for its part of a test call", least=1, most=60
    )
    vital_sign_keep_h: float = setting(48.0, "hours of vital signs kept for the screens")
    beat_s: float = setting(1.0, "seconds between two beats of a feed", least=0.1)
    hub_urls: str = setting(
        "",
        "addresses of the ward's hubs as screens reach them, in their order, with commas; empty: "
        "only what each screen was started with",
    )
    hub_silent_s: float = setting(
        2.5, "seconds without a word after which a screen goes to the next hub", least=0.5
    )
    standby_alone_s: float = setting(
        2.0, "seconds without a word of the hub after which its standby acts alone", least=1.5
    )
    peer_fallback: bool = setting(
        False,
        "whether calls of this ward go straight to station and door while no hub answers; it opens "
        "peer_port on every station and door",
    )
    peer_port: int = setting(
        8702, "port at which stations and doors listen for such calls; 0: any", most=65535
    )
    link_stale_s: float = setting(5.0, "seconds without a beat until a screen says so", least=0.2)
    second_device_away_s: int = setting(
        600,
        "seconds without a word after which a screen's identity may be another machine's",
        least=10,
    )
    device_certificate_days: float = setting(
        30.0,
        "days a paired screen's certificate counts; it renews it at a third of them left",
        least=0.01,
        most=825,
    )
    update_mbit_s: float = setting(
        100.0,
        "megabits a second that all downloads of updates from this hub have together",
        least=0.1,
        most=100_000,
    )
    update_start: time = field(
        default=_UPDATE_START,
        metadata={"meaning": "local time from which screens may start what they have installed"},
    )
    update_end: time = field(
        default=_UPDATE_END,
        metadata={"meaning": "local time until which they may; as update_start: at any time"},
    )
    update_soak_h: float = setting(
        24.0, "hours for which a ring runs an update well before the next one gets it", most=8760
    )
    identity_max_age_s: int = setting(
        14400, "age of the last completed census past which no name is shown"
    )
    news2_window_min: int = setting(10, "minutes within which single values form one set")
    alert_rules_file: str = setting(
        "", "file of the ward's own alert rule settings, over those that ship; see smartward rules"
    )
    drip_warn_min: int = setting(10, "minutes before its end at which a drip is told")
    drip_warn_ml: int = setting(50, "millilitres left at which a drip of 250 mL or more is told")

    def ward_so_far(self) -> Ward:
        """What is known here of the ward until its document has come: no name, no shifts."""
        return Ward(
            id=self.ward,
            name="",
            zone=self.zone,
            night_start=self.night_start,
            night_end=self.night_end,
            staff_proof=self.staff_proof,
        )

    @property
    def tz(self) -> ZoneInfo:
        """The ward's time zone."""
        return ZoneInfo(self.zone)


SETTINGS = {f.name: f for f in dataclasses.fields(Settings)}


def read_file(file: Path) -> dict[str, Any]:
    """What a settings file says, unjudged. Raises Misconfigured when it cannot be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # not there, not TOML, not UTF-8
        raise Misconfigured("config.unreadable", str(error), file=str(file)) from error


def pairs(given: Iterable[str]) -> dict[str, str]:
    """The `KEY=VALUE` of a command line. Raises Misconfigured for one without `=`."""
    split = [item.partition("=") for item in given]
    for name, equals, _ in split:
        if not equals:
            raise Misconfigured("config.no_pair", setting=name)
    return {name: value for name, _, value in split}


def load(file: Path | None = None, overrides: Mapping[str, str] | None = None) -> Settings:
    """Settings from `file` (TOML) and `overrides`, the latter first.

    Raises Misconfigured, with the setting and the remedy in its text, for an unknown key, an
    unreadable file, a value of the wrong form or out of its range, and settings that disagree.
    """
    values = {} if file is None else read_file(file)
    values.update(overrides or {})
    for name in sorted(values):
        if name not in SETTINGS:
            raise Misconfigured("config.unknown_key", setting=name)
    settings = Settings(**{name: parse(SETTINGS[name], raw) for name, raw in values.items()})
    try:
        _ = settings.tz
    except (KeyError, ValueError, OSError) as error:  # OSError: a folder of zones, as "Asia"
        raise bad_value("config.no_zone", "zone", settings.zone) from error
    _agree(settings)
    return settings


def _agree(settings: Settings) -> None:
    """Of each two settings the first must be less: a step of the escalation would be skipped."""
    steps = ("call_escalate_1_s", "call_escalate_2_s", "call_escalate_3_s")
    for low, high in itertools.pairwise(steps):
        if getattr(settings, low) >= getattr(settings, high):
            raise Misconfigured("config.not_less", setting=low, other=high)


def asset(*parts: str) -> Path:
    """A file or folder of `ui/` or `resources/`, in a clone and in an installed wheel alike."""
    package = Path(__file__).resolve().parent
    inside = package.joinpath(*parts)
    if package.joinpath(parts[0]).is_dir():
        return inside
    return package.parent.joinpath(*parts)
