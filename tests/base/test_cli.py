"""The command line: what cannot be done is told in words, with an exit code, never a traceback."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from smartward import check, cli
from smartward.config import SETTINGS
from smartward.errors import StorageFault
from tests.programs import run
from tests.project.repo import ROOT

Ended = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ended(capsys: pytest.CaptureFixture[str]) -> Ended:
    """Run a command here: its exit code, what it said, what it complained of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(list(arguments))
        said, complained = capsys.readouterr()
        return int(caught.value.code or 0), said, complained

    return run


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[list[str]], int | None]], None]:
    """Make the command `hub` be this function."""

    def be(main: Callable[[list[str]], int | None]) -> None:
        monkeypatch.setattr(cli.importlib, "import_module", lambda name: SimpleNamespace(main=main))

    return be


# ------------------------------------------------------------------------------- choosing


def test_without_a_command_it_says_what_there_is(ended: Ended) -> None:
    code, said, _ = ended()
    assert code == 2
    for name in cli.COMMANDS:
        assert f"\n  {name}" in said


@pytest.mark.parametrize("word", ["-h", "--help", "help"])
def test_help_is_no_error(ended: Ended, word: str) -> None:
    code, said, complained = ended(word)
    assert (code, complained) == (0, "")
    assert "usage: smartward" in said


@pytest.mark.parametrize("word", ["hubb", "", "--version", "HUB"])
def test_an_unknown_command_is_2_and_says_what_there_is(ended: Ended, word: str) -> None:
    code, said, complained = ended(word)
    assert (code, said) == (2, "")
    assert complained.startswith(f"smartward: no such command: {word}\n")
    assert "hub" in complained


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_is_there(command: str) -> None:
    """Looked up, not imported: a screen needs Qt, and this process may not want it."""
    assert importlib.util.find_spec(cli.COMMANDS[command][0]) is not None


# ------------------------------------------------------------------------- which hub is meant

GROUPS = [
    ("audit", "verify"),
    ("call-point", "list"),
    ("drill", "list"),
    ("enrol", "waiting"),
    ("fleet", "show", "0190"),
    ("fleet", "night"),
    ("fleet", "restart", "--ward"),
    ("hub", "backup", "--to", "copy.sqlite"),
    ("masking", "show"),
    ("staff", "list"),
    ("updates", "list"),
]


@pytest.mark.parametrize("command", GROUPS, ids=" ".join)
def test_a_group_of_commands_takes_the_hubs_folder_on_both_sides_of_the_word(
    ended: Ended, tmp_path: Path, command: tuple[str, ...]
) -> None:
    group, *words = command
    folder = tmp_path / "its"
    for where in (["--data-dir", str(folder)], [f"--data-dir={folder}"]):
        for argv in ([group, *where, *words], [*command, *where]):
            code, _, complained = ended(*argv)
            assert code == 1, argv
            assert str(folder) in complained, argv
    both = [group, "--data-dir", str(tmp_path / "other"), *words, "--data-dir", str(folder)]
    assert str(folder) in ended(*both)[2], "the one that was said last"


def test_every_group_of_commands_is_tried() -> None:
    parted = {"voice"}  # of a recording: no hub
    for name in set(cli.COMMANDS) - parted - {group for group, *_ in GROUPS}:
        module = importlib.util.find_spec(cli.COMMANDS[name][0])
        assert module is not None
        assert module.origin is not None
        source = Path(module.origin).read_text(encoding="utf-8")
        assert "add_subparsers" not in source, f"{name}: add it to GROUPS"


def test_the_file_of_a_report_is_told_with_and_without_an_equals_sign(
    ended: Ended, tmp_path: Path
) -> None:
    kept, page = tmp_path / "kept.json", tmp_path / "page.pdf"
    parted = ended("check", "--report", str(kept), "--to", str(page))
    assert parted[0] == 1
    assert str(kept) in parted[2]
    assert ended("check", f"--report={kept}", "--to", str(page)) == parted


# ------------------------------------------------------------------------------- ending


def test_the_rest_of_the_line_is_the_programs(
    ended: Ended, program: Callable[[Callable[[list[str]], int | None]], None]
) -> None:
    got: list[list[str]] = []
    program(lambda arguments: got.append(arguments))
    assert ended("hub", "--data-dir", "x", "help")[0] == 0
    assert got == [["--data-dir", "x", "help"]]


@pytest.mark.parametrize("code", [0, 1, 2, 7])
def test_its_code_is_the_programs(
    ended: Ended, program: Callable[[Callable[[list[str]], int | None]], None], code: int
) -> None:
    program(lambda arguments: code)
    assert ended("hub")[0] == code


