"""A gateway of call points, simulated: handsets, cords and buttons that report over HTTP."""

from typing import Any

import httpx
from uuid6 import uuid7

from smartward.clinical.call_point import CallPointEvent
from smartward.harness.house import House


class Gateway:
    """One enrolled gateway; each method tells what happened at a call point.

    Each gives the hub's answer and raises httpx.HTTPError when the hub is not heard. A real box
    would send the same input again, with its id, until it is answered.
    """

    def __init__(self, house: House) -> None:
        """Enrol it with the running hub."""
        assert house.hub is not None
        token = house.enrol("gateway").read_text()
        self._client = httpx.Client(
            base_url=house.hub.ready["url"],
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )

    def press(self, point: str) -> dict[str, Any]:
        """Somebody presses the button or pulls the cord."""
        return self.tell(point, CallPointEvent.PRESS)

    def reset(self, point: str) -> dict[str, Any]:
        """Somebody resets it there: where its call ends."""
        return self.tell(point, CallPointEvent.RESET)

    def presence(self, point: str) -> dict[str, Any]:
        """Somebody presses the room's presence button, coming or going."""
        return self.tell(point, CallPointEvent.PRESENCE)

    def beat(self, point: str) -> dict[str, Any]:
        """It lives."""
        return self.tell(point, CallPointEvent.BEAT)

    def lose(self, point: str) -> dict[str, Any]:
        """Its plug is pulled, or its wire is cut."""
        return self.tell(point, CallPointEvent.LOST)

    def restore(self, point: str) -> dict[str, Any]:
        """It is connected again."""
        return self.tell(point, CallPointEvent.RESTORED)

    def tell(
        self, point: str, event: CallPointEvent, *, id: str = "", age_ms: int = 0
    ) -> dict[str, Any]:
        """Send one input. Raises RuntimeError when the hub does not apply it."""
        answer = self._client.post(
            "/inputs",
            json={
                "id": id or str(uuid7()),
                "call_point": point,
                "event": event.value,
                "age_ms": age_ms,
            },
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        if found["outcome"] != "applied":
            raise RuntimeError(f"{event.value} of {point}: {found['outcome']} {found.get('key')}")
        return found

    def hang_up(self) -> None:
        """Let go of the connection."""
        self._client.close()
