"""What the hospital system would not have: shown to who wrote it, settled by a proved person."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.call_mark import Actor
from smartward.clinical.his_write import HisWrite, Trouble, WriteKind, WriteLink
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind
from tests.ui.bed_stage import Stage, application, is_text, stage
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id, stay_id

LEE = Actor(device_id="dev-station", person_id="n1", name="李敏", family="李", known="badge")
LONG = "Observation.device: the referenced device is not known to this system " * 3


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def troubled(*, many: bool = False) -> Scene:
    """Some that were refused, one that was contradicted, and more that wait."""
    ward = sample.busy_ward()
    found = [
        (WriteKind.OBSERVATION, Trouble.REFUSED, "his.write.refused", LONG[:200], 12),
        (WriteKind.NURSING_TASK, Trouble.CONFLICT, "his.write.conflict", "it is cancelled", 7),
        (WriteKind.ADMINISTRATION, Trouble.REFUSED, "his.write.no_access", "", 99),
    ]
    if many:
        found += [(WriteKind.ADMINISTRATION, Trouble.REMOVED, "his.write.removed", "", 3)]
        found += [(WriteKind.NURSE_CALL, Trouble.REFUSED, "his.write.gone", "", 3)] * 3
    for place, (kind, what, key, reason, bed) in enumerate(found):
        body = HisWrite(
            id=f"{kind.value}.{place}",
            kind=kind,
            trouble=what,
            key=key,
            since=NOW,
            made_at=NOW - timedelta(minutes=30 - place),
            by=LEE if place % 2 == 0 else None,
            encounter_id=stay_id(bed),
            bed_id=bed_id(bed),
            reason=reason,
        )
        ward.put("his_write", body)
    ward.put("write_link", WriteLink(waiting=12, oldest_at=NOW - timedelta(minutes=9)), "his")
    return ward.scene()


@pytest.fixture
def desk() -> Iterator[Stage]:
    with stage("station", troubled(), size=(1920, 1080), now=NOW) as on:
        with_badges(on.model)
        yield on
        assert not on.warnings


def rows(on: Stage) -> list[tuple[str, str, str]]:
    return [(row.title, row.who, row.reason) for row in on.model.writes.rows.rows]


def test_the_page_names_what_who_and_why(desk: Stage) -> None:
    desk.tap("pageLinks")
    first, second, third = rows(desk)
    assert first[0] == "12床 · 观察记录"
    assert first[1].startswith("李敏 · ")
    assert "对方说明：Observation.device" in first[2]
    assert "以谁的为准" in second[2] or "修改" in second[2]
    assert third[0].startswith("已离开的患者")
    assert "12 项" in desk.text("writesWaiting")
    assert desk.has("write-observation.0")


def test_a_proved_person_settles_it(desk: Stage) -> None:
    desk.tap("pageLinks")
    desk.model.badge_read(LEE_BADGE)
    desk.tap("settle-nursing_task.1")
    assert [row.key for row in desk.model.question.answers.rows] == ["keep", "take"]
    desk.model.question.choose("take")
    desk.settle()
    (sent,) = [one for one in desk.actions if one.kind == ActionKind.HIS_WRITE_RESOLVE]
    assert (sent.subject, sent.by.id) == ("nursing_task.1", "n1")
    assert sent.data["how"] == "take"
    assert sent.data["why"]
    # It is on its way: nobody settles it twice.
    assert [row[0] for row in rows(desk)] == ["12床 · 观察记录", "已离开的患者 · 用药"]


def test_what_was_removed_there_stands_or_stays_away() -> None:
    with stage("station", troubled(many=True), size=(1920, 1080), now=NOW) as on:
        with_badges(on.model)
        on.tap("pageLinks")
        on.model.badge_read(LEE_BADGE)
        on.model.writes.settle("administration.3")
        assert [row.key for row in on.model.question.answers.rows] == ["keep", "take"]
        assert "已被删除" in on.model.question.hint
        on.model.question.choose("keep")
        on.settle()
        (sent,) = [one for one in on.actions if one.kind == ActionKind.HIS_WRITE_RESOLVE]
        assert (sent.subject, sent.data["how"]) == ("administration.3", "keep")
        assert not on.warnings


def test_the_sheet_tells_it_of_its_patient_to_whom_may_read(desk: Stage) -> None:
    desk.model.openSheet(bed_id(12))
    desk.settle()
    assert desk.model.writes.sheet == ""
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    assert desk.has("sheetWrites")
    assert desk.model.writes.sheet.startswith("观察记录 · 李敏")
    assert "护理任务" not in desk.model.writes.sheet
    desk.model.openSheet(bed_id(20))
    desk.settle()
    assert desk.model.writes.sheet == ""


def test_with_the_near_tier_hidden_neither_name_nor_reason_is_told(desk: Stage) -> None:
    desk.tap("pageLinks")
    desk.tap("privacyKey")
    assert {row[1:] for row in rows(desk)} == {("", "")}
    desk.model.writes.settle("nursing_task.1")
    assert not desk.model.question.open


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_it_fits(language: str, size: tuple[int, int], tmp_path: Path) -> None:
    with stage("station", troubled(many=True), size=size, language=language, now=NOW) as on:
        with_badges(on.model)
        on.tap("pageLinks")
        assert len(rows(on)) == 4
        assert rows(on)[3][2] == on.model.writes._desk.words.key("his.write.removed")
        page = on.find("linksPage")
        for item in on.shown():
            inside = item.mapRectToItem(page, item.boundingRect())
            if is_text(item) and item.parentItem() is not None and _of(item, "write-"):
                assert inside.left() >= 0
                assert inside.right() <= page.width() + 0.5
                assert inside.bottom() <= page.height() + 0.5
        assert on.find("screenGrid").height() > 0.15 * page.height()
        on.grab(tmp_path / f"links-{language}.png")
        assert not on.warnings


def _of(item: object, name: str) -> bool:
    """Whether an item is within one whose name begins so."""
    while item is not None:
        if item.objectName().startswith(name):  # type: ignore[attr-defined]  # an item of QML
            return True
        item = item.parentItem()  # type: ignore[attr-defined]  # an item of QML
    return False
