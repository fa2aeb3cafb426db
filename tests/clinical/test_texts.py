"""Every text that calls, alerts and beds refer to is there, in both languages, with its values."""

import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartward.clinical import alert as alerts
from smartward.clinical import nurse_call as nc
from smartward.clinical.bed import BedStatus, place_patients
from smartward.clinical.encounter import Encounter, News2Exclusion, News2Order
from smartward.clinical.infusion import Infusion, VolumeSource
from smartward.clinical.nurse_call import Actor, CallClass, CallRefused, ClosePlace
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_set import SCORED
from smartward.clinical.rules import RULES, Facts
from smartward.clinical.words import Wording
from smartward.i18n import LANGUAGES, Catalogue
from tests.clinical.build import NORMAL, Parts, at, bed, drip, sign, stay
from tests.clinical.rules.facts import SETTINGS, facts

P = Parameter
OURS = (
    *("alert.refused.", "alert.news2", "alert.infusion_near_end.", "alert.infusion_ended."),
    *("alert.observations_overdue.", "call.refused.", "bed.conflict."),
)
"""The other alert rules say theirs in tests/clinical/rules."""
LI = Actor(device_id="d", person_id="p", name="李敏", known="name")
HE = Actor(device_id="e", person_id="q", name="何平", known="name")
NOBODY, OTHER = Actor(device_id="d"), Actor(device_id="e")


