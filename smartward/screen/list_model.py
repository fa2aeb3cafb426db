"""A list for QML that never resets: rows keep their identity, views keep focus and scroll.

Rows are frozen dataclasses of one type; their fields are the roles, `key` tells who a row is.
"""

import dataclasses
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import (
    Property,
    QAbstractListModel,
    QByteArray,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Signal,
)

_Index = QModelIndex | QPersistentModelIndex
_DISPLAY_ROLE, _FIRST_ROLE = 0, 0x0100
"""`Qt.ItemDataRole.DisplayRole` and `UserRole`. To name them makes Qt for Python load all that its
namespace `Qt` enumerates: a thirtieth of the time to a screen's first frame."""


class Row(Protocol):
    """What a row is: a frozen dataclass with a key."""

    @property
    def key(self) -> str:
        """Unique among the rows, the same as long as it is the same thing."""


R = TypeVar("R", bound=Row)


def staying(positions: Sequence[int]) -> set[int]:
    """Indices into `positions` of a longest increasing run: rows that need not move."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = [-1] * len(positions)
    for index, position in enumerate(positions):
        length = bisect_left(tails, position)
        before[index] = ends[length - 1] if length else -1
        if length == len(tails):
            tails.append(position)
            ends.append(index)
        else:
            tails[length], ends[length] = position, index
    kept: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        kept.add(index)
        index = before[index]
    return kept


class KeyedListModel(QAbstractListModel, Generic[R]):
    """Shows rows of one dataclass. `update` brings it to a new list by the fewest changes."""

    countChanged = Signal()

    def __init__(self, row_type: type[R], parent: QObject | None = None) -> None:
        super().__init__(parent)
        # mypy cannot know that the row type is a dataclass.
        self._fields = tuple(field.name for field in dataclasses.fields(row_type))  # type: ignore[arg-type]  # as the line above says
        self._values = attrgetter(*self._fields)
        self._rows: list[R] = []

    @Property(int, notify=countChanged)
    def count(self) -> int:
        """Number of rows; QML is told once they are all there."""
        return len(self._rows)

    @property
    def rows(self) -> tuple[R, ...]:
        """What is shown, in order."""
        return tuple(self._rows)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def roleNames(self) -> dict[int, QByteArray]:
        """Each field of the dataclass is a role."""
        return {_FIRST_ROLE + i: QByteArray(name.encode()) for i, name in enumerate(self._fields)}

    def data(self, index: _Index, role: int = _DISPLAY_ROLE) -> Any:
        """A field of a row; tuples become lists, which QML can walk."""
        field = role - _FIRST_ROLE
        if not index.isValid() or not 0 <= field < len(self._fields):
            return None
        value = getattr(self._rows[index.row()], self._fields[field])
        return list(value) if isinstance(value, tuple) else value

    def update(self, rows: Sequence[R]) -> bool:
        """Become `rows`; True when anything changed. Raises ValueError when two share a key."""
        wanted = {row.key: row for row in rows}
        if len(wanted) != len(rows):
            raise ValueError("two rows with one key")
        if rows == self._rows:
            return False
        count = len(self._rows)
        if [row.key for row in self._rows] != list(wanted):
            self._remove(wanted)
            self._move(list(wanted))
            self._insert(rows)
        self._change(rows)
        if len(rows) != count:
            self.countChanged.emit()
        return True

    def _remove(self, wanted: dict[str, R]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            if self._rows[last].key in wanted:
                last -= 1
                continue
            first = last
            while first > 0 and self._rows[first - 1].key not in wanted:
                first -= 1
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _move(self, order: list[str]) -> None:
        """Bring the rows that stay into their new order; as few as possible move."""
        rank = {key: i for i, key in enumerate(order)}
        stay = staying([rank[row.key] for row in self._rows])
        still = {self._rows[i].key for i in stay}
        moving = sorted((r.key for r in self._rows if r.key not in still), key=rank.__getitem__)
        for key in moving:
            source = next(i for i, row in enumerate(self._rows) if row.key == key)
            still.add(key)
            target = 0
            for i, row in enumerate(self._rows):
                if row.key in still and rank[row.key] < rank[key]:
                    target = i + 1
            # Qt counts the target before the row is taken out; its own place is no move.
            if target in (source, source + 1):
                continue
            self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), target)
            row = self._rows.pop(source)
            self._rows.insert(target - 1 if target > source else target, row)
            self.endMoveRows()

    def _insert(self, rows: Sequence[R]) -> None:
        here = {row.key for row in self._rows}
        first = 0
        while first < len(rows):
            if rows[first].key in here:
                first += 1
                continue
            last = first
            while last + 1 < len(rows) and rows[last + 1].key not in here:
                last += 1
            self.beginInsertRows(QModelIndex(), first, last)
            self._rows[first:first] = rows[first : last + 1]
            self.endInsertRows()
            first = last + 1

    def _change(self, rows: Sequence[R]) -> None:
        """Rows side by side of which the same has changed are told of together."""
        first, told = 0, list[int]()
        for i, (old, new) in enumerate(zip(self._rows, rows, strict=True)):
            changed = [] if old is new or old == new else self._changed(old, new)
            if changed != told:
                self._tell(first, i - 1, told)
                first, told = i, changed
            if changed:
                self._rows[i] = new
        self._tell(first, len(rows) - 1, told)

    def _changed(self, old: R, new: R) -> list[int]:
        pairs = zip(self._values(old), self._values(new), strict=True)
        return [_FIRST_ROLE + n for n, (was, now) in enumerate(pairs) if was != now]

    def _tell(self, first: int, last: int, roles: list[int]) -> None:
        if roles:
            self.dataChanged.emit(self.createIndex(first, 0), self.createIndex(last, 0), roles)
