"""What an administrator does about badges, PINs and locks, through the hub's admin socket.

No answer and no row of the audit holds a PIN or a badge's code.
"""

import asyncio
import dataclasses
from typing import Any

from smartward import secret
from smartward.clinical.ward import StaffMember
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, identity, sessions
from smartward.hub.admin import Admin
from smartward.hub.administrator import Told
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import StaffProof, instant
from smartward.hub.store.reader import Reader

BADGE = Told("credential.badge", "staff", "person")
PIN = Told("credential.pin", "staff", "person")
UNLOCK = Told("credential.unlock", "staff", "of")
EXPORTED = Told("log.exported", "audit", "audit")
"""What the audit calls what is done here."""


def register(admin: Admin, store: Store, settings: Settings) -> None:
    """Let `admin` take the commands on staff."""
    commands = _Commands(store, settings)
    admin.handle("list_staff", commands.list)
    admin.handle("give_badge", commands.badge, BADGE)
    admin.handle("give_pin", commands.pin, PIN)
    admin.handle("unlock_staff", commands.unlock, UNLOCK)
    admin.handle("audit_exported", commands.exported)


def is_badge(proof: StaffProof) -> bool:
    """Whether this is a badge that proves its holder."""
    return proof.kind == "badge" and proof.source != "blocked"


def _lock(kind: str, subject: str, until: str) -> dict[str, str]:
    """A lock as it is listed; of a PIN that is locked at one screen only, with that screen."""
    person, at, device = subject.partition("@")
    found = {"what": kind, "id": person, "until": until}
    return {**found, "at": device} if at else found


def _has(proofs: list[StaffProof], person: str) -> dict[str, Any]:
    """What proves a person, as it is listed."""
    own = [one for one in proofs if one.person == person]
    return {"badges": sum(map(is_badge, own)), "pin": any(one.kind == "pin" for one in own)}


