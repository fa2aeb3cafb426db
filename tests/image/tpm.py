"""A TPM for a machine: swtpm, whose state stays in a folder of its own as a chip's does."""

import subprocess
from pathlib import Path

from tests.image.vm import wait_for


class Tpm:
    """One TPM 2.0. It is there for one run of one machine at a time."""

    def __init__(self, folder: Path) -> None:
        """The chip whose state lies in `folder`, a new one where there is none."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self) -> tuple[str, ...]:
        """Power on; gives QEMU's words for a machine that has it."""
        self.end()
        speaks = self._folder / "speaks"
        speaks.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._folder}"),
                *("--ctrl", f"type=unixio,path={speaks}", "--flags", "not-need-init"),
            ],
            stdin=subprocess.DEVNULL,
        )
        wait_for("the TPM", 30, speaks.exists)
        return (
            *("-chardev", f"socket,id=tpm,path={speaks}"),
            *("-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0"),
        )

    def end(self) -> None:
        """Power off. It has kept its state."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
