"""The audio device in a process of its own: one QAudioSink that asks its parent for every block.

Qt's PulseAudio backend ends its process when the sound server dies and the device is opened again;
so no screen loads it. Nor is QMediaPlayer used: without a device it reports success.

Run by `child.Child`; `sound_link` tells what it says and hears.
"""

import sys
from multiprocessing.connection import Connection

from PySide6.QtCore import QCoreApplication, QIODevice, QObject, QSocketNotifier, QTimer, Slot
from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices, QtAudio

from smartward.device.child import link_to_parent
from smartward.device.samples import BYTES_PER_FRAME, RATE, frames
from smartward.device.sound_link import BLOCK, MORE, NO_DEVICE, NUMBER, OPENED, PULL

_BLOCK_FRAMES = frames(0.020)
_DEVICE_BUFFER = frames(0.060)
_REST_AFTER = frames(0.300)


class _Source(QIODevice):
    """What the sink pulls from: each read is a question to the parent."""

    def __init__(self, link: Connection) -> None:
        super().__init__()
        self._link = link
        self.silent_for = 0
        self.open(QIODevice.OpenModeFlag.ReadOnly)

    def isSequential(self) -> bool:
        return True

    def bytesAvailable(self) -> int:
        return _BLOCK_FRAMES * BYTES_PER_FRAME + super().bytesAvailable()

    def readData(self, maxlen: int) -> bytes:
        number = min(maxlen // BYTES_PER_FRAME, _BLOCK_FRAMES)
        self._link.send_bytes(PULL + NUMBER.pack(number))
        while (answer := self._link.recv_bytes())[:1] != BLOCK:
            self.silent_for = 0  # woken while awake
        self.silent_for = 0 if answer[1:2] == MORE else self.silent_for + number
        return answer[2:]

    def writeData(self, data: "bytes | bytearray | memoryview[int]", maxlen: int) -> int:
        return -1


class Output(QObject):
    """Opens the sink and lets it rest in silence. Without a device the parent ends this process."""

    def __init__(self, link: Connection) -> None:
        super().__init__()
        self._link = link
        self._source = _Source(link)
        self._sink: QAudioSink | None = None
        self._notifier = QSocketNotifier(link.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_message)
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._on_outputs)
        self._rest = QTimer(self, interval=100)
        self._rest.timeout.connect(self._rest_if_silent)
        self._open()

    def _open(self) -> None:
        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            self._fail("there is no audio device")
            return
        wanted = QAudioFormat()
        wanted.setSampleRate(RATE)
        wanted.setChannelCount(1)
        wanted.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._sink = sink = QAudioSink(device, wanted, self)
        sink.setBufferSize(_DEVICE_BUFFER * BYTES_PER_FRAME)
        sink.start(self._source)
        # Enums of error() and of QtAudio do not always compare equal: their names do.
        if sink.error().name != "NoError":
            self._fail(f"the audio device does not open ({sink.error().name})")
            return
        sink.stateChanged.connect(self._on_state)
        self._link.send_bytes(OPENED)
        self._rest.start()

    @Slot()
    def _on_outputs(self) -> None:
        if self._sink is not None and QMediaDevices.defaultAudioOutput().isNull():
            self._fail("the audio device is gone")

    def _fail(self, why: str) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.deleteLater()
        self._rest.stop()
        self._link.send_bytes(NO_DEVICE + why.encode())

    @Slot(QtAudio.State)
    def _on_state(self, state: QtAudio.State) -> None:
        if self._sink is not None and state.name == "StoppedState":
            self._fail(f"the audio device stopped ({self._sink.error().name})")

    @Slot()
    def _rest_if_silent(self) -> None:
        if self._sink is not None and self._source.silent_for >= _REST_AFTER:
            self._rest.stop()
            self._sink.suspend()

    @Slot()
    def _on_message(self) -> None:
        while self._link.poll(0):
            try:
                self._link.recv_bytes()
            except EOFError:
                QCoreApplication.exit(0)
                return
            self._wake()

    def _wake(self) -> None:
        self._source.silent_for = 0
        if self._sink is not None:
            if self._sink.state().name == "SuspendedState":
                self._sink.resume()
            self._rest.start()


def main(descriptor: int, parent: int) -> None:
    """The process."""
    link = link_to_parent(descriptor, parent)
    application = QCoreApplication(["smartward-sound"])
    output = Output(link)
    application.exec()
    output.deleteLater()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
