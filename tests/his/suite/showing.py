"""What a test of the suite shows, in the README's words."""

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def shows(what: str) -> Callable[[Test], Test]:
    """Run the test against every hospital system, as a row of the README's table for each."""

    def marked(test: Test) -> Test:
        test.shows = what  # type: ignore[attr-defined]  # a mark on the function, read by the report
        return test

    return marked
