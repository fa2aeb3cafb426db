"""A screen that tests, demo, pictures or bench drive: its control socket, and what it tells there.

Loaded only where that socket was asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartward.clinical.device import ScreenRole
from smartward.control import ControlServer
from smartward.screen.churn import Churn
from smartward.screen.control_commands import ScreenCommands

if TYPE_CHECKING:
    from smartward.screen.app import ScreenProgram
    from smartward.screen.live import Live


class Driven:
    """Serves the control socket of one screen."""

    def __init__(self, screen: "ScreenProgram", path: Path) -> None:
        self._screen = screen
        self._drawn: dict[str, float] = {}
        """When a frame first held each call and alert, in monotonic seconds."""
        self._server = ControlServer(path, screen.clock, self.state)
        self._commands = ScreenCommands(screen.window, screen.model, screen.clock, screen.ended.set)
        self._commands.input = screen.inputs.event
        self._commands.register(self._server)
        self._churn: Churn | None = None
        if screen.role is ScreenRole.STATION:
            self._churn = Churn(screen.replica, screen.clock, self._server.changed)
            self._server.handle("churn", self._churn.start)
            self._server.handle("churn.cards", self._churn.start_cards)

    async def start(self) -> None:
        """Listen. Raises Misconfigured where that cannot be."""
        self._screen.window.on_frame.append(self._note_drawn)
        self._screen.window.on_frame.append(self._server.changed)
        self._screen.link.listeners.append(self._server.changed)
        await self._server.start()

    async def stop(self) -> None:
        """Hang up."""
        await self._server.stop()

    def goes_live(self, live: "Live") -> None:
        """The faults of its link and its disk can be raised from now on."""
        self._commands.faults |= {
            "link.black_hole": live.hub_link.set_black_hole,
            "display.asleep": self._screen.window.set_asleep,
            "storage.full": live.break_storage,
        }

    def _note_drawn(self) -> None:
        """Benches measure up to there."""
        screen = self._screen
        for kind in ("nurse_call", "alert"):
            for id in screen.replica.docs(kind).keys() - self._drawn.keys():
                self._drawn[id] = screen.clock.monotonic()
        for id in screen.model.direct_call_ids():
            self._drawn.setdefault(id, screen.clock.monotonic())

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        screen = self._screen
        model, link, live = screen.model, screen.link, screen.live
        return {
            "role": screen.role.value,
            "link": link.phase.value,
            "place": model.place,
            "seq": screen.replica.seq,
            "drawn_seq": screen.window.drawn_seq,
            "identity_current": model.identityCurrent,
            "banner": model.linkKind,
            "link_text": model.linkText,
            "his_up": link.his_up,
            "notice": model.noticeText,
            "faults": sorted(model.faults),
            "pending": len(model.pending()),
            "engine_warnings": screen.messages.count,
            "rejected": screen.replica.rejected,
            "task_failures": screen.tasks.failures,
            "language": model.language,
            "night": model.night,
            "light": model.light.value,
            "time": model.timeText,
            **{f"drawn.{id}": at for id, at in self._drawn.items()},
            "churning": self._churn is not None and self._churn.running,
            **model.identity_state(),
            **({} if live is None else live.state()),
            **model.state(),
        }
