"""What is told to happen, in minutes from a start."""

from collections.abc import Callable
from datetime import datetime, timedelta

from smartward.his.simulator.places import bed_id
from smartward.his.simulator.world import Stay, World

Act = Callable[[World, Stay], object]


class Telling:
    """Puts the acts of a story on the agenda, in minutes from its start."""

    def __init__(self, world: World, start: datetime) -> None:
        self._world = world
        self._start = start

    def when(self, minutes: float) -> datetime:
        """The moment so many minutes from the start."""
        return self._start + timedelta(minutes=minutes)

    def tell(self, minutes: float, number: str, act: Act) -> None:
        """Let something happen to whoever lies in that bed by then; nothing in an empty one."""

        def happening(world: World) -> None:
            stay = world.stays.get(bed_id(number))
            if stay is not None:
                act(world, stay)

        self._world.at(self.when(minutes), happening)
