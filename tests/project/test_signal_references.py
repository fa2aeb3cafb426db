"""PySide6 must not lose references to True and None (6.12.0 does so on Python 3.11)."""

import sys

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QStringListModel, Signal

# Far fewer than would end the process in the faulty version, far more than chance can move.
TIMES = 300
# Other work of the interpreter may move a count by a few.
SLACK = 30

# From 3.12 on these counts never move, whatever Qt does, and the fault cannot strike.
pytestmark = [
    pytest.mark.skipif(
        sys.version_info >= (3, 12), reason="True and None are immortal from Python 3.12 on"
    ),
    pytest.mark.may_skip("a Python that cannot have the fault"),
]


class Sender(QObject):
    plain = Signal()
    flag = Signal(bool)


def drift(work: object, singleton: object) -> int:
    """By how much calling `work` so often changes the number of references to `singleton`."""
    assert callable(work)
    before = sys.getrefcount(singleton)
    for _ in range(TIMES):
        work()
    return sys.getrefcount(singleton) - before


@pytest.fixture
def sender(qapp: QCoreApplication) -> Sender:
    sender = Sender()
    sender.plain.connect(lambda: None)
    sender.flag.connect(lambda value: None)
    return sender


@pytest.mark.parametrize("singleton", [True, None, False], ids=str)
def test_emit_keeps_references(sender: Sender, singleton: object) -> None:
    assert abs(drift(sender.plain.emit, singleton)) < SLACK
    assert abs(drift(lambda: sender.flag.emit(True), singleton)) < SLACK


@pytest.mark.parametrize("singleton", [True, None, False], ids=str)
def test_void_calls_keep_references(
    sender: Sender, qapp: QCoreApplication, singleton: object
) -> None:
    model = QStringListModel()

    def reset() -> None:
        model.beginResetModel()
        model.endResetModel()

    def connect() -> None:
        slot = sender.plain.connect(reset)
        sender.plain.disconnect(slot)

    for work in (lambda: sender.setObjectName("x"), reset, connect, qapp.processEvents):
        assert abs(drift(work, singleton)) < SLACK, work
