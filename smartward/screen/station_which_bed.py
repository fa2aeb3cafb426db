"""A call that may come from one of several beds: two devices had one identity, or one was moved."""

from smartward.clinical.nurse_call import NurseCall
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words


def which_bed(state: WardState, call: NurseCall, words: Words) -> str:
    """Between which beds whoever goes must choose, for they look at each; empty where the bed is
    certain."""
    if not call.other_beds:
        return ""
    bed = state.beds.get(call.bed_id)
    here = bed.number if bed is not None else words.text("no_bed")
    others = [state.beds[id].number for id in call.other_beds if id in state.beds]
    if len(others) < len(call.other_beds):
        named = words.listed([here, *others])
        return words.catalogue.text("right_bed.call.unknown", here=named)
    beds = words.listed(others)
    return words.catalogue.text("right_bed.call.two", here=here, beds=beds)
