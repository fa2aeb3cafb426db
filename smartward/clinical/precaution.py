"""Six fixed precaution slots: present, absent by evidence, or not assessed."""

from collections.abc import Iterable

from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.clinical.words import Wording

_ALL = tuple(PrecautionSlot)


def slots(precautions: Iterable[Precaution]) -> tuple[Precaution, ...]:
    """All six slots in their fixed order.

    What nobody told is *not assessed*, never absent. Of several findings for one slot *present*
    wins over *absent*, and that over *not assessed*; the details of those that win are joined.
    """
    told = tuple(precautions)
    if tuple(precaution.slot for precaution in told) == _ALL:
        return told
    return tuple(_one(slot, [p for p in told if p.slot is slot]) for slot in PrecautionSlot)


def _one(slot: PrecautionSlot, told: list[Precaution]) -> Precaution:
    for state in (Assessment.PRESENT, Assessment.ABSENT):
        same = [precaution for precaution in told if precaution.state is state]
        if same:
            return _joined(slot, state, same)
    return Precaution(slot=slot, state=Assessment.NOT_ASSESSED)


def _joined(slot: PrecautionSlot, state: Assessment, same: list[Precaution]) -> Precaution:
    return Precaution(
        slot=slot,
        state=state,
        wording=_wording([p.wording for p in same if p.wording is not None]),
        protection=tuple(dict.fromkeys(key for p in same for key in p.protection)),
        since=min((p.since for p in same if p.since is not None), default=None),
    )


def _wording(wordings: list[Wording]) -> Wording | None:
    """The HIS's words side by side; of the catalogue's the first, they do not combine."""
    ours = next((wording for wording in wordings if wording.his is None), None)
    if ours is not None or not wordings:
        return ours
    return Wording(his=" · ".join(dict.fromkeys(w.his for w in wordings if w.his is not None)))
