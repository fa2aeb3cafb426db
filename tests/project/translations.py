"""The .ts files of the pages' fixed words: what they lack, and (as a program) their renewal.

`python -m tests.project.translations` takes new texts of ui/ into resources/i18n/*.ts, drops
those that are gone, and compiles each to the .qm beside it. What it adds is unfinished until
somebody translates it, and the tests say so.
"""

import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.project.repo import I18N, files, must

Message = tuple[str, str, str, bool]  # context, source, comment, whether it has plural forms


def messages(ts: Path) -> dict[Message, ElementTree.Element]:
    """Each message of a .ts file with its `translation` element."""
    found: dict[Message, ElementTree.Element] = {}
    for context in ElementTree.parse(ts).getroot().iter("context"):
        for message in context.iter("message"):
            key = (
                context.findtext("name", ""),
                message.findtext("source", ""),
                message.findtext("comment", ""),
                message.get("numerus") == "yes",
            )
            translation = message.find("translation")
            assert translation is not None, f"{ts.name}: no translation element for {key}"
            found[key] = translation
    return found


def renew(ts: Path, qml: list[Path]) -> None:
    """Make `ts` hold exactly the texts of these QML files, keeping what is translated."""
    options = ["-silent", "-no-obsolete", "-locations", "none"]
    must(["pyside6-lupdate", *options, *qml, "-ts", ts])


def compile_to(ts: Path, qm: Path) -> None:
    """Compile finished translations."""
    must(["pyside6-lrelease", "-silent", ts, "-qm", qm])


def faults(ts: Path, qml: list[Path], scratch: Path) -> list[str]:
    """What is wrong with one .ts file and its .qm, in words."""
    found = []
    held = messages(ts)
    for key, translation in held.items():
        state = translation.get("type")
        if state is not None:
            found.append(f"{ts.name}: {state}: {key[0]}: {key[1]!r}")
        elif not all(text.strip() for text in forms(translation)):
            found.append(f"{ts.name}: empty: {key[0]}: {key[1]!r}")
    copy = scratch / ts.name
    shutil.copy(ts, copy)
    renew(copy, qml)
    wanted = messages(copy)
    found += [f"{ts.name}: missing: {key[0]}: {key[1]!r}" for key in wanted.keys() - held.keys()]
    found += [f"{ts.name}: not used: {key[0]}: {key[1]!r}" for key in held.keys() - wanted.keys()]
    qm = ts.with_suffix(".qm")
    fresh = scratch / qm.name
    compile_to(ts, fresh)
    if not qm.is_file() or qm.read_bytes() != fresh.read_bytes():
        found.append(f"{qm.name}: not what {ts.name} compiles to; run `make translations`")
    return found


def forms(translation: ElementTree.Element) -> list[str]:
    """The translated text, or each of its plural forms."""
    plural = translation.findall("numerusform")
    return [form.text or "" for form in plural] if plural else [translation.text or ""]


def main() -> int:
    """Renew every .ts file and compile it; 1 when something is left to translate."""
    qml = files(".qml", "ui")
    left = 0
    for ts in sorted(I18N.glob("*.ts")):
        renew(ts, qml)
        compile_to(ts, ts.with_suffix(".qm"))
        unfinished = [k for k, t in messages(ts).items() if t.get("type") == "unfinished"]
        left += len(unfinished)
        for context, source, _comment, _plural in unfinished:
            print(f"{ts.name}: to be translated: {context}: {source!r}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
