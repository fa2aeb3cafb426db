"""A comparison, and a report of rules in shadow, as a picture for the ward's next meeting."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from smartward.clinical.shadow_report import ShadowReport
from smartward.hub.rehearsal.compare import Comparison, Figures, Warned, natural
from smartward.hub.rehearsal.svg import FIRST, LINE, NIGHT, SECOND, SOFT, Picture
from smartward.hub.rehearsal.words import moment, rule_name, shift_name
from smartward.i18n import Catalogue

_WIDTH, _EDGE = 1000.0, 32.0
_INNER = _WIDTH - 2 * _EDGE
_MOST_RULES, _MOST_BEDS, _MOST_WORSE, _MOST_CHANGES = 16, 60, 16, 24
_LABELS = 290.0
"""Width of the names beside lying bars."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A name with its figure in each rehearsal, as it is drawn and as it is written."""

    name: str
    values: tuple[float, ...]
    told: tuple[str, ...]


def comparison_picture(texts: Catalogue, found: Comparison) -> str:
    """The comparison as an SVG."""
    return _Drawing(texts, found).draw()


class _Drawing:
    def __init__(self, texts: Catalogue, found: Comparison) -> None:
        self._texts, self._found = texts, found
        self._runs: list[Figures] = [found.before, *([found.after] if found.after else [])]
        self._inks = (FIRST, SECOND) if found.after is not None else (SECOND,)
        self._picture = Picture(_WIDTH)
        self._y = 0.0

    def draw(self) -> str:
        """All parts from top to bottom."""
        self._head()
        self._changes()
        self._hours()
        self._lying("rehearse.by_rule", self._rules())
        self._lying("rehearse.by_shift", self._shifts())
        self._beds()
        self._worse()
        return self._picture.done()

    def _say(self, key: str, **values: str | int) -> str:
        return self._texts.text(key, **values)

    def _head(self) -> None:
        found, draw = self._found, self._picture
        draw.text((_EDGE, 44), self._say("rehearse.title", ward=found.name), size=22, bold=True)
        since, until = moment(self._texts, found.since), moment(self._texts, found.until)
        span = self._say(
            "rehearse.span", since=since, until=until, beds=len(found.beds), zone=found.zone
        )
        draw.text((_EDGE, 68), span, ink=SOFT)
        names = ("rehearse.before", "rehearse.after")
        self._y = 100
        for key, one, ink in zip(names, self._runs, self._inks, strict=False):
            draw.box((_EDGE, self._y - 12), (14, 14), ink)
            rate = f"{one.per_bed_day:.2f}"
            told = self._say(
                "rehearse.run", name=self._say(key), n=one.alerts, rate=rate, night=one.night
            )
            draw.text((_EDGE + 22, self._y), told, size=15)
            self._y += 24

    def _changes(self) -> None:
        """What the changed rules change, as the terminal says it."""
        found, draw = self._found, self._picture
        if found.after is None:
            return
        if not found.changes:
            draw.text((_EDGE, self._y + 4), self._say("rehearse.same_rules"), ink=SOFT)
            self._y += 24
            return
        told = list(found.changes[:_MOST_CHANGES])
        if rest := len(found.changes) - len(told):
            told.append(self._say("rehearse.more", n=rest))
        self._title("rehearse.changes")
        for line in told:
            self._y += 18
            draw.text((_EDGE, self._y - 4), line)

    def _title(self, key: str) -> None:
        self._y += 34
        self._picture.text((_EDGE, self._y), self._say(key), size=16, bold=True)
        self._y += 14

    def _standing(self, names: Sequence[str], columns: Sequence[Sequence[int]], top: float) -> None:
        """Bars that stand beside each other, each name's together."""
        draw, height = self._picture, 130.0
        most = max((value for column in columns for value in column), default=0)
        step = _INNER / max(len(names), 1)
        bar = min(step * 0.8 / len(columns), 16.0)
        foot = top + height
        for place, name in enumerate(names):
            left = _EDGE + step * place + (step - bar * len(columns)) / 2
            for column, ink, at in zip(columns, self._inks, range(2), strict=False):
                tall = 0.0 if most == 0 else (height - 16) * column[place] / most
                draw.box((left + bar * at, foot - tall), (bar - 1, tall), ink)
            middle = _EDGE + step * (place + 0.5)
            draw.text((middle, foot + 15), name, size=11, ink=SOFT, anchor="middle")
        draw.line((_EDGE, foot), (_EDGE + _INNER, foot))
        draw.text((_EDGE, top + 10), str(most), size=11, ink=SOFT)
        draw.line((_EDGE + 24, top + 16), (_EDGE + _INNER, top + 16))
        self._y = foot + 18

    def _hours(self) -> None:
        self._title("rehearse.by_hour_shaded")
        step = _INNER / 24
        for hour in self._found.night_hours:
            self._picture.box((_EDGE + step * hour, self._y), (step, 130), NIGHT)
        names = [f"{hour:02}" for hour in range(24)]
        self._standing(names, [one.by_hour for one in self._runs], self._y)

    def _beds(self) -> None:
        beds = {bed for one in self._runs for bed in one.by_bed if bed}
        most = {bed: max(one.by_bed.get(bed, 0) for one in self._runs) for bed in beds}
        chosen = sorted(beds, key=lambda bed: (-most[bed], natural(bed)))[:_MOST_BEDS]
        names = sorted(chosen, key=natural)
        if names:
            self._title("rehearse.by_bed")
            columns = [[one.by_bed.get(bed, 0) for bed in names] for one in self._runs]
            self._standing(names, columns, self._y)

    def _rules(self) -> list[_Pair]:
        rules = {rule for one in self._runs for rule in one.by_rule}
        counts = {rule: [one.by_rule.get(rule, 0) for one in self._runs] for rule in rules}
        order = sorted(rules, key=lambda rule: (-max(counts[rule]), rule))
        pairs = [
            _Pair(rule_name(self._texts, rule), tuple(counts[rule]), tuple(map(str, counts[rule])))
            for rule in order[:_MOST_RULES]
        ]
        if rest := order[_MOST_RULES:]:
            values = tuple(map(sum, zip(*(counts[rule] for rule in rest), strict=True)))
            pairs.append(_Pair(self._say("rehearse.others"), values, tuple(map(str, values))))
        return pairs

    def _shifts(self) -> list[_Pair]:
        pairs = []
        for place, shift in enumerate(self._found.before.by_shift):
            rates = tuple(one.by_shift[place].per_bed for one in self._runs)
            told = tuple(f"{rate:.2f}" for rate in rates)
            pairs.append(_Pair(shift_name(self._texts, shift.shift), rates, told))
        return pairs

    def _lying(self, title: str, pairs: Sequence[_Pair]) -> None:
        """Bars that lie below each other, each with its name before and its figure behind it."""
        if not pairs:
            return
        self._title(title)
        lying(self._picture, pairs, self._inks, self._y)
        self._y = self._picture.height

    def _worse(self) -> None:
        """When each patient who got worse was warned of: at the right just then."""
        events = self._found.deteriorations[:_MOST_WORSE]
        if not events:
            return
        self._title("rehearse.worse")
        names = ("rehearse.before", "rehearse.after")
        marks = (self._picture.ring, self._picture.diamond)
        for key, one, mark in zip(names, self._runs, marks, strict=False):
            told = self._say("rehearse.warned", n=one.warned, of=len(self._found.deteriorations))
            mark((_EDGE + 7, self._y + 6))
            self._picture.text((_EDGE + 22, self._y + 10), f"{self._say(key)}: {told}", ink=SOFT)
            self._y += 20
        self._leads(events)

    def _leads(self, events: Sequence[Warned]) -> None:
        draw, texts = self._picture, self._texts
        leads = [lead for one in events for lead in (one.before_min, one.after_min) if lead]
        longest = 60.0 * math.ceil(max([*leads, 60.0]) / 60)
        left, right = _EDGE + _LABELS, _EDGE + _INNER - 70
        for one in events:
            self._y += 22
            draw.text((_EDGE, self._y + 4), moment(texts, one.at), size=12)
            draw.text((_EDGE + 150, self._y + 4), self._say("rehearse.bed", bed=one.bed), size=12)
            draw.line((left, self._y), (right, self._y))
            for lead, mark in ((one.before_min, draw.ring), (one.after_min, draw.diamond)):
                if lead is not None:
                    mark((right - (right - left) * lead / longest, self._y))
            if one.before_min is None and one.after_min is None:
                draw.text((right + 12, self._y + 4), self._say("rehearse.no_lead"), size=11,
                          ink=SOFT)  # fmt: skip
        self._y += 24
        for at, lead in ((left, longest), ((left + right) / 2, longest / 2), (right, 0.0)):
            told = self._say("rehearse.hours", n=f"{lead / 60:g}")
            told = told if lead else self._say("rehearse.just_then")
            draw.text((at, self._y), told, size=11, ink=SOFT, anchor="middle")


