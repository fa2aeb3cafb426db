"""A first look at a GNU Health database."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from smartward.his.gnuhealth.places import UNIT
from smartward.his.gnuhealth.rows import BedRow, WardRow, columns, decoded
from smartward.his.gnuhealth.rpc import Rpc, version
from smartward.his.http import Access


@dataclass(frozen=True, slots=True)
class Place:
    """A ward, or the wards of a unit."""

    id: str
    name: str
    identifiers: tuple[str, ...]
    beds: int


class GnuHealthLook:
    """`Look` over Tryton's JSON-RPC."""

    def __init__(
        self, base_url: str, login: tuple[str, Callable[[], str]], access: Access | None = None
    ) -> None:
        """Raises Misconfigured when the address is none."""
        self._rpc = Rpc(base_url, *login, access)

    async def meet(self) -> None:
        """See Look."""
        await version(self._rpc.http)

    async def wards(self) -> list[Place]:
        """See Look. A unit that has several wards is a candidate, too."""
        rows, _ = decoded(WardRow, await self._rpc.rows(WardRow.MODEL, [], columns(WardRow)))
        beds, _ = decoded(BedRow, await self._rpc.rows(BedRow.MODEL, [], columns(BedRow)))
        count = Counter(one.ward for one in beds.values())
        found = [Place(str(one.id), one.name, (one.name,), count[one.id]) for one in rows.values()]
        units: dict[str, list[WardRow]] = {}
        for row in rows.values():
            if row.unit is not None and row.unit.rec_name:
                units.setdefault(row.unit.rec_name, []).append(row)
        found += [
            Place(f"{UNIT}{name}", name, (), sum(count[one.id] for one in some))
            for name, some in units.items()
            if len(some) > 1
        ]
        return sorted(found, key=lambda one: (-one.beds, one.name, one.id))

    async def hints(self) -> bool:
        """See Look: it tells nobody of changes."""
        return False

    async def close(self) -> None:
        """See Look."""
        await self._rpc.close()
