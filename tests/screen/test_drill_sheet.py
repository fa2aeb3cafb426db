"""The printed record: what failed first, the truth of the headline, every page with its table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.drill import (
    BedRecord,
    DrillFault,
    DrillRecord,
    DrillResult,
    DrillState,
    StopReason,
)
from smartward.i18n import Catalogue
from smartward.screen.drill_pdf import write_pdf
from smartward.screen.drill_sheet import Proof, sheet
from tests import pdf

BEGAN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PROOF = Proof(seq=7, hash="0f" * 32)


def passed(n: int) -> BedRecord:
    legs = {"reach": 40, "send": 10, "show": 50 + n, "lamp": 45, "whole": 60 + n}
    return BedRecord(
        bed=str(n), room="301", label="", result=DrillResult.PASSED, faults=(), legs=legs
    )


def failed(n: int, *faults: DrillFault) -> BedRecord:
    return replace(passed(n), result=DrillResult.FAILED, faults=faults, legs={})


UNTESTED = replace(
    failed(9, DrillFault.INTERRUPTED), result=DrillResult.NOT_TESTED, label="by the window"
)


def record(*beds: BedRecord, state: DrillState = DrillState.DONE) -> DrillRecord:
    return DrillRecord(
        id="drill-1",
        ward="Ward 3",
        state=state,
        stop=StopReason.CALL if state is DrillState.STOPPED else None,
        started_at=BEGAN,
        ended_at=BEGAN + timedelta(minutes=2),
        by="",
        limit_s=5.0,
        beds=beds,
    )


def words(of: DrillRecord, language: str = "en") -> str:
    return sheet(of, PROOF, Catalogue(language, ZoneInfo("Asia/Shanghai"))).verdict


@pytest.mark.parametrize(
    "beds, state, verdict",
    [
        ((passed(1), passed(2)), DrillState.DONE, "PASSED: 2 of 2."),
        (
            (failed(1, DrillFault.SCREEN_AWAY), passed(2), UNTESTED),
            DrillState.DONE,
            "NOT PASSED: 1 of 3 failed. Not tested: 1.",
        ),
        ((passed(1), UNTESTED), DrillState.STOPPED, "NOT COMPLETE: 1 of 2 passed. Not tested: 1."),
        ((UNTESTED,), DrillState.DONE, "NOTHING WAS TESTED: 1 beds."),
    ],
)
def test_the_headline_never_claims_more_than_was_seen(
    beds: tuple[BedRecord, ...], state: DrillState, verdict: str
) -> None:
    assert words(record(*beds, state=state)) == verdict


def test_times_have_their_year_in_the_wards_zone_and_nobody_is_by_schedule() -> None:
    texts = Catalogue("zh_CN", ZoneInfo("Asia/Shanghai"))
    facts = dict(sheet(record(passed(1)), PROOF, texts).facts)
    assert (facts["开始"], facts["执行"]) == ("2026-11-21 10:00", "按计划")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_long_ward_takes_more_pages_and_each_bed_is_on_one(
    app: QGuiApplication, tmp_path: Path, language: str
) -> None:
    bad = [failed(n, *list(DrillFault)[1:8]) for n in range(1, 13)]
    beds = (*bad, UNTESTED, *(passed(n) for n in range(100, 160)))
    file = tmp_path / "record.pdf"
    texts = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    made = sheet(record(*beds), PROOF, texts)
    pages = write_pdf(made, file)
    found = pdf.pages(file)
    assert len(found) == pages >= 3
    assert made.verdict in found[0]
    whole = "".join("".join(found).split())
    for line in made.passed:
        # A bed and its figures stand in one row: "1" is not found because "112" is there.
        assert "".join("".join(line.cells).split()) in whole
    for page, text in enumerate(found, 1):
        # (Some Han letters are read as others: tests/pdf.py.)
        foot = made.page.format(n=page, of=pages)
        assert "".join(foot[:4].split()) in "".join(text.split())
    # What goes on on another page has its heads there again.
    heads = [made.passed_heads[0] in "".join(text.split()) for text in found]
    assert all(heads[:-1])
    assert PROOF.hash in "".join(found[-1].split())


def test_why_each_bed_failed_stands_on_its_row(app: QGuiApplication, tmp_path: Path) -> None:
    """Every reason there is, each at a bed of its own, read out of the file that is printed."""
    faults = [fault for fault in DrillFault if fault is not DrillFault.INTERRUPTED]
    beds = [failed(n, fault) for n, fault in enumerate(faults, 1)]
    texts = Catalogue("en", ZoneInfo("Asia/Shanghai"))
    made = sheet(record(*beds, UNTESTED), PROOF, texts)
    file = tmp_path / "record.pdf"
    write_pdf(made, file)
    whole = "".join("".join(pdf.pages(file)).split())
    reasons = [row[-1] for row in made.failed]
    assert len(set(reasons)) == len(faults) + 1
    for row in made.failed:
        assert "".join("".join(row).split()) in whole
