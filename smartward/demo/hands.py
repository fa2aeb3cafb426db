"""What people do at the ward's devices, over the hub's own door: used where no screen is drawn."""

from typing import Any

import httpx
from uuid6 import uuid7

from smartward.clock import Clock


class Hands:
    """One enrolled device's actions."""

    def __init__(self, url: str, token: str, clock: Clock) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=5
        )
        self._clock = clock
        self._by: dict[str, Any] = {"known": "none"}

    def sign_in(self, badge: str) -> None:
        """Hold a badge to the device: what is asked from now on, its owner stands for. Raises
        httpx.HTTPError when it is not heard or refused."""
        answer = self._client.post("/staff/identify", json={"badge": badge})
        answer.raise_for_status()
        self._by = answer.json()["person"]

    def act(self, kind: str, subject: str, **data: str) -> dict[str, Any]:
        """Ask for one action and give its answer. Raises httpx.HTTPError when it is not heard."""
        action = {
            "id": str(uuid7()),
            "kind": kind,
            "subject": subject,
            "made_at": self._clock.now().isoformat(),
            "by": self._by,
            "seen": {},
            "data": data,
        }
        answer = self._client.post("/actions", json={"action": action, "age_ms": 0})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def place(self, bed_id: str, call_class: str = "normal") -> str:
        """Place a call; gives its id."""
        call_id = str(uuid7())
        self.act("call.place", call_id, **{"bed_id": bed_id, "class": call_class})
        return call_id

    def close_call(self, call_id: str) -> None:
        """Come to the bed and close the call there. Raises RuntimeError when that is refused."""
        for kind in ("call.arrive", "call.close"):
            answer = self.act(kind, call_id)
            if answer["outcome"] != "applied":
                raise RuntimeError(f"{kind} was answered {answer['outcome']} {answer.get('key')}")

    def hang_up(self) -> None:
        """Let go of the connection."""
        self._client.close()