class _Commands:
    """The commands, on one store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._ward = settings.ward

    async def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """Everybody of the roster, and whoever left it and still has something that proves them:
        how many badges, whether a PIN; and who and which screens are locked until when."""
        return await self._store.read(self._listed)

    def _listed(self, reader: Reader) -> dict[str, Any]:
        proofs = reader.proofs()
        members = sessions.roster(reader, self._ward).members
        people = [
            {"id": one.id, "name": one.name, "role": str(one.role), **_has(proofs, one.id)}
            for one in members
        ]
        known = {one.id for one in members}
        people += [
            {"id": id, "off_roster": True, **_has(proofs, id)}
            for id in sorted({p.person for p in proofs if is_badge(p) or p.kind == "pin"} - known)
        ]
        locked = [
            _lock(kind, subject, until)
            for kind, subject, _, until in reader.tries_all()
            if until is not None and kind != identity.PACE
        ]
        return {"staff": people, "locked": locked}

    async def badge(self, request: dict[str, Any]) -> dict[str, Any]:
        """Give a person one more badge (`code`), or with `remove` take all away."""
        wanted, code = str(request["person"]), str(request.get("code") or "").strip()
        remove = bool(request.get("remove"))
        if not remove and not code:
            raise Misconfigured("staff.no_code", wanted)
        given = None if remove else code
        return await self._store.write(lambda tx: self._badge(tx, wanted, given, request))

    def _badge(
        self, tx: Tx, wanted: str, code: str | None, request: dict[str, Any]
    ) -> dict[str, Any]:
        if code is None:
            return self._take_badges(tx, self._holder(tx, wanted), request)
        member = self._person(tx, wanted)
        hash = secret.badge_hash(sessions.hub_key(tx), code)
        owner = tx.badge_owner(hash)
        if owner is not None and owner != member.id:
            raise Misconfigured("staff.badge_taken", owner, person=owner)
        if owner is None:
            proof = StaffProof(member.id, "badge", "house", hash)
            tx.proof_drop(proof)  # one that was taken away before
            tx.proof_put(proof)
            administrator.record(tx, self._ward, request, BADGE, id=member.id, done="given")
        return {"person": member.id, "added": owner is None}

    def _take_badges(self, tx: Tx, person: str, request: dict[str, Any]) -> dict[str, Any]:
        """Those the hospital system tells of stay away, though it goes on telling of them. Raises
        Misconfigured where there is none: whoever lost a badge must know that nothing was taken."""
        badges = [one for one in tx.proofs() if one.person == person and is_badge(one)]
        if not badges:
            raise Misconfigured("staff.no_badge", person, person=person)
        for badge in badges:
            tx.proof_drop(badge)
            if badge.source == "his":
                tx.proof_put(dataclasses.replace(badge, source="blocked"))
        identity.cut(tx, person)
        done = {"done": "removed", "badges": str(len(badges))}
        administrator.record(tx, self._ward, request, BADGE, id=person, **done)
        return {"person": person, "removed": len(badges)}

    async def pin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Give a person a PIN (`pin`), or with `remove` take it away."""
        wanted = str(request["person"])
        pin = None if request.get("remove") else str(request.get("pin") or "")
        fault = None if pin is None else secret.pin_fault(pin)
        if fault == "identity.pin_form":
            raise Misconfigured("identity.pin_form")
        if fault is not None:
            raise Misconfigured("identity.pin_trivial")
        hash = None if pin is None else await asyncio.to_thread(secret.hash_pin, pin)
        return await self._store.write(lambda tx: self._pin(tx, wanted, hash, request))

    def _pin(
        self, tx: Tx, wanted: str, hash: str | None, request: dict[str, Any]
    ) -> dict[str, Any]:
        person = self._holder(tx, wanted) if hash is None else self._person(tx, wanted).id
        had = tx.proofs_drop(person, "pin")
        if hash is None and not had:
            raise Misconfigured("staff.no_pin", person, person=person)
        if had:
            identity.cut(tx, person)
        if hash is not None:
            tx.proof_put(StaffProof(person, "pin", "house", hash.encode()))
        done = "removed" if hash is None else "given"
        administrator.record(tx, self._ward, request, PIN, id=person, done=done)
        return {"person": person, "pin": hash is not None}

    async def unlock(self, request: dict[str, Any]) -> dict[str, Any]:
        """Lift every lock of a person or of a screen."""
        return await self._store.write(lambda tx: self._unlock(tx, str(request["of"]), request))

    def _unlock(self, tx: Tx, wanted: str, request: dict[str, Any]) -> dict[str, Any]:
        tries = tx.tries_all()
        subjects = {part for _, subject, _, _ in tries for part in subject.split("@")}
        subject = wanted if wanted in subjects else self._person(tx, wanted).id
        lifted = [
            kind
            for kind, of, _, until in tries
            if subject in of.split("@")
            and tx.tries_clear(kind, of)
            and until is not None
            and until > instant(tx.now)
        ]
        lifted = sorted(set(lifted) - {identity.PACE})
        of = ", ".join(lifted)
        administrator.record(tx, self._ward, request, UNLOCK, id=subject, lifted=of)
        return {"of": subject, "lifted": lifted}

    async def exported(self, request: dict[str, Any]) -> dict[str, Any]:
        """Somebody who may read the hub's file took the audit out of it."""
        await self._store.write(
            lambda tx: administrator.record(tx, self._ward, request, EXPORTED, id="audit")
        )
        return {}

    def _holder(self, reader: Reader, wanted: str) -> str:
        """The id of somebody from whom something is taken: they may have left the roster, and what
        proves them must not wait there for their return."""
        if any(one.person == wanted for one in reader.proofs()):
            return wanted
        return self._person(reader, wanted).id

    def _person(self, reader: Reader, wanted: str) -> StaffMember:
        """Somebody of the roster by id or by name. Raises Misconfigured with the remedy."""
        members = sessions.roster(reader, self._ward).members
        found = [one for one in members if one.id == wanted]
        found = found or [one for one in members if one.name == wanted]
        if len(found) > 1:
            ids = ", ".join(one.id for one in found)
            raise Misconfigured("staff.ambiguous", wanted, person=wanted, ids=ids)
        if not found:
            key = "staff.unknown" if members else "staff.no_roster"
            raise Misconfigured(key, wanted, person=wanted)
        return found[0]
