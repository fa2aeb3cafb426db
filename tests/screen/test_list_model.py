"""A keyed list becomes any other by inserts, moves, removes and changed roles: never a reset."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from smartward.screen.list_model import KeyedListModel, staying

FIRST_ROLE = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True)
class Card:
    key: str
    text: str
    marks: tuple[str, ...] = ()


class Shadow:
    """A view that knows only what the model's signals and roles tell it."""

    def __init__(self, model: KeyedListModel[Card]) -> None:
        self.model = model
        self.cards: list[Card] = [self._read(i) for i in range(model.rowCount())]
        self.moves = 0
        self.changed_roles: list[list[int]] = []
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.rowsMoved.connect(self._moved)
        model.dataChanged.connect(self._changed)
        model.modelReset.connect(lambda: pytest.fail("the model was reset"))

    def _read(self, row: int) -> Card:
        index = self.model.index(row)
        key, text, marks = (index.data(FIRST_ROLE + i) for i in range(3))
        return Card(key, text, tuple(marks))

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.cards[first:first] = [self._read(i) for i in range(first, last + 1)]

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        del self.cards[first : last + 1]

    def _moved(self, _p: QModelIndex, first: int, last: int, _q: QModelIndex, to: int) -> None:
        self.moves += 1
        moved = self.cards[first : last + 1]
        del self.cards[first : last + 1]
        to = to - len(moved) if to > first else to
        self.cards[to:to] = moved

    def _changed(self, top: QModelIndex, bottom: QModelIndex, roles: list[int]) -> None:
        self.changed_roles.append(roles)
        for row in range(top.row(), bottom.row() + 1):
            self.cards[row] = self._read(row)


cards = st.lists(
    st.builds(
        Card,
        key=st.sampled_from("abcdefgh"),
        text=st.sampled_from(["x", "y"]),
        marks=st.sampled_from([(), ("m",)]),
    ),
    unique_by=lambda card: card.key,
)


@given(lists=st.lists(cards, min_size=1, max_size=6))
def test_any_list_becomes_any_other(app: QGuiApplication, lists: list[list[Card]]) -> None:
    model = KeyedListModel(Card)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    shadow = Shadow(model)
    for wanted in lists:
        before = list(model.rows)
        assert model.update(wanted) == (before != wanted)
        assert list(model.rows) == wanted
        assert shadow.cards == wanted


@given(order=st.permutations(range(8)))
def test_as_few_rows_move_as_possible(app: QGuiApplication, order: list[int]) -> None:
    model = KeyedListModel(Card)
    model.update([Card(str(i), "x") for i in range(8)])
    shadow = Shadow(model)
    model.update([Card(str(i), "x") for i in order])
    assert shadow.moves == 8 - len(staying(order))
    assert shadow.changed_roles == []


@given(positions=st.lists(st.integers(0, 30), unique=True, max_size=8))
def test_what_stays_is_the_longest_run(positions: list[int]) -> None:
    kept = sorted(staying(positions))
    assert [positions[i] for i in kept] == sorted(positions[i] for i in kept)
    best = [1] * len(positions)
    for i, high in enumerate(positions):
        for j in range(i):
            if positions[j] < high:
                best[i] = max(best[i], best[j] + 1)
    assert len(kept) == max(best, default=0)


def test_rows_side_by_side_that_change_alike_are_told_of_together(app: QGuiApplication) -> None:
    model = KeyedListModel(Card)
    model.update([Card(key, "x") for key in "abcdefg"])
    told: list[tuple[int, int, list[int]]] = []

    def changed(top: QModelIndex, bottom: QModelIndex, roles: list[int]) -> None:
        told.append((top.row(), bottom.row(), [role - FIRST_ROLE for role in roles]))

    model.dataChanged.connect(changed)
    shadow = Shadow(model)
    a, b, c, d, e, f, g = model.rows
    model.update([a, Card("b", "y"), Card("c", "z"), Card("d", "x", ("m",)), e, f, Card("g", "y")])
    assert told == [(1, 2, [1]), (3, 3, [2]), (6, 6, [1])]
    assert tuple(shadow.cards) == model.rows
    told.clear()
    model.update([Card(one.key, "new") for one in (a, b, c, d, e, f, g)])
    assert told == [(0, 2, [1]), (3, 3, [1, 2]), (4, 6, [1])]


def test_only_changed_roles_are_told(app: QGuiApplication) -> None:
    model = KeyedListModel(Card)
    model.update([Card("a", "x"), Card("b", "x")])
    shadow = Shadow(model)
    model.update([Card("a", "x"), Card("b", "y")])
    assert shadow.changed_roles == [[FIRST_ROLE + 1]]
    assert model.roleNames()[FIRST_ROLE + 1] == b"text"


def test_how_many_rows_there_are_is_told_once_they_are_all_there(app: QGuiApplication) -> None:
    model = KeyedListModel(Card)
    told: list[tuple[int, int]] = []
    model.countChanged.connect(lambda: told.append((model.count, len(model.rows))))
    model.update([Card("a", "x"), Card("b", "x"), Card("c", "x")])
    model.update([Card("c", "x"), Card("d", "x"), Card("b", "y")])
    model.update([Card("d", "x")])
    assert told == [(3, 3), (1, 1)]


def test_two_rows_with_one_key_are_refused(app: QGuiApplication) -> None:
    model = KeyedListModel(Card)
    with pytest.raises(ValueError, match="one key"):
        model.update([Card("a", "x"), Card("a", "y")])
    assert model.rows == ()
