"""What happens to generated patients: courses that end in an event, and stories that settle.

Shapes are pieces of straight lines over the course's length, drawn after what was published of the
hours before an event; they are generated, not taken from patients.
- Antecedents: most arrests and unplanned moves to intensive care have abnormal signs in the 8 h
  before (Schein et al., Chest 1990;98:1388-92; Kause et al., ACADEMIA, Resuscitation
  2004;62:275-82; Andersen et al., Resuscitation 2016;98:112-7), breathing rate among the first
  (Churpek et al., Chest 2012;141:1170-6); some have none, which `embolism` and the fast courses
  stand for.
- Sepsis: Singer et al., JAMA 2016;315:801-10; the old have less fever. Blood loss: the classes of
  ATLS, 10th edition; pulse before pressure, less of it under a beta blocker. Opioids: Lee et al.,
  Anesthesiology 2015;122:659-65. Low glucose: JBDS, Hospital Management of Hypoglycaemia, 2018.
- Stories: fever without infection is common after operations (Narayan and Medinilla, Emerg Med Clin
  North Am 2013;31:1045-58); low saturations by night and after operations come and go (Sun et al.,
  Anesth Analg 2015;121:709-15).
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

Line = tuple[tuple[float, float], ...]
"""Points (share of the course that is over, value), in order; straight between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far each sign moves (rr, spo2, hr, sys, t), and what the mind does: (share, code of
    ACVPU). `slow` and `fast`: hours from the first change to the event. `glucose` is in mmol/L,
    `poss` a sedation score, `haemoglobin` in g/L: what they are moved by or to."""

    name: str
    slow: tuple[float, float]
    fast: tuple[float, float]
    signs: Mapping[str, Line]
    mind: tuple[tuple[float, str], ...] = ()
    glucose_to: Line = ()
    poss: Line = ()
    haemoglobin: Line = ()
    pain: Line = ()
    felt: float | None = None
    """From this share on the patient feels it and may call; None: never."""
    wants: frozenset[str] = frozenset()
    """It comes only to somebody with one of these traits; empty: to anybody."""
    settles: bool = False
    """A story: it is over by itself, and nothing was wrong."""
    icu: float = field(default=0.6)
    """Share of events after which the patient is taken to intensive care."""


COURSES: tuple[Course, ...] = (
    Course(
        name="sepsis",
        slow=(8, 24),
        fast=(3, 7),
        felt=0.6,
        signs={
            "hr": ((0, 0), (0.3, 14), (0.6, 26), (1, 42)),
            "t": ((0, 0), (0.15, 0.5), (0.4, 1.6), (0.8, 2.2), (1, 1.9)),
            "rr": ((0, 0), (0.2, 2), (0.6, 7), (1, 13)),
            "spo2": ((0, 0), (0.4, -1), (0.7, -3), (1, -6)),
            "sys": ((0, 0), (0.4, -5), (0.7, -22), (1, -46)),
        },
        mind=((0.82, "C"),),
    ),
    Course(
        name="respiratory_failure",
        slow=(5, 18),
        fast=(1, 3.5),
        felt=0.45,
        signs={
            "rr": ((0, 0), (0.25, 4), (0.6, 10), (1, 18)),
            "spo2": ((0, 0), (0.3, -2), (0.6, -5), (1, -13)),
            "hr": ((0, 0), (0.4, 10), (1, 32)),
            "sys": ((0, 0), (0.7, 12), (1, -4)),
            "t": ((0, 0), (0.4, 0.5), (1, 0.7)),
        },
        mind=((0.88, "C"),),
    ),
    Course(
        name="haemorrhage",
        slow=(3, 9),
        fast=(0.7, 2.2),
        felt=0.5,
        signs={
            "hr": ((0, 0), (0.25, 12), (0.55, 28), (1, 56)),
            "sys": ((0, 0), (0.4, -6), (0.7, -27), (1, -58)),
            "rr": ((0, 0), (0.4, 3), (1, 13)),
            "spo2": ((0, 0), (0.6, -1), (1, -3)),
            "t": ((0, 0), (1, -0.5)),
        },
        mind=((0.88, "C"),),
        haemoglobin=((0, 0), (0.5, -25), (1, -60)),
        wants=frozenset({"post_op", "acute"}),
    ),
    Course(
        name="opioid_sedation",
        slow=(2.5, 6),
        fast=(0.8, 2),
        signs={
            "rr": ((0, 0), (0.3, -3), (0.7, -7.5), (1, -11.5)),
            "spo2": ((0, 0), (0.35, -2), (0.65, -6), (1, -16)),
            "hr": ((0, 0), (1, -12)),
            "sys": ((0, 0), (1, -18)),
        },
        mind=((0.6, "V"), (0.9, "P")),
        poss=((0, 1), (0.3, 2), (0.5, 3), (0.75, 4), (1, 4)),
        wants=frozenset({"opioid"}),
    ),
    Course(
        name="hypoglycaemia",
        slow=(2, 5),
        fast=(0.8, 1.8),
        felt=0.4,
        signs={
            "hr": ((0, 0), (0.4, 10), (1, 24)),
            "sys": ((0, 0), (0.5, 10), (1, 14)),
            "rr": ((0, 0), (1, 3)),
            "t": ((0, 0), (1, -0.4)),
        },
        mind=((0.62, "C"), (0.88, "V")),
        glucose_to=((0, 7.0), (0.35, 3.9), (0.6, 3.0), (1, 1.9)),
        wants=frozenset({"diabetes"}),
        icu=0.1,
    ),
    Course(
        name="fast_arrhythmia",
        slow=(2, 6),
        fast=(0.3, 1.5),
        felt=0.1,
        signs={
            "hr": ((0, 52), (0.5, 62), (1, 72)),
            "sys": ((0, -6), (0.5, -18), (1, -38)),
            "rr": ((0, 2), (1, 8)),
            "spo2": ((0, 0), (1, -4)),
        },
    ),
    Course(
        name="slow_arrhythmia",
        slow=(2, 7),
        fast=(0.3, 1.5),
        felt=0.45,
        signs={
            "hr": ((0, -16), (0.5, -28), (1, -42)),
            "sys": ((0, -4), (0.5, -16), (1, -40)),
            "rr": ((0, 0), (1, 4)),
        },
        mind=((0.9, "C"),),
    ),
    Course(
        name="embolism",
        slow=(0.8, 1.6),
        fast=(0.3, 0.8),
        felt=0.15,
        signs={
            "rr": ((0, 4), (0.3, 10), (1, 16)),
            "spo2": ((0, -3), (0.4, -8), (1, -13)),
            "hr": ((0, 15), (0.5, 32), (1, 44)),
            "sys": ((0, 0), (0.5, -18), (1, -42)),
        },
        mind=((0.9, "C"),),
    ),
)
"""They end in an event: an arrest, a call of the rapid response team, a move to intensive care."""

STORIES: tuple[Course, ...] = (
    Course(
        name="fever",
        slow=(6, 14),
        fast=(3, 6),
        felt=0.35,
        signs={
            "t": ((0, 0), (0.3, 1.7), (0.6, 1.9), (1, 0)),
            "hr": ((0, 0), (0.3, 14), (0.6, 16), (1, 0)),
            "rr": ((0, 0), (0.3, 2), (0.6, 2), (1, 0)),
        },
        settles=True,
    ),
    Course(
        name="exertion",
        slow=(0.4, 0.8),
        fast=(0.2, 0.4),
        signs={
            "hr": ((0, 22), (0.4, 26), (1, 0)),
            "rr": ((0, 6), (0.4, 7), (1, 0)),
            "sys": ((0, 14), (0.4, 16), (1, 0)),
            "spo2": ((0, -1), (0.4, -2.5), (1, 0)),
        },
        settles=True,
    ),
    Course(
        name="anxiety",
        slow=(1.5, 4),
        fast=(0.6, 1.5),
        felt=0.3,
        signs={
            "hr": ((0, 8), (0.4, 24), (0.7, 20), (1, 0)),
            "rr": ((0, 2), (0.4, 7), (0.7, 5), (1, 0)),
            "sys": ((0, 6), (0.4, 20), (1, 0)),
        },
        settles=True,
    ),
    Course(
        name="pain",
        slow=(2, 6),
        fast=(1, 2),
        felt=0.25,
        signs={
            "hr": ((0, 6), (0.4, 20), (0.7, 16), (1, 0)),
            "rr": ((0, 1), (0.4, 5), (0.7, 3), (1, 0)),
            "sys": ((0, 8), (0.4, 28), (0.7, 18), (1, 0)),
        },
        pain=((0, 3), (0.4, 5), (0.7, 3), (1, 0)),
        wants=frozenset({"post_op"}),
        settles=True,
    ),
    Course(
        name="faint",
        slow=(0.3, 0.6),
        fast=(0.15, 0.3),
        felt=0.05,
        signs={
            "sys": ((0, -32), (0.5, -20), (1, 0)),
            "hr": ((0, -18), (0.5, 4), (1, 0)),
        },
        settles=True,
    ),
    Course(
        name="sleep_apnoea",
        slow=(4, 7),
        fast=(2, 4),
        signs={
            "spo2": ((0, 0), (0.2, -4), (0.4, -1), (0.6, -5), (0.8, -2), (1, 0)),
            "hr": ((0, 0), (0.2, 4), (0.4, -2), (0.6, 5), (1, 0)),
        },
        settles=True,
    ),
)
"""They look like something for a while and are nothing."""


def along(line: Line, share: float, nothing: float = 0.0) -> float:
    """The value of a line at a share of its course; `nothing` where there is no line."""
    if not line:
        return nothing
    if share <= line[0][0]:
        return line[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        if share <= x1:
            return y0 + (y1 - y0) * (share - x0) / (x1 - x0)
    return line[-1][1]
