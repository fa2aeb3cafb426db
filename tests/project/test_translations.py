"""Both languages say everything: the catalogue's keys and values, and the pages' fixed words."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartward.i18n import LANGUAGES, TABLE, Catalogue
from tests.project.repo import I18N, files
from tests.project.translations import compile_to, faults, renew

UTC = ZoneInfo("UTC")


def differences(folder: Path) -> list[str]:
    """Keys and placeholders in which a language differs from the first."""
    catalogues = {name: Catalogue(name, UTC, folder).keys for name in LANGUAGES}
    first = LANGUAGES[0]
    found = []
    for name in LANGUAGES[1:]:
        ours, theirs = catalogues[name], catalogues[first]
        found += [f"{name} lacks {key}" for key in sorted(theirs.keys() - ours.keys())]
        found += [f"{first} lacks {key}" for key in sorted(ours.keys() - theirs.keys())]
        found += [
            f"{key}: {name} uses {sorted(ours[key])}, {first} uses {sorted(theirs[key])}"
            for key in sorted(ours.keys() & theirs.keys())
            if ours[key] != theirs[key]
        ]
    return found


def test_every_language_has_a_folder() -> None:
    assert {path.name for path in I18N.iterdir() if path.is_dir()} == set(TABLE.languages)


def test_catalogues_agree() -> None:
    assert not differences(I18N)


@pytest.mark.parametrize("language", TABLE.languages)
def test_no_text_is_empty(language: str) -> None:
    empty = [
        path.name
        for path in files(".toml", f"resources/i18n/{language}")
        if re.search(r"""=\s*(""|'')\s*$""", path.read_text("utf-8"), re.M)
    ]
    assert not empty


def test_differences_are_found(tmp_path: Path) -> None:
    texts = {
        "zh_CN": 'a = "{n}"\nb = "x"\nc.other = "{n} 床 {who}"\n',
        "en": 'a = "{m}"\nd = "x"\nc.one = "{who}"\nc.other = "{n} beds {who}"\n',
    }
    for language, text in texts.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.toml").write_text(text, "utf-8")
    assert differences(tmp_path) == [
        "en lacks b",
        "zh_CN lacks d",
        "a: en uses ['m'], zh_CN uses ['n']",
    ]


# ---------------------------------------------------------------------- fixed words of the pages


def test_fixed_words_are_translated(tmp_path: Path) -> None:
    qml = files(".qml", "ui")
    held = sorted(I18N.glob("*.ts"))
    lacking = [
        language
        for language in LANGUAGES
        if not any(re.search(rf"(^|_){language}$", ts.stem) for ts in held)
    ]
    assert not lacking, f"no .ts file for {lacking}"
    found = [fault for ts in held for fault in faults(ts, qml, tmp_path)]
    assert not found, "\n".join(found)


PAGE = """import QtQuick
Item {
    property string call: qsTr("Call nurse")
    property string beds: qsTr("%n bed(s)", "", 3)
}
"""


@pytest.fixture
def translated(tmp_path: Path) -> tuple[Path, Path]:
    """A page and its finished .ts with the .qm beside it."""
    page, ts = tmp_path / "Page.qml", tmp_path / "zh_CN.ts"
    page.write_text(PAGE)
    renew(ts, [page])
    text = ts.read_text("utf-8")
    text = text.replace("<numerusform></numerusform>", "<numerusform>%n 床</numerusform>")
    text = re.sub(r'<translation type="unfinished"></', "<translation>呼叫护士</", text)
    ts.write_text(text.replace(' type="unfinished"', ""), "utf-8")
    compile_to(ts, ts.with_suffix(".qm"))
    return page, ts


def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_a_finished_page_has_no_fault(translated: tuple[Path, Path], tmp_path: Path) -> None:
    page, ts = translated
    assert faults(ts, [page], scratch(tmp_path)) == []


def test_a_new_text_is_missed(translated: tuple[Path, Path], tmp_path: Path) -> None:
    page, ts = translated
    page.write_text(PAGE.replace("Call nurse", "Call again"))
    found = faults(ts, [page], scratch(tmp_path))
    assert found == [
        "zh_CN.ts: missing: Page: 'Call again'",
        "zh_CN.ts: not used: Page: 'Call nurse'",
    ]


def test_unfinished_is_found(translated: tuple[Path, Path], tmp_path: Path) -> None:
    page, ts = translated
    text = ts.read_text("utf-8")
    assert "<translation>呼叫护士" in text
    ts.write_text(text.replace("<translation>呼", '<translation type="unfinished">呼'), "utf-8")
    found = faults(ts, [page], scratch(tmp_path))
    assert "zh_CN.ts: unfinished: Page: 'Call nurse'" in found


def test_a_stale_compilation_is_found(translated: tuple[Path, Path], tmp_path: Path) -> None:
    page, ts = translated
    ts.write_text(ts.read_text("utf-8").replace("呼叫护士", "叫护士"), "utf-8")
    (found,) = faults(ts, [page], scratch(tmp_path))
    assert found.startswith("zh_CN.qm: not what zh_CN.ts compiles to")
