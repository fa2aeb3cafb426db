"""The hubs of a ward, in the order in which a screen goes to them, and the one it is at."""

from collections.abc import Callable, Iterable, Sequence

_LET_BE_S = 3.0
"""A hub that did not answer is asked last for so long."""
READY_S = 20.0
"""After so long a hub that answers again is gone back to, whatever the standby is about."""


def of_text(text: str) -> tuple[str, ...]:
    """The addresses of a list with commas."""
    return tuple(one.strip().rstrip("/") for one in text.split(",") if one.strip())


class Hubs:
    """Knows addresses only; times are monotonic seconds."""

    def __init__(self, given: Sequence[str]) -> None:
        """`given`: what the screen was started with, in order, one at least."""
        self._given = tuple(dict.fromkeys(url.rstrip("/") for url in given))
        self.urls = self._given
        self.here = self.urls[0]
        """Where the feed comes from, or is tried."""
        self.moved: Callable[[], None] = lambda: None
        """Told when another one is where the feed comes from, or is first."""
        self._failed: dict[str, float] = {}
        self._answers: dict[str, float] = {}

    @property
    def several(self) -> bool:
        """Whether there is another one to go to."""
        return len(self.urls) > 1

    @property
    def first(self) -> bool:
        """Whether this is the one to be at."""
        return self.here == self.urls[0]

    def told(self, urls: Iterable[str]) -> None:
        """The hub told the ward's list; what the screen was started with stays behind it. Where
        the screen speaks TLS, no hub without it is believed in."""
        safe = all(url.startswith("https://") for url in self._given)
        good = [one.rstrip("/") for one in urls if one.startswith("https://") or not safe]
        if not good:
            return
        self.urls = tuple(dict.fromkeys((*good, *self._given)))
        if self.here not in self.urls:
            self.here = self.urls[0]
        self.moved()

    def go_on(self) -> None:
        """To the next one, after the last to the first."""
        self.go_to(self.urls[(self.urls.index(self.here) + 1) % len(self.urls)])

    def go_to(self, url: str) -> None:
        """To that one of them."""
        self.here = url
        self._answers.clear()
        self.moved()

    def earlier(self) -> tuple[str, ...]:
        """Those that are before this one."""
        return self.urls[: self.urls.index(self.here)]

    def failed(self, url: str, now: float) -> None:
        """It did not answer."""
        self._failed[url] = now
        self._answers.pop(url, None)

    def answers(self, url: str, now: float, busy: bool) -> bool:
        """An earlier one answers again: whether to go back to it now. While the standby is `busy`,
        holding what the other has yet to hear, only after `READY_S`."""
        since = self._answers.setdefault(url, now)
        return not busy or now - since >= READY_S

    def order(self, now: float) -> list[str]:
        """In which order a touch is offered: here first, those last that did not answer lately."""
        ring = (self.here, *(url for url in self.urls if url != self.here))
        return sorted(ring, key=lambda url: now - self._failed.get(url, -_LET_BE_S) < _LET_BE_S)
