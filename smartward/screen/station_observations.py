"""Whose observations are typed at a station: two identifiers, orders, what was measured before."""

from smartward.clinical.encounter import Encounter
from smartward.clinical.news2 import exclusion
from smartward.clinical.observation_entry import ObservationEntry, current
from smartward.screen.observation_pad_draft import PadPatient
from smartward.screen.station_desk import Desk
from smartward.screen.station_names import sheet_name


def pad_patient(desk: Desk, stay_id: str) -> PadPatient | None:
    """The patient of a stay; None where nobody is, or nothing may be told of them."""
    state, words = desk.ward_state, desk.words
    stay = state.encounters.get(stay_id)
    if stay is None or stay_id in state.silences or desk.near.hidden:
        return None
    bed = state.bed_of_encounter(stay_id)
    known = identifiers(desk, stay)
    return PadPatient(
        stay_id=stay_id,
        place=words.text("tasks.no_bed") if bed is None else words.text("bed", bed=bed.number),
        who=" · ".join(known),
        check=words.text("tasks.check" if len(known) > 1 else "tasks.check_wristband"),
        scale=stay.news2.scale,
        exclusion=exclusion(stay, desk.hub_now()),
        every_min=stay.news2.interval_min,
        signs=state.vital_signs(stay_id),
        entry=_own_entry(desk, stay_id),
    )


def identifiers(desk: Desk, stay: Encounter) -> list[str]:
    """Name, number and date of birth, as far as they are known."""
    words, number, born = desk.words, stay.patient.identifier, stay.patient.birth_date
    full = desk.near.full(stay.id, desk.hub_now())
    told = (
        sheet_name(desk.ward_state, stay, words, full=full),
        words.text("sheet.identifier", number=number) if number else "",
        words.text("tasks.born", at=born) if born else "",
    )
    return [one for one in told if one]


def _own_entry(desk: Desk, stay_id: str) -> ObservationEntry | None:
    """The last set of this stay that whoever is known here entered, and that stands."""
    person = desk.person
    if person is None or person.id is None:
        return None
    mine = [
        one
        for one in desk.ward_state.entries.values()
        if one.encounter_id == stay_id
        and any(sign.by.person_id == person.id for sign in current(one))
    ]
    return max(mine, key=lambda one: (one.taken_at, one.id), default=None)
