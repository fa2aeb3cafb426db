"""What a power cut leaves of a disk, from a record of the calls to the system."""

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from smartward.bench.chaos.written import Call, Disk, cuts, recorded

FILE = "/d/file"


def hexed(text: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text)


def record(tmp_path: Path, *lines: str) -> list[Call]:
    file = tmp_path / "record"
    file.write_text("\n".join((*lines, "")))
    return recorded(file)


def pwrite(data: bytes, at: int, n: int) -> Call:
    return Call("pwrite64", FILE, "", data, at, n, n)


def sync(n: int, began: int | None = None) -> Call:
    return Call("fdatasync", FILE, "", b"", 0, n if began is None else began, n)


def test_a_record_is_read_with_what_was_interrupted(tmp_path: Path) -> None:
    path, name = hexed(b"/d/a b"), hexed(b"socket:[12]")
    found = record(
        tmp_path,
        f'7 pwrite64(3<{path}>, "{hexed(b"ab(")}", 3, 4096 <unfinished ...>',
        f"8 fdatasync(4<{path}>) = 0",
        "7 <... pwrite64 resumed>) = 3",
        f"8 fdatasync(4<{path}>) = -1 EIO (Input/output error)",
        f'7 writev(5<{name}>, [{{iov_base="{hexed(b"one")}", iov_len=3}},'
        f' {{iov_base="{hexed(b"two")}", iov_len=3}}], 2) = 6',
        f'7 rename("{hexed(b"/d/new")}", "{hexed(b"/d/old")}") = 0',
        "7 +++ exited with 0 +++",
    )
    assert found == [
        Call("fdatasync", "/d/a b", "", b"", 0, 1, 1),
        Call("pwrite64", "/d/a b", "", b"ab(", 4096, 0, 2),
        Call("writev", "socket:[12]", "", b"onetwo", 0, 4, 4),
        Call("rename", "/d/new", "/d/old", b"", 0, 5, 5),
    ]


def test_what_was_synced_is_there_and_nothing_else_is_sure() -> None:
    disk = Disk({FILE: b"...."})
    for call in (pwrite(b"ab", 0, 1), sync(2), pwrite(b"cd", 2, 3)):
        disk.take(call)
    assert disk.after_a_cut(None) == {FILE: b"ab.."}
    assert disk.after_a_cut(None, everything=True) == {FILE: b"abcd"}


def test_a_sync_makes_sure_only_of_what_was_written_before_it_began() -> None:
    disk = Disk({FILE: b".."})
    for call in (pwrite(b"a", 0, 1), pwrite(b"b", 1, 3), sync(4, began=2)):
        disk.take(call)
    assert disk.after_a_cut(None) == {FILE: b"a."}


def test_a_new_file_may_be_gone_and_a_renamed_one_may_have_its_old_content() -> None:
    disk = Disk({"/d/old": b"before"})
    new = Call("write", "/d/new", "", b"after", 0, 1, 1)
    disk.take(new)
    disk.take(Call("rename", "/d/new", "/d/old", b"", 0, 2, 2))
    seen = {disk.after_a_cut(Random(n)).get("/d/old") for n in range(40)}
    assert {b"before", b"after", None} <= seen


@given(
    st.lists(
        st.tuples(st.booleans(), st.binary(min_size=1, max_size=8), st.integers(0, 12)),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_is_lost_what_was_synced_last_is_there(
    calls: list[tuple[bool, bytes, int]], random: Random
) -> None:
    """Unless something was written over it since, each byte is as at the last sync."""
    disk, sure, written = Disk({FILE: b""}), bytearray(), bytearray()
    since: set[int] = set()
    for n, (synced, data, at) in enumerate(calls):
        disk.take(sync(n) if synced else pwrite(data, at, n))
        if synced:
            sure, since = bytearray(written), set()
        else:
            written.extend(bytes(max(0, at - len(written))))
            written[at : at + len(data)] = data
            since |= set(range(at, at + len(data)))
    left = disk.after_a_cut(random)[FILE]
    assert len(left) >= len(sure)
    assert all(left[n] == sure[n] for n in range(len(sure)) if n not in since)


def test_the_power_goes_before_and_after_each_sync_of_the_folder() -> None:
    calls = [pwrite(b"a", 0, 0), sync(1), Call("fsync", "/e/other", "", b"", 0, 2, 2), sync(3)]
    assert list(cuts(calls, Path("/d"), 10, Random(1))) == [1, 2, 3, 4]
    few = list(cuts([*calls, pwrite(b"b", 0, 4)], Path("/d"), 3, Random(1)))
    assert len(few) == 3
    assert few[-1] == 5, "all that was promised is asked for"