def failing(error: BaseException) -> Callable[[list[str]], int | None]:
    def main(arguments: list[str]) -> int | None:
        raise error

    return main


ENGLISH = "The data file was written by a newer SmartWard. Install that version again."
CHINESE = "数据文件由更新版本的 SmartWard 写入。请重新安装该版本。"


@pytest.mark.parametrize(
    "variable, tongue, words",
    [
        ("LANG", "C.UTF-8", ENGLISH),
        ("LANG", "zh_CN.UTF-8", CHINESE),
        ("LC_ALL", "zh_CN.UTF-8", CHINESE),
        ("LC_MESSAGES", "zh_TW", CHINESE),
        ("LANG", "de_DE.UTF-8", ENGLISH),
        ("LANG", "", ENGLISH),
    ],
)
def test_an_error_of_ours_is_told_in_words(
    ended: Ended,
    program: Callable[[Callable[[list[str]], int | None]], None],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    tongue: str,
    words: str,
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, tongue)
    program(failing(StorageFault("storage.newer", "step second")))
    assert ended("hub") == (1, "", f"smartward hub: {words} (step second)\n")


def test_an_error_without_words_is_still_told(
    ended: Ended, program: Callable[[Callable[[list[str]], int | None]], None]
) -> None:
    program(failing(StorageFault("storage.unheard_of", "why")))
    assert ended("hub") == (1, "", "smartward hub: storage.unheard_of: why\n")


def test_a_file_that_cannot_be_used_is_named(
    ended: Ended, program: Callable[[Callable[[list[str]], int | None]], None], tmp_path: Path
) -> None:
    program(lambda arguments: len((tmp_path / "gone").read_bytes()))
    code, _, complained = ended("hub")
    assert code == 1
    assert str(tmp_path / "gone") in complained
    assert "No such file" in complained


def test_ctrl_c_is_no_traceback(
    ended: Ended, program: Callable[[Callable[[list[str]], int | None]], None]
) -> None:
    program(failing(KeyboardInterrupt()))
    assert ended("hub") == (130, "", "")


