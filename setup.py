"""Puts ui/ and resources/ under the package in a wheel; in a clone they stay at the top level."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
FOLDERS = ("ui", "resources")
SKIPPED = {"__pycache__", ".DS_Store"}


def data_files() -> list[Path]:
    """Every file below ui/ and resources/, relative to this folder."""
    found = (path for folder in FOLDERS for path in sorted((HERE / folder).rglob("*")))
    return [p.relative_to(HERE) for p in found if p.is_file() and not SKIPPED & set(p.parts)]


class BuildWithData(build_py):
    """build_py that adds the two folders, and names them for the source archive."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for path in data_files():
            target = Path(self.build_lib) / "smartward" / path
            self.mkpath(str(target.parent))
            self.copy_file(str(HERE / path), str(target))

    def get_source_files(self) -> list[str]:
        return [*super().get_source_files(), *(str(path) for path in data_files())]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        added = [str(Path(self.build_lib) / "smartward" / path) for path in data_files()]
        return [*super().get_outputs(include_bytecode), *added]


setup(cmdclass={"build_py": BuildWithData})