def lying(
    picture: Picture, pairs: Sequence[_Pair], inks: Sequence[str], top: float, behind: float = 60
) -> None:
    """Bars that lie below each other; `behind`: room for the longest one's figure."""
    most = max((value for pair in pairs for value in pair.values), default=0.0)
    left, room = _EDGE + _LABELS, _INNER - _LABELS - behind
    y = top
    for pair in pairs:
        high = 13.0 * len(pair.values)
        picture.text((left - 10, y + high / 2 + 5), pair.name, size=12, anchor="end")
        for value, told, ink in zip(pair.values, pair.told, inks, strict=False):
            long = 0.0 if most <= 0 else room * value / most
            picture.box((left, y + 1), (long, 11), ink)
            picture.text((left + long + 6, y + 11), told, size=11, ink=SOFT)
            y += 13
        y += 7
    picture.line((left, top - 2), (left, y - 4), LINE)


def shadow_picture(texts: Catalogue, ward: str, zone: str, found: ShadowReport) -> str:
    """What rules in shadow would have said, as an SVG: of each rule all of it, and by night."""
    picture = Picture(_WIDTH)
    picture.text((_EDGE, 44), texts.text("rehearse.shadow.title", ward=ward), size=22, bold=True)
    since, until = moment(texts, found.since), moment(texts, found.until)
    span = texts.text("rehearse.span", since=since, until=until, beds=found.bed_count, zone=zone)
    picture.text((_EDGE, 68), span, ink=SOFT)
    picture.text((_EDGE, 92), texts.text("rehearse.shadow.seen", n=found.seen), ink=SOFT)
    inks = (FIRST, SECOND)
    for place, key in enumerate(("rehearse.shadow.said", "rehearse.shadow.night")):
        picture.box((_EDGE + 200 * place, 108), (14, 14), inks[place])
        picture.text((_EDGE + 200 * place + 22, 120), texts.text(key), size=14)
    if not found.rules:
        picture.text((_EDGE, 160), texts.text("rehearse.shadow.none"), size=14)
    pairs = []
    for one in found.rules:
        rate = f"{one.per_bed_day:.2f} {texts.text('rehearse.shadow.per_bed_day')}"
        beside = f"{texts.text('rehearse.shadow.together')} {one.together}"
        told = (f"{one.said} · {rate} · {beside}", str(one.night))
        name = rule_name(texts, one.rule)
        pairs.append(_Pair(name, (float(one.said), float(one.night)), told))
    if pairs:
        lying(picture, pairs, inks, 140, behind=300)
    return picture.done()
