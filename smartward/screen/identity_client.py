"""Asks the hub whose a badge or PIN is; while it is away, what it has told this screen before."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from smartward.clinical.ward import Roster, Ward
from smartward.clock import Clock
from smartward.screen.link import LinkState, Phase
from smartward.screen.offline_proof import OfflineProofs
from smartward.screen.replica import Replica
from smartward.screen.who_acts import NotProved, Proved, shift_end
from smartward.tasks import Tasks
from smartward.wire.envelope import Identified, Identify

log = logging.getLogger("smartward.screen.identity_client")

PATH = "/staff/identify"
_OK, _FORBIDDEN = 200, 403
_AWAY = (Phase.STALE, Phase.OFFLINE)
_OUTCAST = {
    Phase.NOT_ENROLLED: "screen.link.not_enrolled",
    Phase.WRONG_PLACE: "who.wrong_role",
    Phase.BLOCKED: "right_bed.page.other",
}
_UNKNOWN = ("identity.refused.badge", "identity.refused.wristband", "identity.refused.pin")
_OFF_ROSTER = "identity.refused.off_roster"
_NO_ANSWER = NotProved("who.no_answer")

Post = Callable[[str, bytes], Awaitable[tuple[int, bytes] | None]]
"""Posts a body to a path of the hub: status and answer, None when it was not reached."""


class Refusal(msgspec.Struct):
    """The hub's words with 403."""

    error: str
    values: dict[str, str | int] = {}


class IdentityClient:
    """The prover of a screen with a hub."""

    def __init__(
        self,
        *,
        post: Post,
        proofs: OfflineProofs,
        replica: Replica,
        link: LinkState,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._post = post
        self._proofs = proofs
        self._replica = replica
        self._link = link
        self._clock = clock
        self._tasks = tasks

    def prove(self, ask: Identify, told: Callable[[Proved | NotProved], None]) -> None:
        """Find out; `told` is called once with what it is."""
        self._tasks.spawn(self._prove(ask, told), "identify")

    async def _prove(self, ask: Identify, told: Callable[[Proved | NotProved], None]) -> None:
        answer: Proved | NotProved = _NO_ANSWER
        try:
            answer = await self._answer(ask)
        finally:
            told(answer)

    async def _answer(self, ask: Identify) -> Proved | NotProved:
        if self._link.phase in _OUTCAST:
            await self._proofs.forget()
            return NotProved(_OUTCAST[self._link.phase])
        if self._link.phase in _AWAY and (known := await self._offline(ask)) is not None:
            return known
        was_away = self._link.phase in _AWAY
        answer = await self._online(ask)
        if answer is not None:
            return answer
        if self._link.live:
            # It was heard a moment ago: should it be gone, the link will say so soon.
            return _NO_ANSWER
        known = None if was_away else await self._offline(ask)
        return known if known is not None else NotProved("who.no_hub")

    async def _online(self, ask: Identify) -> Proved | NotProved | None:
        """What the hub says; None when it was not reached."""
        reply = await self._post(PATH, msgspec.json.encode(ask))
        if reply is None:
            return None
        status, body = reply
        try:
            if status == _OK:
                found = msgspec.json.decode(body, type=Identified)
                # The person need not wait for the slow hash.
                keep = self._proofs.keep(ask, found, self._hub_now())
                self._tasks.spawn(keep, "keep a proof")
                return Proved(found.person, found.until)
            if status == _FORBIDDEN:
                refusal = msgspec.json.decode(body, type=Refusal)
                if refusal.error == _OFF_ROSTER and ask.staff_id is not None:
                    await self._proofs.forget(ask.staff_id)
                elif refusal.error in _UNKNOWN:
                    self._tasks.spawn(self._proofs.refused(ask), "forget a proof")
                return NotProved(refusal.error, refusal.values)
        except msgspec.DecodeError:
            log.error("the hub's answer to a proof cannot be read")
            return _NO_ANSWER
        log.error("the hub answered a proof with status %d", status)
        return _NO_ANSWER

    async def _offline(self, ask: Identify) -> Proved | NotProved | None:
        now = self._hub_now()
        found = await self._proofs.check(ask, now)
        if isinstance(found, Proved):
            roster = self._replica.one("roster", Roster)
            members = () if roster is None else roster.members
            if all(member.id != found.person.id for member in members):
                return NotProved(_OFF_ROSTER)
            ward = self._replica.one("ward", Ward)
            if ward is not None:
                # As with the hub's own sessions: not beyond the shift in which it began.
                return Proved(found.person, min(found.until, shift_end(ward, now)))
        return found

    def _hub_now(self) -> datetime:
        return self._link.hub_now(self._clock.now())
