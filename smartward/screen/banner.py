"""What a screen says of its two links, and whether a name may still be shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.config import Settings
from smartward.i18n import Catalogue
from smartward.screen.link import LinkState, Phase

_NO_NAME = frozenset(
    {
        *(Phase.STARTING, Phase.CONNECTING),
        *(Phase.WRONG_PLACE, Phase.NOT_ENROLLED, Phase.BLOCKED),
    }
)
"""Phases in which no name is shown: a screen that was off may hold who lay here before, and the hub
is about to say who does now. Where none answers, what was kept is shown."""

_ALONE = frozenset({"alone", "handing_over"})
"""What the standby hub says while it stands for the ward's hub."""

_AHEAD = timedelta(seconds=60)
"""A census dated further ahead than this is doubtful, not fresh."""


@dataclass(frozen=True, slots=True)
class Banner:
    """`kind` is the broken link (`hub`, also where that cannot store, `his`, `standby` where the
    standby hub stands for the hub, or empty) and `text` names it and since when."""

    kind: str = ""
    text: str = ""
    as_of: str = ""
    identity_current: bool = False


def his_age(link: LinkState, now: datetime) -> timedelta | None:
    """How long ago the last completed census was, None when there was none."""
    return None if link.his_as_of is None else link.hub_now(now) - link.his_as_of


def identity_current(link: LinkState, settings: Settings, now: datetime) -> bool:
    """Whether a census confirmed who lies here within `identity_max_age_s`.

    A wrong name is worse than none: without a census, with a clock that cannot be or that may
    have stood still while the power was off, no name.
    """
    age = his_age(link, now)
    if age is None or link.phase in _NO_NAME:
        return False
    if not link.clock_known():
        return False
    return -_AHEAD <= age <= timedelta(seconds=settings.identity_max_age_s)


def banner(
    link: LinkState, settings: Settings, texts: Catalogue, now: datetime, role: str
) -> Banner:
    """Everything about the links, rendered. `role`: as what this screen was started."""
    if link.his_as_of is None:
        as_of = texts.text("screen.no_his_data")
    else:
        as_of = texts.text("screen.data_as_of", at=_moment(link.his_as_of, texts, now))
    kind, text = _broken(link, settings, texts, now, role)
    return Banner(kind, text, as_of, identity_current(link, settings, now))


def _broken(
    link: LinkState, settings: Settings, texts: Catalogue, now: datetime, role: str
) -> tuple[str, str]:
    if link.phase is Phase.NOT_ENROLLED:
        return "hub", texts.text("screen.link.not_enrolled")
    if link.phase is Phase.WRONG_PLACE:
        enrolled, started = (
            texts.text(f"station.screen.role.{each}") for each in (link.enrolled_as, role)
        )
        return "hub", texts.text("screen.link.wrong_place", enrolled=enrolled, started=started)
    if link.phase is Phase.BLOCKED:
        return "hub", ""  # the page itself says it
    if not link.told_of_calls:
        return "hub", _hub_lost(link, texts, now)
    age = his_age(link, now)
    if link.standby in _ALONE:
        return "standby", _standby(link, texts, now)
    if link.his_as_of is None or age is None:
        return "his", texts.text("screen.no_his_data")
    if age.total_seconds() > settings.his_late_s or not link.his_up:
        return "his", texts.text("screen.link.his_late", at=_moment(link.his_as_of, texts, now))
    return "", ""


def _standby(link: LinkState, texts: Catalogue, now: datetime) -> str:
    """The standby hub stands for the ward's: it never hears the hospital system."""
    told = texts.text("screen.link.standby")
    if link.his_as_of is None:
        return f"{told} {texts.text('screen.no_his_data')}"
    return f"{told} {texts.text('screen.link.his_late', at=_moment(link.his_as_of, texts, now))}"


def _hub_lost(link: LinkState, texts: Catalogue, now: datetime) -> str:
    if link.live:
        return texts.text("screen.link.cannot_store")
    lost = _since(link, texts, now)
    if not link.refused:
        return lost
    why = texts.text(link.refused, **link.refused_values)
    return why if link.last_heard is None else f"{why} {lost}"


def _since(link: LinkState, texts: Catalogue, now: datetime) -> str:
    if link.last_heard is None:
        return texts.text("screen.link.never")
    heard = _moment(link.last_heard, texts, now)
    if link.lost_at is None:
        return texts.text("screen.link.connecting", at=heard)
    return texts.text("screen.link.lost", since=_moment(link.lost_at, texts, now), at=heard)


def _moment(moment: datetime, texts: Catalogue, now: datetime) -> str:
    """HH:MM today; with its day when it was another day."""
    if texts.local(moment).date() == texts.local(now).date():
        return texts.time(moment)
    return texts.text("screen.day_and_time", day=texts.date(moment), time=texts.time(moment))
