"""What can be made to go wrong with this server, by name."""

import msgspec
from starlette.responses import Response

from smartward.clock import Clock

NAMES = ("down", "slow", "garbage", "refuse", "busy", "truncate")
SLOW_S = 30.0
RETRY_AFTER_S = 7

_HTML = "<!DOCTYPE html><html><body><h1>Portal login</h1></body></html>"


class Faults:
    """The faults that are on. `down` is the gateway's: nothing listens any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.on: set[str] = set()
        self.refusals: dict[str, tuple[int, str]] = {}
        """Resource type to status and words with which writes of it are refused."""

    def refuse(self, kind: str, status: int | None, words: str = "") -> None:
        """Refuse every write of a resource type from now on; None: no more."""
        if status is None:
            self.refusals.pop(kind, None)
        else:
            self.refusals[kind] = (status, words)

    def set(self, name: str, on: bool) -> None:
        """Switch one. Raises ValueError for a name that is none of NAMES."""
        if name not in NAMES:
            raise ValueError(f"no fault {name!r}; there are {', '.join(NAMES)}")
        (self.on.add if on else self.on.discard)(name)

    async def instead(self) -> Response | None:
        """What is answered instead of the truth; None: the truth."""
        if "slow" in self.on:
            await self._clock.sleep(SLOW_S)
        if "garbage" in self.on:
            return Response(_HTML, media_type="text/html")
        if "refuse" in self.on:
            return _outcome(403, "forbidden")
        if "busy" in self.on:
            answer = _outcome(429, "throttled")
            answer.headers["Retry-After"] = str(RETRY_AFTER_S)
            return answer
        return None

    def spoil(self, answer: Response) -> Response:
        """Cut an answer in half, as a proxy that gave up would."""
        if "truncate" in self.on:
            half = bytes(answer.body)[: len(answer.body) // 2]
            answer = Response(half, answer.status_code, media_type=answer.media_type)
        return answer


def _outcome(status: int, code: str) -> Response:
    issue = {"severity": "error", "code": code}
    body = msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
    return Response(body, status, media_type="application/fhir+json")
