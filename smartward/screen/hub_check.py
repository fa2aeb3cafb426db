"""What a screen is to its hub, seen from the screen: certificate, address, clock, a test call."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
from cryptography import x509

from smartward import wrapping
from smartward.clinical.device import ScreenRole
from smartward.clinical.device_check import CheckLine, fault, ok, untested
from smartward.clinical.words import Value
from smartward.clock import Clock
from smartward.errors import Refused, SmartWardError
from smartward.screen.hub_address import Hub
from smartward.wire.own_test import PATH, OwnTest, OwnTestAsk

SKEW_MOST_S = 5.0
"""A touch of a device that is further off the hub's clock is marked as estimated."""
_LOOK_S = 0.25
_LONGEST_S = 130.0
"""Above what a bed's screens have together: the hub gives each of two stages `drill_limit_s`, of 5
and at most 60 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the hub said, and how far its clock is from ours."""

    hub: OwnTest
    skew_s: float
    """Ours minus the hub's, as if the way there took as long as the way back."""
    way_s: float
    """The way there and back: the clocks may differ by half of it more, or less."""


async def seen(hub: Hub, clock: Clock) -> Seen | CheckLine:
    """Ask the hub what this screen is; the line of why it did not say."""
    try:
        async with hub.client() as client:
            began, sent_at = clock.monotonic(), clock.now()
            told = await _ask(client, begin=False)
            way_s = clock.monotonic() - began
    except (httpx.HTTPError, OSError) as error:
        return _away("hub", hub, error)
    except SmartWardError as error:
        return fault("hub", "hub_refuses", url=hub.url, why=error.detail or error.key)
    ours = sent_at + timedelta(seconds=way_s / 2)
    return Seen(hub=told, skew_s=(ours - told.now).total_seconds(), way_s=way_s)


async def call_through(hub: Hub, clock: Clock) -> CheckLine:
    """A silent test call from this screen's running program, over the road of a patient's call."""
    try:
        async with hub.client() as client:
            told = await _ask(client, begin=True)
            until = clock.monotonic() + _LONGEST_S
            while told.state == "running" and clock.monotonic() < until:
                await clock.sleep(_LOOK_S)
                told = await _ask(client, begin=False)
    except (httpx.HTTPError, OSError, SmartWardError) as error:
        return _away("call", hub, error)
    if told.state == "refused":
        return untested("call", "call_refused", why=told.why)
    if told.state != "done" or told.faults:
        return fault("call", "call_failed", faults=",".join(told.faults) or "interrupted")
    legs = {name: told.legs.get(name, 0) for name in ("reach", "send", "show", "whole")}
    return ok("call", "call", **legs)


def _away(what: str, hub: Hub, error: Exception) -> CheckLine:
    files = (hub.ca,) if isinstance(hub.ca, Path) else hub.ca
    ca = "".join(f" --cacert {file}" for file in files[:1])
    why = str(error) or type(error).__name__
    return fault(what, "hub_away", url=hub.url, why=why, ca=ca)


async def _ask(client: httpx.AsyncClient, *, begin: bool) -> OwnTest:
    answer = await client.post(PATH, content=msgspec.json.encode(OwnTestAsk(begin=begin)))
    if answer.status_code != httpx.codes.OK:
        said = answer.text[:200]
        raise Refused("check.hub_refuses", f"{answer.status_code} {said}")
    try:
        return msgspec.json.decode(answer.content, type=OwnTest)
    except msgspec.DecodeError as error:
        raise Refused("check.hub_refuses", f"no answer of a hub: {error}") from error


def hub_line(hub: Hub, found: Seen) -> CheckLine:
    """The hub was reached, and which screen it takes this one for."""
    told = found.hub
    values: dict[str, Value] = {"url": hub.url, "ward": told.ward, "role": told.role.value}
    if told.label:
        return ok("hub", "hub", **values, place=told.label)
    return ok("hub", "hub_placeless", **values)


def clock_line(found: Seen) -> CheckLine:
    """How far this machine's clock is from the hub's, where a slow answer does not hide it."""
    # Never "-0.0".
    skew, doubt_s = round(found.skew_s, 1) + 0.0, found.way_s / 2
    if abs(found.skew_s) > SKEW_MOST_S + doubt_s:
        return fault("clock", "clock_wrong", s=skew, most=SKEW_MOST_S)
    if abs(found.skew_s) > SKEW_MOST_S - doubt_s:
        return untested("clock", "clock_hidden", s=round(found.way_s, 1))
    return ok("clock", "clock", s=skew)


def place_line(found: Seen, expected: str) -> CheckLine:
    """Whether it is the screen of the place that whoever stands before it says."""
    told = found.hub
    label = told.label or told.place
    if not label and told.role not in (ScreenRole.STATION, ScreenRole.CORRIDOR):
        return fault("place", "no_place")
    if not label and expected:
        return fault("place", "not_of_a_bed", role=told.role.value, expected=expected)
    if not label:
        return ok("place", "placeless", role=told.role.value)
    if expected and expected != label:
        return fault("place", "wrong_place", place=label, expected=expected)
    return ok("place", "place" if expected else "place_told", place=label)


def certificate_line(file: Path | None, now: datetime) -> CheckLine:
    """Until when the hub believes this device."""
    if file is None:
        return untested("certificate", "no_certificate")
    try:
        found = x509.load_pem_x509_certificate(wrapping.read(file))
    except (OSError, ValueError) as error:
        return fault("certificate", "certificate_bad", file=file.name, why=str(error))
    until = found.not_valid_after_utc
    day = f"{until:%Y-%m-%d %H:%M}Z"
    if not found.not_valid_before_utc <= now < until:
        return fault("certificate", "certificate_over", until=day)
    return ok("certificate", "certificate", until=day, serial=f"{found.serial_number:x}"[-12:])


async def _first(hub: Hub, clock: Clock) -> tuple[Hub, Seen | CheckLine]:
    """The first of the ward's hubs, in their order, that says what this screen is; where none does,
    the first with its line of why."""
    failed: tuple[Hub, CheckLine] | None = None
    for url in dict.fromkeys((hub.url, *hub.others)):
        one = hub.at(url)
        found = await seen(one, clock)
        if isinstance(found, Seen):
            return one, found
        failed = failed or (one, found)
    assert failed is not None  # one address at least
    return failed


async def all_of(
    hub: Hub, clock: Clock, expected: str, *, call: bool
) -> tuple[OwnTest | None, list[CheckLine]]:
    """What the hub knows of this screen, and lines of hub, place, clock and test call."""
    hub, found = await _first(hub, clock)
    if isinstance(found, CheckLine):
        return None, [found, *(untested(what, "no_hub") for what in ("place", "clock", "call"))]
    lines = [hub_line(hub, found), place_line(found, expected), clock_line(found)]
    last = await call_through(hub, clock) if call else untested("call", "left_out")
    return found.hub, [*lines, last]


def ask_hub(
    hub: Hub, clock: Clock, expected: str, *, call: bool
) -> tuple[OwnTest | None, list[CheckLine]]:
    """`all_of`, for a program that has no loop."""
    return asyncio.run(all_of(hub, clock, expected, call=call))
