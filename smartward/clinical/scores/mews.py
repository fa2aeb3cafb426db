"""MEWS, the Modified Early Warning Score: bands as data, since hospitals have different tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from smartward.clinical.observation import Parameter

SOURCE = "Subbe CP et al., Validation of a modified Early Warning Score, QJM 2001;94:521-526"

HIGH_FROM = 5
"""Points; many hospitals act from 3 to 5."""

Band = tuple[str | None, bool, int]
"""Upper edge (None: no edge), whether the edge itself belongs to it, its points."""


@dataclass(frozen=True, slots=True)
class MewsTable:
    """One hospital's table: bands from the lowest up, and points by code of consciousness."""

    bands: Mapping[Parameter, tuple[Band, ...]]
    consciousness: Mapping[str, int]


SUBBE = MewsTable(
    bands={
        Parameter.SYSTOLIC: (
            *(("70", True, 3), ("80", True, 2), ("100", True, 1), ("200", False, 0)),
            (None, False, 2),
        ),
        # The printed table leaves out a pulse of 40: it is taken to score 2.
        Parameter.HEART_RATE: (
            *(("40", True, 2), ("50", True, 1), ("100", True, 0), ("110", True, 1)),
            *(("130", False, 2), (None, False, 3)),
        ),
        Parameter.RESPIRATORY_RATE: (
            *(("9", False, 2), ("14", True, 0), ("20", True, 1), ("30", False, 2)),
            (None, False, 3),
        ),
        Parameter.TEMPERATURE: (("35", False, 2), ("38.5", False, 0), (None, False, 2)),
    },
    # C, new confusion, is no letter of AVPU: such a patient is awake but not alert, as V.
    consciousness={"A": 0, "C": 1, "V": 1, "P": 2, "U": 3},
)
"""The published variant with SBP, pulse, breathing, temperature and AVPU."""


@dataclass(frozen=True, slots=True)
class MewsScore:
    """A total with its parts, or what is missing for one; what is missing is never zero."""

    total: int | None
    parts: Mapping[Parameter, int]
    missing: tuple[Parameter, ...] = ()


def mews(
    numbers: Mapping[Parameter, float | None],
    consciousness: str | None,
    table: MewsTable = SUBBE,
) -> MewsScore:
    """The score by a table. Raises ValueError for a number that is not finite or a code that the
    table does not have."""
    parts: dict[Parameter, int] = {}
    missing = []
    for parameter, bands in table.bands.items():
        value = numbers.get(parameter)
        if value is None:
            missing.append(parameter)
        elif isfinite(value):
            parts[parameter] = _points(Decimal(str(value)), bands)
        else:
            raise ValueError(f"MEWS cannot score a {parameter} of {value!r}")
    if consciousness is None:
        missing.append(Parameter.CONSCIOUSNESS)
    elif consciousness in table.consciousness:
        parts[Parameter.CONSCIOUSNESS] = table.consciousness[consciousness]
    else:
        raise ValueError(f"MEWS knows no consciousness {consciousness!r}")
    return MewsScore(None if missing else sum(parts.values()), parts, tuple(missing))


def _points(value: Decimal, bands: tuple[Band, ...]) -> int:
    return next(
        points
        for edge, included, points in bands
        if edge is None or value < Decimal(edge) or (included and value == Decimal(edge))
    )
