"""What a picture of a screen may hold, that somebody takes from its cache: nothing of a person.

Such a picture proves that the cache is read and the page drawn; it leaves the device as a file that
no rule follows any more. Kinds are listed, so that a new one is on no picture until it is.
"""

from collections.abc import Iterable, Iterator

import msgspec

from smartward.clinical.bed import BedStatus
from smartward.wire.envelope import Document

OF_NOBODY = frozenset(
    {
        *("ward", "screen", "his_link", "write_link", "call_point", "masking"),
        *("care_intervals", "peer_terms", "peer_key", "peer_way", "drill", "night_hours"),
    }
)


def without_persons(documents: Iterable[Document]) -> Iterator[Document]:
    """Of these documents the ones that tell of no person; every bed is drawn as if it were free."""
    for document in documents:
        if document.kind in OF_NOBODY:
            yield document
        elif document.kind == "bed":
            bed = msgspec.json.decode(document.body)
            bed |= {"occupants": [], "status": BedStatus.UNOCCUPIED}
            bed |= {name: None for name in ("conflict", "reserved_from") if name in bed}
            # Both tell of whoever lies there: one who is protected, one who is not known for sure.
            bed |= {name: False for name in ("silent", "doubtful") if name in bed}
            yield msgspec.structs.replace(document, body=msgspec.Raw(msgspec.json.encode(bed)))
