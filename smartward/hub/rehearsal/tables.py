"""A comparison, and a report of rules in shadow, as lines for a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from smartward.clinical.shadow_report import ShadowReport
from smartward.hub.rehearsal.compare import Comparison, Figures, Once, natural
from smartward.hub.rehearsal.words import moment, rule_name, shift_name, table
from smartward.i18n import Catalogue

_MOST = 30
"""So many single alerts and patients are named; the JSON has all."""


def comparison_lines(texts: Catalogue, found: Comparison) -> Iterator[str]:
    """The comparison in words and figures."""
    yield from _head(texts, found)
    say = texts.text
    columns = [("before", found.before)] + ([] if found.after is None else [("after", found.after)])
    names = [say(f"rehearse.{name}") for name, _ in columns]
    figures = [one for _, one in columns]
    yield from _totals(texts, names, figures)
    yield from _section(say("rehearse.by_shift"), _shifts(texts, names, figures))
    yield from _section(say("rehearse.by_rule"), _counted(
        names, [one.by_rule for one in figures], lambda rule: rule_name(texts, rule)))  # fmt: skip
    yield from _section(say("rehearse.by_hour"), _hours(found, names, figures))
    yield from _section(say("rehearse.by_bed"), _counted(
        names, [one.by_bed for one in figures],
        lambda bed: bed or say("rehearse.no_bed"), key=natural))  # fmt: skip
    yield from _worse(texts, found, names)
    if found.after is not None:
        yield from _single(texts, say("rehearse.vanished"), found.vanished)
        yield from _single(texts, say("rehearse.appeared"), found.appeared)


def _head(texts: Catalogue, found: Comparison) -> Iterator[str]:
    yield texts.text("rehearse.title", ward=found.name)
    yield texts.text(
        "rehearse.span",
        since=moment(texts, found.since),
        until=moment(texts, found.until),
        beds=len(found.beds),
        zone=found.zone,
    )
    yield texts.text("rehearse.recorded", n=found.recorded)
    if found.recorded != found.before.alerts:
        yield texts.text("rehearse.not_recorded", n=found.before.alerts)
    if found.after is None:
        return
    if not found.changes:
        yield texts.text("rehearse.same_rules")
        return
    yield from ("", texts.text("rehearse.changes"))
    yield from (f"  {change}" for change in found.changes)
    if found.unmet:
        yield texts.text("rehearse.unmet", n=found.unmet)


def _totals(texts: Catalogue, names: list[str], figures: list[Figures]) -> Iterator[str]:
    say = texts.text
    yield ""
    yield from table(
        [
            ["", *names],
            [say("rehearse.all"), *(str(one.alerts) for one in figures)],
            [say("rehearse.per_bed_day"), *(f"{one.per_bed_day:.2f}" for one in figures)],
            [say("rehearse.night"), *(str(one.night) for one in figures)],
            [say("rehearse.escalated"), *(str(one.escalated) for one in figures)],
        ]
    )


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", title, *lines)


def _shifts(texts: Catalogue, names: list[str], figures: list[Figures]) -> list[str]:
    keys = ("rehearse.shift_alerts", "rehearse.shift_per_bed")
    heads = [texts.text(key, name=name) for name in names for key in keys]
    rows = [["", *heads]] if figures[0].by_shift else []
    for place, shift in enumerate(figures[0].by_shift):
        own = [one.by_shift[place] for one in figures]
        cells = [cell for one in own for cell in (str(one.alerts), f"{one.per_bed:.2f}")]
        rows.append([shift_name(texts, shift.shift), *cells])
    return table(rows) if rows else []


def _counted(
    names: list[str],
    counts: Sequence[Mapping[str, int]],
    label: Callable[[str], str],
    key: Callable[[str], Any] = str,
) -> list[str]:
    found = {name for one in counts for name in one}
    if not found:
        return []
    most = {name: max(one.get(name, 0) for one in counts) for name in found}
    order = sorted(found, key=lambda name: (-most[name], key(name)))
    rows = [[label(name), *(str(one.get(name, 0)) for one in counts)] for name in order[:_MOST]]
    return table([["", *names], *rows])


def _hours(found: Comparison, names: list[str], figures: list[Figures]) -> list[str]:
    rows = [["", "", *names]]
    for hour in range(24):
        night = "☾" if hour in found.night_hours else ""
        rows.append([f"{hour:02}", night, *(str(one.by_hour[hour]) for one in figures)])
    return table(rows, left=2)


def _worse(texts: Catalogue, found: Comparison, names: list[str]) -> Iterator[str]:
    say = texts.text
    yield from ("", say("rehearse.worse"))
    if not found.deteriorations:
        yield f"  {say('rehearse.none_worse')}"
        return
    of = len(found.deteriorations)
    runs = [found.before] + ([] if found.after is None else [found.after])
    for name, one in zip(names, runs, strict=True):
        lead = "" if one.lead_min is None else say("rehearse.lead", n=f"{one.lead_min:g}")
        told = say("rehearse.warned", n=one.warned, of=of)
        yield f"  {name}: {told}{', ' + lead if lead else ''}"
    rows = [[say("rehearse.when"), say("rehearse.where"), say("rehearse.signs"), *names]]
    for event in found.deteriorations[:_MOST]:
        leads = [event.before_min, event.after_min][: len(runs)]
        signs = ", ".join(say(f"rehearse.sign.{sign}") for sign in event.signs)
        cells = [_lead(texts, lead) for lead in leads]
        rows.append([moment(texts, event.at), event.bed, signs, *cells])
    yield from table(rows, left=3)
    yield from _rest(texts, of)


def _lead(texts: Catalogue, lead: float | None) -> str:
    if lead is None:
        return texts.text("rehearse.no_lead")
    if not lead:
        return texts.text("rehearse.just_then")
    return texts.text("rehearse.minutes", n=f"{lead:g}")


def _single(texts: Catalogue, title: str, alerts: Sequence[Once]) -> Iterator[str]:
    yield from ("", f"{title}: {len(alerts) or texts.text('rehearse.nothing')}")
    if not alerts:
        return
    rows = [
        [
            moment(texts, one.at),
            one.bed or texts.text("rehearse.no_bed"),
            rule_name(texts, one.rule),
            texts.text("rehearse.lasting", n=f"{one.minutes:g}"),
        ]
        for one in alerts[:_MOST]
    ]
    yield from table(rows, left=3)
    yield from _rest(texts, len(alerts))


def _rest(texts: Catalogue, count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"  {texts.text('rehearse.more', n=count - _MOST)}"


def shadow_lines(texts: Catalogue, ward: str, zone: str, found: ShadowReport) -> Iterator[str]:
    """What rules in shadow would have said, in words and figures."""
    say = texts.text
    yield say("rehearse.shadow.title", ward=ward)
    since, until = moment(texts, found.since), moment(texts, found.until)
    yield say("rehearse.span", since=since, until=until, beds=found.bed_count, zone=zone)
    yield say("rehearse.shadow.seen", n=found.seen)
    yield ""
    if not found.rules:
        yield say("rehearse.shadow.none")
        return
    heads = ("said", "per_bed_day", "night", "patients", "minutes", "together", "escalated")
    rows = [[say("rehearse.rule"), *(say(f"rehearse.shadow.{head}") for head in heads)]]
    for one in found.rules:
        counts = (one.night, one.patient_count, round(one.minutes), one.together, one.escalations)
        figures = [str(one.said), f"{one.per_bed_day:.2f}", *map(str, counts)]
        rows.append([rule_name(texts, one.rule), *figures])
    yield from table(rows)
    yield from ("", say("rehearse.shadow.asked"))
    asked = [[rule_name(texts, one.rule), asked_words(texts, one.asked)] for one in found.rules]
    yield from table(asked, left=2)


def asked_words(texts: Catalogue, asked: Sequence[tuple[str, int]]) -> str:
    """Whom a rule would have asked, and how often."""
    told = [f"{texts.text(f'rehearse.role.{role}')} {count}" for role, count in asked]
    return ", ".join(told) or texts.text("rehearse.shadow.list")
