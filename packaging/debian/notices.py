"""The licences of everything that is packed, as their authors wrote them."""

import re
import shutil
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

_TEXTS = re.compile(r"(?i)(licen[cs]e|copying|notice|authors)")


def metadata(info: Path) -> Message:
    """What a distribution says of itself (its dist-info folder's METADATA)."""
    return HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))


def licence(told: Message) -> str:
    """The licence a distribution names; "see its texts" where it names none."""
    named = told.get("License-Expression") or (told.get("License") or "").strip()
    if named and "\n" not in named and len(named) < 100:
        return str(named)
    classified = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier", [])
        if each.startswith("License ::")
    ]
    return ", ".join(classified) or "see its texts"


def _texts(info: Path) -> list[Path]:
    return [
        each
        for each in sorted(info.rglob("*"))
        if each.is_file() and (_TEXTS.match(each.name) or "licenses" in each.parts)
    ]


_QT = ("PySide6_Essentials", "shiboken6")
_OF_QT = Path(__file__).resolve().parent / "licences" / "qt.txt"
"""Qt's wheels name their licences and bring no text."""


def write(packages: Path, folder: Path) -> None:
    """The licence texts of all distributions in `packages` into `folder`, and a list of them.

    Raises ValueError for a distribution that brings no text.
    """
    rows = []
    for info in sorted(packages.glob("*.dist-info")):
        told = metadata(info)
        name = str(told["Name"])
        if name == "smartward":
            continue
        target = folder / name.lower()
        target.mkdir(parents=True)
        texts = [_OF_QT] if name in _QT else _texts(info)
        if not texts:
            raise ValueError(f"{name} brings no licence text: see packaging/debian/notices.py")
        for text in texts:
            inside = text.name if text == _OF_QT else "-".join(text.relative_to(info).parts)
            shutil.copyfile(text, target / inside)
        rows.append(f"{name} {told['Version']}: {licence(told)}")
    (folder / "LIST").write_text("\n".join(rows) + "\n", encoding="utf-8")