def test_a_part_that_is_not_installed_is_told(
    ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen's Debian package has no hub: drill is there, and asks for it."""

    def gone(name: str) -> object:
        raise ModuleNotFoundError("No module named 'smartward.hub'", name="smartward.hub")

    monkeypatch.setattr(cli.importlib, "import_module", gone)
    code, _, complained = ended("drill", "list")
    assert code == 1
    assert "smartward-hub" in complained


def test_a_missing_library_is_told(ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "libEGL.so.1: cannot open shared object file: No such file or directory"
    for error in (ImportError(message), ModuleNotFoundError("No module", name="PySide6")):

        def find(name: str, error: ImportError = error) -> None:
            raise error

        monkeypatch.setattr(cli.importlib, "import_module", find)
        code, _, complained = ended("screen", "station")
        assert code == 1
        assert "smartward check" in complained
        assert str(error) in complained


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> None:
        raise ImportError("cannot import name 'x'", name="smartward.hub.app")

    monkeypatch.setattr(cli.importlib, "import_module", find)
    with pytest.raises(ImportError, match="cannot import name"):
        cli.main(["hub"])


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (("hub", "--set", "prot=1"), 1, "There is no setting prot"),
        (("hub", "--clock", "noon"), 1, "--clock cannot be noon"),
        (("enrol", "bedside", "12", "--data-dir", "nowhere"), 1, "No hub answers at nowhere"),
        (("his",), 2, "usage: smartward his"),
        (("screen", "kitchen"), 2, "invalid choice: 'kitchen'"),
    ],
)
def test_real_programs_tell_it_too(arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_is_no_error_of_ours() -> None:
    """`smartward check | head -1`."""
    command = [sys.executable, "-m", "smartward", "check"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == b""


# ------------------------------------------------------------------------------- check


def rows(said: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in said.splitlines() if line.split()[1:])


def test_check_names_every_setting_with_its_source(ended: Ended, tmp_path: Path) -> None:
    file = tmp_path / "ward.toml"
    file.write_text('port = 8700\nhis_url = "https://his.example/r4"\nhis_ward = "w"\n')
    code, said, _ = ended("check", "--config", str(file), "--set", "language=en")
    found = rows(said)
    for name, declared in SETTINGS.items():
        assert found[name].endswith(declared.metadata["meaning"])
    assert found["port"].split()[:2] == ["8700", "file"], "said there, if only what it is anyway"
    assert found["his_url"].split()[:2] == ["https://his.example/r4", "file"]
    assert found["language"].split()[:2] == ["en", "--set"]
    assert found["zone"].split()[:2] == ["Asia/Shanghai", "default"]
    assert code == (1 if "MISSING" in said else 0)
    assert (said.splitlines()[-1].split() == ["at", "fault", "nothing"]) is (code == 0)


def test_check_names_a_file_of_rules_that_would_stop_the_hub(ended: Ended, tmp_path: Path) -> None:
    rules, file = tmp_path / "own_rules.toml", tmp_path / "ward.toml"
    file.write_text(f'alert_rules_file = "{rules}"\n')
    rules.write_text('[news2]\nmode = "on"\n')
    assert ended("check", "--config", str(file))[2] == ""
    rules.write_text('[news2]\nmode = "loud"\n')
    code, said, complained = ended("check", "--config", str(file))
    assert code == 1
    assert "own_rules.toml" in complained
    assert "[news2] mode must be one of" in complained
    assert rows(said)["port"], "after all that it has to say"


HIS = ("his_url=https://his.example/r4", "his_ward=w")


@pytest.mark.parametrize(
    "wrong",
    [
        ("his_url=https://his.example/r4",),
        ("tls_key=/gone.key",),
        ("host=0.0.0.0",),
        ("drill_at=25:00",),
        ("drill_days=0,8",),
        ("his_write=everything",),
        (*HIS, "his_auth=basic"),
        (*HIS, f"his_secret_file={ROOT / 'README.md'}"),
    ],
)
def test_check_refuses_what_the_hub_refuses_in_the_hubs_words(
    ended: Ended, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    pairs = [part for pair in wrong for part in ("--set", pair)]
    code, said, complained = ended("check", *pairs)
    assert code == 1
    assert rows(said)["port"], "after all that it has to say"
    refused = ended("hub", "--data-dir", str(tmp_path / "hub"), *pairs)
    assert (refused[0], refused[2]) == (1, complained.replace("smartward check", "smartward hub"))


def test_check_says_of_what_a_page_can_be_drawn(ended: Ended, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    code, said, complained = ended("check", "--to", str(file))
    assert (code, said, file.exists()) == (1, "", False)
    for words in ("check --device --state-dir FOLDER", "check --report RESULT", f"--to {file}"):
        assert words in complained


def test_check_says_what_is_missing_and_what_to_do(
    ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(check.importlib.metadata, "version", gone)
    monkeypatch.setattr(check, "SYSTEM", {"libgone.so.9": "libgone9"})
    monkeypatch.setattr(check, "_LEAST_FREE_MIB", 10**12)
    code, said, _ = ended("check")
    assert code == 1
    assert "apt-get install libgone9" in said
    assert "qasync                     MISSING" in said
    assert "free disk                  LOW" in said
    assert "port " in said, "and goes on"
    last = said.splitlines()[-1]
    assert all(name in last for name in ("at fault", "qasync", "libgone.so.9", "free disk")), last


def test_check_asks_of_a_hubs_machine_nothing_that_only_screens_need(
    ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's Debian package has no screens, and the screen's no hub."""
    find = check.importlib.util.find_spec
    gone = ""

    def found(name: str) -> object:
        return None if name == gone else find(name)

    monkeypatch.setattr(check.importlib.util, "find_spec", found)
    monkeypatch.setattr(check, "SYSTEM", {"libgone.so.9": "libgone9"})
    assert "libgone9" in ended("check")[1]
    gone = "smartward.screen"
    code, said, _ = ended("check")
    assert code == 0
    assert "libgone9" not in said
    assert "PySide6" not in said
    gone = "smartward.hub"
    assert "PySide6" in ended("check", "--set", "alert_rules_file=/gone")[1]


def test_check_of_a_folder_that_is_not_there_is_told(ended: Ended, tmp_path: Path) -> None:
    code, _, complained = ended("check", "--data-dir", str(tmp_path / "gone"))
    assert code == 1
    assert str(tmp_path / "gone") in complained


def test_check_refuses_what_no_program_would_start_with(ended: Ended) -> None:
    for bad in ("port", "port=x", "prot=1"):
        code, _, complained = ended("check", "--set", bad)
        assert code == 1
        assert complained.startswith("smartward check: ")


def test_check_knows_every_library_that_is_installed_to_run() -> None:
    text = ROOT.joinpath("packaging", "system-packages.txt").read_text("utf-8")
    run = text.split("[run]")[1].split("[demo]")[0]
    wanted = {
        frozenset(name.strip() for name in line.split("#")[0].split("|"))
        for line in run.splitlines()[1:]
        if line.startswith("lib")
    }
    assert wanted
    for names in wanted:
        assert names & set(check.SYSTEM.values()), names
