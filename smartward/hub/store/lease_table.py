"""What the hubs of one store know of each other: who decides for a ward, who is there, which screen
listens at whom, and what call points each of them has heard.

All times are the store's own (`store_time`), so that no hub's clock gives or takes anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from smartward.hub.store.model import Execute, instant


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who decides for a ward. `number` grows by one with each new holder; `told` is what the holder
    tells the other hubs, JSON."""

    ward: str
    holder: str
    number: int
    until: str
    told: bytes = b"{}"


@dataclass(frozen=True, slots=True)
class HeardRow:
    """When a call point or a device (`kind`) was last heard of by one of the hubs."""

    ward: str
    kind: str
    id: str
    at: str


class LeaseReader:
    """Reads of one transaction that are about the hubs of this store."""

    _execute: Execute

    def lease(self, ward: str) -> LeaseRow | None:
        """Who decides for a ward, or did last."""
        row = self._execute(
            "select ward, holder, number, until, told from lease where ward = ?", (ward,)
        ).fetchone()
        if row is None:
            return None
        of, holder, number, until, told = row
        return LeaseRow(of, holder, int(number), until, bytes(told))

    def hubs(self) -> dict[str, str]:
        """Every hub that said it is there, and until when that holds."""
        return {row[0]: row[1] for row in self._execute("select id, until from hub_here", ())}

    def listening_at(self, device: str) -> set[str]:
        """The hubs at which a device's feed is open."""
        rows = self._execute("select hub from listening where device = ?", (device,))
        return {row[0] for row in rows}

    def listeners(self, hub: str) -> list[str]:
        """The devices whose feeds are open at a hub."""
        rows = self._execute("select device from listening where hub = ? order by device", (hub,))
        return [row[0] for row in rows]

    def heard_of(self, ward: str) -> list[HeardRow]:
        """What was heard of a ward's call points, and who tells of them."""
        rows = self._execute("select ward, kind, id, at from heard where ward = ?", (ward,))
        return [HeardRow(*row) for row in rows]


class LeaseWriter(LeaseReader):
    """Writes of one transaction that are about the hubs of this store."""

    now: datetime

    def store_time(self) -> datetime:
        """The time by which leases begin and end: of this write. Where several hubs write it is the
        database's own."""
        return self.now

    def lease_take(self, ward: str, holder: str, until: datetime) -> int | None:
        """Become who decides for a ward, with the next number; None where another was quicker."""
        before = self.lease(ward)
        if before is None:
            made = self._execute(
                "insert into lease (ward, holder, number, until, told) values (?, ?, 1, ?, ?)"
                " on conflict (ward) do nothing",
                (ward, holder, instant(until), b"{}"),
            )
            return 1 if made.rowcount == 1 else None
        number = before.number + 1
        taken = self._execute(
            "update lease set holder = ?, number = ?, until = ?"
            " where ward = ? and number = ? and until = ?",
            (holder, number, instant(until), ward, before.number, before.until),
        )
        return number if taken.rowcount == 1 else None

    def lease_renew(self, lease: LeaseRow) -> bool:
        """Hold it until `lease.until`. False: another has it by now."""
        held = self._execute(
            "update lease set until = ?, told = ? where ward = ? and holder = ? and number = ?",
            (lease.until, lease.told, lease.ward, lease.holder, lease.number),
        )
        return held.rowcount == 1

    def hub_put(self, hub: str, until: datetime) -> None:
        """This hub is there until then, unless it says so again."""
        self._execute(
            "insert into hub_here (id, until) values (?, ?)"
            " on conflict (id) do update set until = excluded.until",
            (hub, instant(until)),
        )

    def hub_drop(self, hub: str) -> None:
        """This hub is gone, and nobody listens at it."""
        self._execute("delete from listening where hub = ?", (hub,))
        self._execute("delete from hub_here where id = ?", (hub,))

    def listening_set(self, device: str, hub: str, *, here: bool) -> None:
        """A device's feed is open at a hub, or no longer."""
        if here:
            self._execute(
                "insert into listening (device, hub) values (?, ?)"
                " on conflict (device, hub) do nothing",
                (device, hub),
            )
        else:
            self._execute("delete from listening where device = ? and hub = ?", (device, hub))

    def heard_put(self, rows: Iterable[HeardRow]) -> None:
        """Keep when each was heard of; what was heard later stays."""
        for row in rows:
            self._execute(
                "insert into heard (ward, kind, id, at) values (?, ?, ?, ?)"
                " on conflict (ward, kind, id) do update set at = excluded.at"
                " where excluded.at > heard.at",
                (row.ward, row.kind, row.id, row.at),
            )
