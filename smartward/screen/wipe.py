"""A screen forgets all it has: it is given away, sent in for repair, or none of ours any more.

First the keys of what is kept of patients: from then on nothing of it can be read, should the power
go. Then everything else, overwritten and removed. The key by which the hub knows this device goes
last: as long as it is there, the hub says again that it is to be wiped.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from smartward import device_key, storage, wrapping
from smartward.screen.seed import Seed
from smartward.storage import overwrite

_KEYS = ".keys"
_MADE_ANEW = ".cache"
"""Of the XDG base directories: compiled pages and found fonts, nothing of a patient. It is removed
as it is: the program that forgets reads its pages out of there as it shows them, and would end with
one that is overwritten meanwhile."""


def wipe(folder: Path, seed: Seed) -> None:
    """Forget all that was ever kept here: pairing, key, cache, what was touched and not yet sent.
    Settings and the authorities of the seed, which hold nothing of a patient, stay: without them
    this screen could never be paired again. Raises StorageFault where something is left."""
    stays = {file.resolve() for file in seed.ca}
    try:
        for file in sorted(_files(folder, stays), key=_turn):
            if _MADE_ANEW in file.relative_to(folder).parts:
                file.unlink()
            else:
                overwrite(file)
            storage.sync(file.parent)
        _clear(folder)
        storage.sync(folder)
    except OSError as error:
        raise storage.fault_of(error, folder) from error


def _turn(file: Path) -> int:
    if file.suffix == _KEYS:
        return 0
    # Under a second name it may lie there still (`wrapping.take_over`), and be the same bytes.
    if file.name in (device_key.FILE, wrapping.former(file.with_name(device_key.FILE)).name):
        return 2
    return 1


def _files(folder: Path, stays: set[Path]) -> Iterator[Path]:
    for found in folder.iterdir():
        if found.suffix == ".toml" or found.is_symlink() or found.resolve() in stays:
            continue
        if found.is_file():
            yield found
        elif _is_ours(found):
            yield from _files(found, stays)


def _clear(folder: Path) -> None:
    """Remove the folders that are empty now."""
    for found in folder.iterdir():
        if _is_ours(found):
            _clear(found)
            if not any(found.iterdir()):
                found.rmdir()


def _is_ours(found: Path) -> bool:
    return found.is_dir() and not found.is_symlink() and found.stat().st_uid == os.geteuid()
