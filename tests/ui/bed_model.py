"""A bedside's model without a page: a hub that answers when told, and a voice that remembers."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.device import ScreenRole
from smartward.clinical.priority import Priority
from smartward.config import Settings
from smartward.errors import StorageFault
from smartward.screen.bedside import BedsideModel
from smartward.screen.link import LinkState
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, Scene, show_scene
from smartward.screen.services import Services
from smartward.wire.envelope import Action, Gone
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_ward import NOW, doc
from tests.ui.bedside_scenes import bedside_call

NIGHT = datetime(2026, 11, 21, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


class Outbox(PictureOutbox):
    """Keeps touches until the test says that the feed has brought them; can be full."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.answered: set[str] = set()

    def put(self, action: Action) -> None:
        if self.full:
            raise StorageFault("storage.full", "no room")
        super().put(action)

    def pending(self) -> tuple[Action, ...]:
        return tuple(a for a in super().pending() if a.id not in self.answered)

    @property
    def all(self) -> tuple[Action, ...]:
        return super().pending()


class Bed:
    """A bedside model on a scene, and a hub that answers when told."""

    def __init__(
        self, scene: Scene, now: datetime = NOW, language: str = "en", **settings: Any
    ) -> None:
        self.clock = ManualClock(now)
        self.replica, self.link, self.outbox = Replica(ScreenRole.BEDSIDE), LinkState(), Outbox()
        show_scene(scene, self.replica, self.link, self.clock)
        self.model = BedsideModel(
            Services(
                role=ScreenRole.BEDSIDE,
                settings=Settings(**settings),
                clock=self.clock,
                replica=self.replica,
                link=self.link,
                outbox=self.outbox,
                language=language,
            )
        )
        self.model.start()
        self.seq = 100

    def tell(self, kind: str, name: str, body: Any) -> None:
        """The hub sends a document; what it answers leaves the outbox."""
        self.seq += 1
        self.outbox.answered = {action.id for action in self.outbox.all}
        self.replica.apply(self.seq, [doc(kind, name, body, self.seq)])

    def call(self, **changes: Any) -> str:
        """The hub tells of the call that was touched here."""
        name = self.state("call")
        self.tell("nurse_call", name, bedside_call(id=name, placed_at=self.clock.now(), **changes))
        return str(name)

    def gone(self, kind: str, name: str) -> None:
        self.seq += 1
        self.replica.apply(self.seq, [], [Gone(kind, name)])

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.model.clock_moved()

    def state(self, name: str) -> Any:
        return self.model.state()[name]

    def kinds(self) -> list[str]:
        return [action.kind for action in self.outbox.all]


class Voice:
    """A speaker that remembers."""

    def __init__(self, languages: tuple[str, ...] = ("en",)) -> None:
        self.languages = languages
        self.prompts: list[str] = []
        self.said: list[str] = []
        self.ticks = 0

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        self.prompts.append(prompt_key)

    def tick(self) -> None:
        self.ticks += 1

    def can_say(self, lang: str) -> bool:
        return lang in self.languages

    def say(self, text: str, priority: Priority, lang: str, expires_s: float) -> None:
        self.said.append(text)
