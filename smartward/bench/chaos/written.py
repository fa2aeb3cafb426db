"""What a program wrote to its disk, from a record by `strace`, and what a power cut leaves of it.

The disk of the model keeps what was synced. Of what was written since the last sync of a file, and
of files and names that are new, any part may be there or not; a page may be written in part.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

WATCHED = (
    "write", "writev", "sendto", "sendmsg", "pwrite64", "ftruncate", "fsync", "fdatasync",
    "rename", "renameat", "renameat2", "unlink", "unlinkat",
)  # fmt: skip
SECTOR = 512
"""What a disk writes as a whole, in bytes."""

_LINE = re.compile(rb"(\d+) +(.*)")
_DONE = re.compile(rb"(\w+)\((.*)\) += (-?\d+)(?: .*)?$")
_HEX = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(rb"\d+<((?:\\x[0-9a-f]{2})*)>")
_RESUMED = re.compile(rb"<\.\.\. \w+ resumed>(.*)")
_UNFINISHED = b" <unfinished ...>"


@dataclass(frozen=True)
class Call:
    """One call to the system that did what it should. `began` and `ended` are lines of the record:
    what ended before another began was done before it."""

    name: str
    path: str
    to: str
    data: bytes
    at: int
    began: int
    ended: int


def recorded(file: Path) -> list[Call]:
    """The calls of a record made with `-f -y -xx`, in the order in which they ended."""
    with file.open("rb") as lines:
        return _calls(lines)


def _calls(lines: Iterable[bytes]) -> list[Call]:
    begun: dict[bytes, tuple[int, bytes]] = {}
    found = []
    for n, line in enumerate(lines):
        match = _LINE.match(line.rstrip(b"\n"))
        if match is None:
            continue
        thread, text = match.groups()
        if text.endswith(_UNFINISHED):
            begun[thread] = (n, text.removesuffix(_UNFINISHED))
            continue
        began, resumed = n, _RESUMED.match(text)
        if resumed is not None and thread in begun:
            began, head = begun.pop(thread)
            text = head + resumed[1]
        call = _call(text, began, n)
        if call is not None:
            found.append(call)
    return found


def _call(text: bytes, began: int, ended: int) -> Call | None:
    done = _DONE.match(text)
    if done is None or int(done[3]) < 0:
        return None
    name, arguments = done[1].decode(), done[2]
    texts = [_plain(one) for one in _HEX.findall(arguments)]
    paths = [_plain(one).decode(errors="replace") for one in _FILE.findall(arguments)]
    if name.startswith(("rename", "unlink")):
        names = [one.decode(errors="replace") for one in texts]
        return Call(name, names[0], names[-1], b"", 0, began, ended)
    at = int(arguments.rsplit(b",", 1)[1]) if name in ("pwrite64", "ftruncate") else 0
    data = b"".join(texts)[: int(done[3])] if "write" in name or "send" in name else b""
    return Call(name, paths[0] if paths else "", "", data, at, began, ended)


def _plain(escaped: bytes) -> bytes:
    return bytes.fromhex(escaped.replace(rb"\x", b"").decode())


@dataclass
class _File:
    kept: bytearray
    """What a sync has made sure of."""
    new: bool = False
    """Nothing has made sure that it is there at all."""
    since: list[Call] = field(default_factory=list)
    """What was written to it since, in order."""
    before: bytes | None = None
    """What had its name before it was renamed, as long as that may come back."""


class Disk:
    """The files of one folder."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {path: _File(bytearray(data)) for path, data in files.items()}

    def take(self, call: Call) -> None:
        """One more call."""
        match call.name:
            case "pwrite64" | "ftruncate":
                self._files.setdefault(call.path, _File(bytearray(), new=True)).since.append(call)
            case "write":
                self._append(call)
            case "fsync" | "fdatasync":
                self._sync(call)
            case "unlink" | "unlinkat":
                self._files.pop(call.path, None)
            case "rename" | "renameat" | "renameat2":
                self._rename(call)

    def _append(self, call: Call) -> None:
        """Files that are written from their beginning to their end."""
        if not call.path.startswith("/"):
            return
        file = self._files.setdefault(call.path, _File(bytearray(), new=True))
        end = len(_all_of(file))
        file.since.append(Call("pwrite64", call.path, "", call.data, end, call.began, call.ended))

    def _sync(self, call: Call) -> None:
        file = self._files.get(call.path)
        if file is None:
            return
        file.new, file.before = False, None
        sure = [one for one in file.since if one.ended < call.began]
        file.since = [one for one in file.since if one.ended >= call.began]
        for one in sure:
            _apply(file.kept, one)

    def _rename(self, call: Call) -> None:
        file = self._files.pop(call.path, None)
        if file is None:
            return
        old = self._files.get(call.to)
        file.before = None if old is None else bytes(_all_of(old))
        self._files[call.to] = file

    def after_a_cut(self, random: Random | None, everything: bool = False) -> dict[str, bytes]:
        """What is on the disk when the power is back. Without `random` it is what was synced and
        nothing else, or (`everything`) all that was written."""
        found = {}
        for path, file in self._files.items():
            if random is not None and file.before is not None and random.random() < 0.5:
                found[path] = file.before
                continue
            if file.new and not everything and (random is None or random.random() < 0.5):
                continue
            content = bytearray(file.kept)
            for one in file.since:
                if everything:
                    _apply(content, one)
                elif random is not None:
                    _apply_some(content, one, random)
            found[path] = bytes(content)
        return found


def _all_of(file: _File) -> bytearray:
    content = bytearray(file.kept)
    for one in file.since:
        _apply(content, one)
    return content


def _apply(content: bytearray, call: Call) -> None:
    if call.name == "ftruncate":
        content[:] = content[: call.at].ljust(call.at, b"\0")
        return
    if len(content) < call.at:
        content.extend(bytes(call.at - len(content)))
    content[call.at : call.at + len(call.data)] = call.data


def _apply_some(content: bytearray, call: Call, random: Random) -> None:
    """All of it, nothing, or some of its sectors."""
    fate = random.random()
    if fate < 0.4 or (call.name == "ftruncate" and fate < 0.5):
        return
    if fate < 0.8 or call.name == "ftruncate":
        _apply(content, call)
        return
    for begin in range(0, len(call.data), SECTOR):
        if random.random() < 0.5:
            part = call.data[begin : begin + SECTOR]
            _apply(content, Call("pwrite64", "", "", part, call.at + begin, 0, 0))


def cuts(calls: list[Call], folder: Path, most: int, random: Random) -> Iterator[int]:
    """After how many calls the power goes: around each sync in `folder`, at most `most` of them;
    and after all, when everything has been promised that ever is."""
    inside = f"{folder}/"
    syncs = [n for n, one in enumerate(calls) if "sync" in one.name and one.path.startswith(inside)]
    points = sorted({at for n in syncs for at in (n, n + 1)} - {len(calls)})
    yield from sorted(random.sample(points, most - 1)) if len(points) >= most else points
    yield len(calls)
