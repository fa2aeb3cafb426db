"""Changing what of a name each place may show: by the privacy officer or the head nurse at a
station, or by whoever administers the hub. Everybody says why, and the audit tells of it."""

from typing import Any

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.name_policy import DEFAULTS, NamePlace, NamePolicy, NameRule, choices
from smartward.clinical.ward import StaffRole
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured
from smartward.hub import administrator, audit, sessions
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.admin import Admin
from smartward.hub.administrator import Told
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.wire.envelope import ActionKind

KIND = ID = "masking"

_PLACES = frozenset(str(place) for place in NamePlace)

MAY_CHOOSE = frozenset({StaffRole.PRIVACY_OFFICER, StaffRole.HEAD_NURSE})
"""Whose task it is, by the ward's roster."""


def policy_of(reader: Reader, ward: str) -> NamePolicy:
    """The policy of a ward; the defaults before anybody chose."""
    stored = reader.get(ward, KIND, ID)
    return NamePolicy() if stored is None else decode(stored.body, NamePolicy)


def _choose(tx: Tx, ward: str, place: NamePlace, rule: NameRule, by: Actor) -> None:
    policy = policy_of(tx, ward)
    if policy.rules.get(place) is not rule:
        tx.put(ward, KIND, ID, policy.with_rule(place, rule, by, tx.now))


# ---------------------------------------------------------------------- at a station


def _set(request: Request) -> Done:
    try:
        place, rule = NamePlace(request.text("place")), NameRule(request.text("rule"))
    except ValueError as error:
        raise BadData("action.bad_request", f"masking.set: {error}") from error
    if not _may_choose(request):
        return Done("refused", "masking.not_yours")
    if not str(request.action.data.get("why") or "").strip():
        return Done("refused", "masking.no_why")
    if rule not in choices(place):
        return Done("refused", "masking.never")
    _choose(request.tx, request.ward, place, rule, request.by)
    stored = request.tx.get(request.ward, KIND, ID)
    return Done(seq=None if stored is None else stored.seq)


def _may_choose(request: Request) -> bool:
    person = request.by.person_id
    member = None if person is None else sessions.member_of(request.tx, request.ward, person)
    return member is not None and member.role in MAY_CHOOSE


RULES: dict[str, Rule] = {ActionKind.MASKING_SET: Rule(_set, staff=True)}


# ---------------------------------------------------------------------- at the admin socket


def register(admin: Admin, store: Store, settings: Settings) -> None:
    """Let `admin` take the commands on names: `masking_show` and `masking_set`."""
    ward = settings.ward

    async def show(request: dict[str, Any]) -> dict[str, Any]:
        policy = await store.read(lambda reader: policy_of(reader, ward))
        return {"rules": {place: policy.rule(place) for place in NamePlace}}

    async def choose(request: dict[str, Any]) -> dict[str, Any]:
        return await store.write(lambda tx: _choose_as_admin(tx, ward, request))

    admin.handle("masking_show", show)
    admin.handle("masking_set", choose, Told(ActionKind.MASKING_SET, KIND, "place", _PLACES))


def _choose_as_admin(tx: Tx, ward: str, request: dict[str, Any]) -> dict[str, Any]:
    """Raises Misconfigured for a place, rule or reason that is none."""
    place = read_place(str(request.get("place")))
    rule = read_rule(place, str(request.get("rule")))
    why = str(request.get("why") or "").strip()
    if not why:
        raise Misconfigured("masking.no_why")
    by = administrator.asking(request)
    tx.origin("admin", None, None)
    _choose(tx, ward, place, rule, by)
    about = About(kind=KIND, id=ID, why=why, detail={"place": place, "rule": rule})
    audit.record(tx, ward, by, ActionKind.MASKING_SET, about)
    return {"place": place, "rule": rule, "default": DEFAULTS[place]}


def read_place(text: str) -> NamePlace:
    """A place by its name. Raises Misconfigured with the names there are."""
    try:
        return NamePlace(text)
    except ValueError as error:
        places = ", ".join(NamePlace)
        raise Misconfigured("masking.no_place", text, place=text, places=places) from error


def read_rule(place: NamePlace, text: str) -> NameRule:
    """A rule that may be chosen for a place. Raises Misconfigured with those there are."""
    for rule in choices(place):
        if rule == text:
            return rule
    rules = ", ".join(choices(place))
    raise Misconfigured("masking.no_rule", text, rule=text, place=place, rules=rules)
