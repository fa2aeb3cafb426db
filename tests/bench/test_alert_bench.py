"""`smartward bench alerts`: the judges count what they say they count, and the same input gives the
same bytes."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from smartward.bench import alerts
from smartward.bench import main as bench
from smartward.bench.worlds import facts
from smartward.bench.worlds.judges import (
    CALLING_LIMITS,
    MONITOR_LIMITS,
    Said,
    by_limits,
    by_news2,
    by_rules,
)
from smartward.bench.worlds.people import person
from smartward.bench.worlds.score import Score, judge, quartiles, ratio_interval, wilson
from smartward.bench.worlds.ward import Plan, Planted, World, generate
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.rules import RULES, Mode, RuleSettings
from smartward.errors import Misconfigured

P = Parameter
SOMEBODY = facts.Bedside(1)
GOOD: dict[Parameter, float | str] = {
    P.RESPIRATORY_RATE: 16, P.OXYGEN_SATURATION: 97, P.OXYGEN_SUPPLY: "air", P.SYSTOLIC: 120,
    P.HEART_RATE: 72, P.CONSCIOUSNESS: "A", P.TEMPERATURE: 36.8,
}  # fmt: skip
BAD = GOOD | {P.HEART_RATE: 135, P.RESPIRATORY_RATE: 22}
STAY = replace(
    facts.stay(person("1", 1), None), news2=replace(facts.stay(person("1", 1), None).news2, scale=1)
)


def _at(hours: float) -> datetime:
    return facts.START + timedelta(hours=hours)


def _sign(
    hours: float, values: dict[Parameter, float | str], id: str = "", panel: bool = True
) -> facts.Fact:
    name = id or f"set-{hours}"
    body = VitalSign(
        id=name,
        encounter_id=SOMEBODY.encounter,
        taken_at=_at(hours),
        received_at=_at(hours),
        panel_id=name if panel else None,
        measurements=tuple(
            Measurement(parameter=p, code=v)
            if isinstance(v, str)
            else Measurement(parameter=p, value=v)
            for p, v in values.items()
        ),
    )
    return SOMEBODY.fact(_at(hours), "vital_sign", name, body)


def _world(*told: facts.Fact, event: tuple[float, float] | None = None) -> World:
    """One patient in a ward of 24 h."""
    arrived = SOMEBODY.fact(_at(-1), "encounter", STAY.id, STAY)
    planted = () if event is None else (
        Planted(encounter=STAY.id, course="sepsis", onset=_at(event[0]), event=_at(event[1]),
                fast=False, icu=False),
    )  # fmt: skip
    return World(
        plan=Plan(patients=1, hours=24),
        start=facts.START,
        end=_at(24),
        facts=(*facts.furniture(_at(-1)), SOMEBODY.bed_fact(_at(-1), True), arrived, *told),
        planted=planted,
        stories=(),
        present={STAY.id: (facts.START, _at(24))},
    )


def _said(*hours: float) -> list[Said]:
    return [Said(encounter=STAY.id, at=_at(one), by="test") for one in hours]


# -------------------------------------------------------------------------------- the judges


def test_single_limits_tell_every_value_and_know_which_is_a_new_crossing() -> None:
    world = _world(
        _sign(-0.5, {P.HEART_RATE: 121}, panel=False),
        _sign(1, {P.HEART_RATE: 121}, panel=False),
        _sign(2, {P.HEART_RATE: 120}, panel=False),
        _sign(3, {P.HEART_RATE: 49, P.OXYGEN_SATURATION: 89}, panel=False),
        _sign(4, {P.HEART_RATE: 50, P.OXYGEN_SATURATION: 89}, panel=False),
    )
    told = by_limits(world, MONITOR_LIMITS)
    assert [(one.at, one.by, one.fresh) for one in told] == [
        (_at(1), "heart_rate", False),
        (_at(3), "heart_rate", True),
        (_at(3), "oxygen_saturation", True),
        (_at(4), "oxygen_saturation", False),
    ]


def test_calling_criteria_hear_of_a_mind_that_is_not_clear() -> None:
    world = _world(_sign(1, GOOD | {P.CONSCIOUSNESS: "V"}))
    assert by_limits(world, CALLING_LIMITS) == []
    assert [one.by for one in by_limits(world, CALLING_LIMITS, mind=True)] == ["consciousness"]


def test_news2_alone_tells_each_set_and_one_that_becomes_complete_or_is_put_right() -> None:
    half = {name: value for name, value in BAD.items() if name is not P.TEMPERATURE}
    world = _world(
        _sign(1, GOOD),
        _sign(2, BAD),
        _sign(3, BAD),
        _sign(5, half, id="half"),
        _sign(5.1, {P.TEMPERATURE: 36.6}, id="later", panel=False),
        _sign(7, GOOD, id="slip"),
        replace(_sign(7, BAD, id="slip"), at=_at(7.5)),
    )
    assert [(one.at, one.fresh) for one in by_news2(world)] == [
        (_at(2), True), (_at(3), False), (_at(5.1), False), (_at(7.5), True),
    ]  # fmt: skip


def test_our_rules_are_those_of_the_engine_and_open_once_for_a_crossing() -> None:
    world = _world(_sign(1, GOOD), _sign(2, BAD), _sign(2.6, BAD), _sign(3, BAD), _sign(4, GOOD))
    ours = by_rules(world, RuleSettings())
    assert [(one.by, one.at) for one in ours.opened(only=alerts.DETERIORATION)] == [
        ("news2_medium", _at(2))
    ]
    assert ours.cards() == len(ours.opened())
    silent = by_rules(world, RuleSettings().with_modes({one.id: Mode.OFF for one in RULES}))
    assert silent.log == ()


def test_an_alert_that_stood_before_the_onset_is_told_of_apart() -> None:
    told = (_sign(1, GOOD), _sign(2, BAD), _sign(6, BAD), _sign(9, BAD))
    assert by_rules(_world(*told, event=(5, 10)), RuleSettings()).standing() == 1
    assert by_rules(_world(*told, event=(1.5, 10)), RuleSettings()).standing() == 0


def test_what_counts_as_getting_worse_are_rules_that_there_are() -> None:
    assert {one.id for one in RULES} >= alerts.DETERIORATION


# -------------------------------------------------------------------------------- the figures


def test_an_alert_is_in_time_from_the_onset_to_the_event_both_included() -> None:
    world = _world(event=(6, 12))
    score = judge(world, _said(5.9, 6, 12, 12.1, 23))
    (patient,) = score.patients
    assert (patient.false, patient.in_time, patient.after) == (1, 2, 2)
    assert score.leads_h == [6.0]
    assert (score.sensitivity, score.rate) == (1.0, 5.0)
    assert score.ppv == pytest.approx(2 / 3)
    assert score.false_share == pytest.approx(1 / 5)


def test_an_event_without_an_alert_in_time_is_not_found() -> None:
    score = judge(_world(event=(6, 12)), _said(5, 12.5))
    assert (score.found, score.leads_h) == (0, [])
    assert score.by_chance != score.by_chance  # nobody else is on the ward to compare with


def test_by_chance_is_what_the_same_hours_hold_of_others() -> None:
    world = _world(event=(6, 12))
    whole = (facts.START, _at(24))
    crowd = replace(world, present=world.present | {"a": whole, "b": whole})
    said = [
        *_said(7),
        Said(encounter="a", at=_at(8), by="x"),
        Said(encounter="b", at=_at(13), by="x"),
    ]
    assert judge(crowd, said).by_chance == 0.5


def test_intervals_hold_the_share_and_the_ratio() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == 1
    few, many = judge(_world(), _said(1)), judge(_world(), _said(1, 2, 3, 4))
    assert ratio_interval(few, many) == (0.25, 0.25)
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 3.0, 4.0)
    assert Score().rate == 0


# -------------------------------------------------------------------------------- the command


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    json: str


def _run(folder: Path, *options: str) -> Ran:
    out, file = io.StringIO(), folder / "figures.json"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = bench.main(["alerts", "--quick", "--json", str(file), *options])
    return Ran(code, out.getvalue(), file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return _run(tmp_path_factory.mktemp("quick"))


def test_the_same_ward_gives_the_same_bytes(quick: Ran, tmp_path: Path) -> None:
    assert _run(tmp_path) == quick


def test_it_says_of_each_aim_whether_it_is_reached(quick: Ran) -> None:
    figures = json.loads(quick.json)
    verdicts = [line for line in quick.out.splitlines() if line.startswith("aim: ")]
    assert len(verdicts) == len(figures["aims"]) == 5
    for line, aim in zip(verdicts, figures["aims"], strict=True):
        assert line.endswith(": reached") is aim["reached"]
        assert line.endswith("NOT REACHED") is not aim["reached"]
    judges = figures["all"]["judges"]
    wanted = [aim["wanted"] for aim in figures["aims"] if not aim["at_least"]]
    by = [judges[name]["alerts_per_bed_day"] / 5 for name in ("limits", "limits_fresh")]
    assert wanted == pytest.approx([by[0], by[0], by[1], by[1]], abs=1e-4)
    assert by[0] != by[1]
    assert not all(aim["reached"] for aim in figures["aims"]), "its ward is too small for them"
    assert quick.code == 0
    assert "no aim is judged" in quick.out.splitlines()[-1]


def test_the_help_of_the_benches_names_this_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--help"])
    assert "smartward bench alerts --help" in capsys.readouterr().out
    with pytest.raises(SystemExit) as refused:
        bench.main(["--count", "3", "alerts"])
    assert refused.value.code == 2
    assert "alerts first" in capsys.readouterr().err


def test_another_file_of_settings_is_told_and_used(quick: Ran, tmp_path: Path) -> None:
    own = tmp_path / "ward.toml"
    own.write_text('[observations_overdue]\nmode = "off"\n[news2_rise]\nmode = "on"\n')
    ran = _run(tmp_path, "--settings", str(own))
    changed = ["[news2_rise] mode shadow -> on", "[observations_overdue] mode on -> off"]
    assert sorted(json.loads(ran.json)["made"]["changed"]) == changed
    assert "[observations_overdue] mode on -> off" in ran.out
    rules = json.loads(ran.json)["all"]["rules"]
    assert "observations_overdue on" in json.loads(quick.json)["all"]["rules"]
    assert "observations_overdue on" not in rules


def test_a_wrong_file_of_settings_is_named(tmp_path: Path) -> None:
    own = tmp_path / "ward.toml"
    own.write_text("[news2]\nhigh_form = 7\n")
    with pytest.raises(Misconfigured, match="high_form") as wrong:
        bench.main(["alerts", "--quick", "--settings", str(own)])
    assert wrong.value.values["file"] == str(own)


@pytest.mark.long
def test_on_generated_wards_we_tell_at_most_a_fifth_of_what_single_limits_do() -> None:
    wards = [
        alerts.measure(generate(Plan(seed=seed, patients=24, hours=30.0)), RuleSettings())
        for seed in (1, 2)
    ]
    ours, limits = alerts.OURS, alerts.LIMITS
    assert _alerts(wards, ours) <= 0.2 * _alerts(wards, limits)
    assert _alerts(wards, ours) <= _alerts(wards, alerts.NEWS2)


def _alerts(wards: Iterable[alerts.Numbers], judge: str) -> int:
    return sum(ward.scores[judge].alerts for ward in wards)


@pytest.mark.long
def test_another_process_prints_the_same_bytes(quick: Ran, tmp_path: Path) -> None:
    """Nothing goes by the order of a set, which is another in each process."""
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.json"
        ran = subprocess.run(
            [sys.executable, "-m", "smartward", "bench", "alerts", "--quick", "--json", str(file)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ran.stdout.decode() == quick.out
        assert file.read_text(encoding="utf-8") == quick.json
