"""No line of the log takes a value that holds a name, a number or a text of a person."""

import ast
from collections.abc import Iterator

from tests.project.repo import ROOT

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
PERSONAL = {
    "alias", "badge", "birth_date", "body", "by", "code", "data", "diagnosis", "display_name",
    "encounter", "family", "full_name", "identifier", "member", "members", "opened_name",
    "patient", "person", "pin", "reason", "said", "text", "title", "told", "why", "wording",
}  # fmt: skip
"""Attributes and variables that are, or hold, what somebody is called or what was said of them."""

KNOWN = {
    ("smartward/device/loudspeaker.py", "why"),  # what the sound system says
    ("smartward/log.py", "why"),  # an error of a link
    ("smartward/screen/cache_file.py", "why"),  # what SQLite says of a broken file
    ("smartward/screen/first_start.py", "told"),  # the words for a start file that is of no use
    ("smartward/screen/damaged.py", "why"),  # what the library says of a key or certificate
    ("smartward/device/voice.py", "said"),  # only its length
}


def logged() -> Iterator[tuple[str, int, ast.expr]]:
    """Each argument of each call of a logger, but its sentence."""
    for path in sorted(ROOT.joinpath("smartward").rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            on = ast.unparse(node.func.value)
            if node.func.attr in LEVELS and on.rpartition(".")[2] in ("log", "_log", "logger"):
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                    yield place, node.lineno, argument


def names_in(argument: ast.expr) -> set[str]:
    found = set()
    for node in ast.walk(argument):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return found


def test_no_log_line_takes_what_a_person_is_called() -> None:
    arguments = list(logged())
    assert len(arguments) > 60
    wrong = [
        f"{place}:{line}: {ast.unparse(argument)}"
        for place, line, argument in arguments
        for name in names_in(argument) & PERSONAL
        if (place, name) not in KNOWN
    ]
    assert not wrong, "\n".join(wrong)


def test_a_log_line_is_one_sentence_with_values() -> None:
    """An f-string would hide from the test above what it takes."""
    wrong = [f"{place}:{line}" for place, line, arg in logged() if isinstance(arg, ast.JoinedStr)]
    assert not wrong