@pytest.fixture(params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return Catalogue(request.param, ZoneInfo("Asia/Shanghai"))


def wordings() -> list[Wording]:
    return [*of_rules(), *of_refusals(), *of_beds()]


def situations() -> list[tuple[Facts, float]]:
    """So that every text of every rule is said at least once."""
    threes: Parts = {
        P.RESPIRATORY_RATE: 30,
        P.OXYGEN_SATURATION: 85,
        P.SYSTOLIC: 230,
        P.HEART_RATE: 140,
        P.CONSCIOUSNESS: "V",
        P.TEMPERATURE: 34,
    }
    medium: Parts = NORMAL | {P.RESPIRATORY_RATE: 30, P.OXYGEN_SUPPLY: "oxygen"}
    told: list[tuple[Facts, float]] = [
        *((facts(sign("a", 0, NORMAL | {p: v})), 1.0) for p, v in threes.items()),
        (facts(sign("a", -60, NORMAL), sign("b", 0, medium)), 1),
        (facts(sign("a", 0, medium | {P.HEART_RATE: 140})), 1),
        (facts(sign("a", -60, NORMAL), sign("b", 0, NORMAL | {P.OXYGEN_SUPPLY: "oxygen"})), 1),
        (facts(sign("h", 0, medium | {P.HEART_RATE: 140}), sign("low", 60, NORMAL)), 61),
        (facts(sign("a", 0, medium)), 75),
        (facts(sign("a", 0, medium)), 60 + 12 * 60),
        (facts(sign("a", 0, NORMAL), encounter=stay(news2=News2Order(interval_min=60))), 75),
        (facts(), 300),
        (facts(), 48 * 60),
    ]
    for lacking in [{p} for p in SCORED] + [{P.TEMPERATURE, P.SYSTOLIC}]:
        part = {p: v for p, v in NORMAL.items() if p not in lacking}
        told.append((facts(sign("a", 0, part)), 300))
    told += [(facts(sign("a", 0, {p: v}, panel="set")), 1.0) for p, v in threes.items()]
    for single in (P.RESPIRATORY_RATE, P.HEART_RATE):
        row = [sign(f"r{n}", n, {single: threes[single]}) for n in range(3)]
        told.append((facts(*row), 3))
    estimated = VolumeSource.ESTIMATED
    for next_ordered in (None, True, False):
        told.append((facts(drip(left=9, next_ordered=next_ordered)), 1))
        told.append((facts(drip(left=9, next_ordered=next_ordered, source=estimated)), 1))
        told.append((facts(drip(left=0, next_ordered=next_ordered), drip("b", left=0)), 1))
        told.append((facts(drip(left=9, next_ordered=next_ordered, source=estimated)), 10))
    told.append((facts(drip(left=9, rate=None), drip("b", left=9, rate=None)), 1))
    told += [(lost(left), 3) for left in (9, 0)]
    return told


def lost(left: float) -> Facts:
    """A sensor lost while the alert is open."""
    open_ones = tuple(
        alerts.open_alert(finding, "x", at(1))
        for rule in RULES
        for finding in rule.look(facts(drip(left=left)), SETTINGS, at(1)).findings
    )
    return facts(drip(left=left, minutes=2, source=VolumeSource.SENSOR_LOST), alerts=open_ones)


def of_rules() -> list[Wording]:
    findings = [
        finding
        for given, minutes in situations()
        for rule in RULES
        for finding in rule.look(given, SETTINGS, at(minutes)).findings
    ]
    return [text for one in findings for text in (one.title, one.why, one.todo)]


def of_refusals() -> list[Wording]:
    found = []
    off = alerts.clear(alerts.open_alert(first_finding(), "x", at(0)), at(1))
    try:
        alerts.acknowledge(off, at(2), LI)
    except alerts.AlertRefused as refused:
        found.append(Wording(key=refused.key, values=refused.values))
    for act in refused_acts():
        try:
            act()
        except (CallRefused, alerts.AlertRefused) as refused:
            found.append(Wording(key=refused.key, values=refused.values))
    return found


def first_finding() -> alerts.Finding:
    given = facts(drip(left=0))
    return next(f for rule in RULES for f in rule.look(given, SETTINGS, at(1)).findings)


def refused_acts() -> list[object]:
    normal = nc.place("c", "b", "d", CallClass.NORMAL, at(0), at(0))
    acts: list[object] = []
    for by, other in ((LI, HE), (NOBODY, OTHER)):
        going, there = nc.accept(normal, at(1), by), nc.arrive(normal, at(1), by)
        acts.append(lambda going=going, other=other: nc.accept(going, at(2), other))
        acts.append(lambda there=there, other=other: nc.accept(there, at(2), other))
    acts.append(lambda: nc.lower(normal, at(1), LI, " "))
    soon = alerts.open_alert(first_finding(), "x", at(0))
    urgent = replace(soon, alert_class=alerts.AlertClass.EMERGENCY)
    short, why = alerts.SNOOZES[0], alerts.SnoozeReason.TREATING
    acts.append(lambda: alerts.snooze(urgent, at(1), LI, short, why))
    acts.append(lambda: alerts.snooze(soon, at(1), LI, 9 * short, why))
    acts.append(lambda: alerts.done(urgent, at(1), LI))
    closed = nc.close(normal, at(1), LI, ClosePlace.ROOM)
    acts.append(lambda: nc.press_again(closed, at(2)))
    acts.append(lambda: nc.close(normal, at(2), LI, ClosePlace.STATION))
    acts.append(lambda: nc.close(normal, at(2), LI, ClosePlace.STATION, station_may_close=True))
    for call_class in (CallClass.BATHROOM, CallClass.ASSIST, CallClass.EMERGENCY):
        call = nc.place("c", "b", "d", call_class, at(0), at(0))
        acts.append(lambda call=call: nc.close(call, at(2), LI, ClosePlace.ROOM))
    return acts


def of_beds() -> list[Wording]:
    cases: list[tuple[BedStatus, list[Encounter]]] = [
        (BedStatus.OCCUPIED, []),
        (BedStatus.CLOSED, [stay()]),
        (BedStatus.HOUSEKEEPING, [stay()]),
        (BedStatus.OCCUPIED, [stay(), stay("enc-2")]),
        (BedStatus.OCCUPIED, [stay(patient="p"), stay("enc-2", patient="p")]),
        (BedStatus.OCCUPIED, [replace(stay(), also_in=("bed-9",))]),
    ]
    placed = [place_patients([bed(status=status)], stays).placed[0] for status, stays in cases]
    return [one.conflict for one in placed if one.conflict is not None]


def test_every_text_that_is_said_can_be_rendered(catalogue: Catalogue) -> None:
    for wording in wordings():
        text = catalogue.words(wording)
        assert text
        assert not re.search(r"[{}]|\.\d{3}Z", text), text


def test_every_text_that_is_written_is_said(catalogue: Catalogue) -> None:
    # What a rule tells of itself stands in the table of rules.
    written = {key for key in catalogue.keys if key.startswith(OURS) and ".about." not in key}
    said = {wording.key for wording in wordings() if (wording.key or "").startswith(OURS)}
    assert said == written


def test_times_are_said_in_the_wards_zone() -> None:
    on_oxygen: Parts = NORMAL | {P.OXYGEN_SUPPLY: "oxygen"}
    earlier = sign("a", -60, on_oxygen | {P.RESPIRATORY_RATE: 22})
    high = sign("b", 3, on_oxygen | {P.RESPIRATORY_RATE: 25, P.HEART_RATE: 131})
    finding = next(
        f for rule in RULES for f in rule.look(facts(earlier, high), SETTINGS, at(4)).findings
    )
    zone = ZoneInfo("Asia/Shanghai")
    chinese, english = (Catalogue(language, zone) for language in ("zh_CN", "en"))
    assert chinese.words(finding.title) == "预警评分 8 分"
    assert chinese.words(finding.why) == "09:00 为 4 分 · 10:03 测"
    assert english.words(finding.title) == "Early warning score 8"
    assert english.words(finding.why) == "Was 4 at 09:00 · measured 10:03"


def test_plural_titles() -> None:
    two: tuple[Infusion, ...] = (drip(left=0), drip("b", left=0))
    english = Catalogue("en", ZoneInfo("UTC"))
    titles = [
        english.words(finding.title)
        for given in (facts(two[0]), facts(*two))
        for rule in RULES
        for finding in rule.look(given, SETTINGS, at(1)).findings
    ]
    assert titles == ["Drip finished", "2 drips finished"]


def test_no_text_names_a_drug_or_a_diagnosis() -> None:
    """What a rule says may be read aloud or across the room."""
    for wording in wordings():
        assert wording.his is None
        allowed = {
            *("at", "before_at", "n", "total", "last", "due", "end", "ml", "name", "value"),
            *("limit", "unit", "hours", "kg", "back", "start", "minutes", "before"),
        }
        assert set(wording.values) <= allowed


def test_excluded_patients_have_no_alert_text() -> None:
    encounter = stay(news2=News2Order(exclusion=News2Exclusion.PREGNANT))
    given = facts(sign("a", 0, NORMAL | {P.RESPIRATORY_RATE: 30}), encounter=encounter)
    assert [rule.look(given, SETTINGS, at(1)).findings for rule in RULES] == [()] * len(RULES)


def test_fragments_lie_beside_each_other() -> None:
    root = Path(__file__).resolve().parents[2] / "resources" / "i18n"
    for language in LANGUAGES:
        assert (root / language / "clinical.toml").is_file()
