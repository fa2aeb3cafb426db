"""The mirror's rows: sealed one by one, and found again by what is in memory only."""

import sqlite3
from collections.abc import Collection, Iterable

from smartward.errors import StorageFault
from smartward.screen.cache_rows import Mirrored
from smartward.screen.seal import BED_KIND, STAY_KIND, Seal, Sealed, occupants_of
from smartward.wire.envelope import Document

TURN_DUE = "turn_due"
"""In meta while the key of nobody is to be turned over."""
_ROW = "number, kind, seq, stay, sealed"


class MirrorRows:
    """Which row of the file holds which document: the file itself does not tell.

    Reading is for the start, on the screen's thread; all that writes is for the writer's, and may
    raise sqlite3.Error and OSError.
    """

    def __init__(self, connection: sqlite3.Connection, seal: Seal) -> None:
        self._db = connection
        self._seal = seal
        self._numbers: dict[str, dict[str, int]] = {}
        self._whole = False
        """All rows are known. Until then nothing is written."""
        self._next = 1

    def read(self, which: str, kinds: Collection[str]) -> list[Document]:
        """The documents whose kind is `in` or `not in` these. Raises Sealed where one cannot be
        opened: a mirror with a hole in it is none."""
        places = ", ".join("?" * len(kinds))
        sql = f"select {_ROW} from mirror where kind {which} ({places})"
        rows = self._db.execute(sql, tuple(kinds)).fetchall()
        found = self._seal.open_documents(rows)
        if not self._whole:
            for number, document in found:
                self._numbers.setdefault(document.kind, {})[document.id] = number
        return [document for _, document in found]

    # ----------------------------------------------------------------- for the writer's thread

    def is_here(self, stay: str) -> bool:
        """Whether the mirror has this stay itself; also where nobody can read what it has."""
        return not self._know() or stay in self._numbers.get(STAY_KIND, ())

    @property
    def stays(self) -> Collection[str] | None:
        """The stays that the mirror has; None where nobody can read it."""
        return self._numbers.get(STAY_KIND, {}).keys() if self._know() else None

    def apply(self, events: Iterable[Mirrored]) -> None:
        """Bring rows and meta up to date, within the caller's transaction."""
        try:
            for event in events:
                self._apply(event)
        except BaseException:
            self.unsure()
            raise

    def unsure(self) -> None:
        """What was written is taken back: read anew which row holds what."""
        self._numbers, self._whole = {}, False

    def _apply(self, event: Mirrored) -> None:
        if event.replace:
            if self._db.execute("delete from mirror").rowcount > 0:
                self._turn_due()
            self._numbers, self._whole = {}, True
        if (event.documents or event.gone) and not self._know():
            raise StorageFault("storage.unreadable", "a row of the mirror cannot be opened")
        for document in event.documents:
            self._put(document)
        for gone in event.gone:
            number = self._numbers.get(gone.kind, {}).pop(gone.id, None)
            if number is not None:
                if self._occupants(gone.kind, number):
                    self._turn_due()
                self._db.execute("delete from mirror where number = ?", (number,))
        for name, value in event.meta:
            if value is None:
                self._db.execute("delete from meta where key = ?", (name,))
            else:
                self._db.execute(
                    "insert or replace into meta (key, value) values (?, ?)", (name, value)
                )

    def _put(self, document: Document) -> None:
        of_kind = self._numbers.setdefault(document.kind, {})
        number = of_kind.get(document.id)
        if number is None:
            number = of_kind[document.id] = self._next
            self._next += 1
        elif self._occupants(document.kind, number) - occupants_of(document):
            self._turn_due()
        key = self._seal.key_of(document)
        sealed = self._seal.document(key, number, document)
        self._db.execute(
            f"insert or replace into mirror ({_ROW}) values (?, ?, ?, ?, ?)",
            (number, document.kind, document.seq, key.mark, sealed),
        )

    def _occupants(self, kind: str, number: int) -> frozenset[str]:
        """The stays that a row told of with the key of nobody."""
        if kind != BED_KIND:
            return frozenset()
        row = f"select {_ROW} from mirror where number = ?"
        try:
            found = self._seal.open_documents(self._db.execute(row, (number,)))
        except Sealed:
            return frozenset()  # whoever has the disk cannot open it either
        return frozenset(stay for _, bed in found for stay in occupants_of(bed))

    def _turn_due(self) -> None:
        """What is nobody's has told of who left: its key goes (`cache_forget.settle`), also when
        the power does first."""
        self._db.execute("insert or replace into meta (key, value) values (?, '1')", (TURN_DUE,))

    def _know(self) -> bool:
        """Read what was not read at the start. False where a row cannot be opened."""
        if self._whole:
            return True
        try:
            self.read("not in", tuple(self._numbers))
        except Sealed:
            return False
        last = self._db.execute("select max(number) from mirror").fetchone()[0]
        self._next = max(self._next, 1 + (last or 0))
        self._whole = True
        return True
