"""Staff in the store: what proves them, their sessions, what screens may check, wrong tries."""

from datetime import datetime

from smartward.hub.store.model import Execute, GrantRow, SessionRow, StaffProof, instant

_SESSION = "id, ward, device, person, known, began_at, until, ended_at, body"


class PeopleReader:
    """Reads of one transaction that are about staff."""

    _execute: Execute

    def badge_owner(self, hash: bytes) -> str | None:
        """Whose badge has this hash."""
        row = self._execute(
            "select person from staff_credential"
            " where kind = 'badge' and hash = ? and source <> 'blocked'",
            (hash,),
        ).fetchone()
        return None if row is None else str(row[0])

    def pin_of(self, person: str) -> str | None:
        """The hash of this person's PIN, or None."""
        row = self._execute(
            "select hash from staff_credential where kind = 'pin' and person = ?", (person,)
        ).fetchone()
        return None if row is None else bytes(row[0]).decode()

    def proofs(self) -> list[StaffProof]:
        """Every badge and PIN there is."""
        rows = self._execute(
            "select person, kind, source, hash from staff_credential order by person, kind", ()
        )
        return [StaffProof(*row) for row in rows]

    def session(self, id: str) -> SessionRow | None:
        """A session by its id, over or not."""
        row = self._execute(f"select {_SESSION} from staff_session where id = ?", (id,)).fetchone()
        return None if row is None else SessionRow(*row)

    def sessions_live(self, now: datetime) -> list[SessionRow]:
        """The sessions nobody ended and whose time is not over."""
        rows = self._execute(
            f"select {_SESSION} from staff_session where until > ? and ended_at is null",
            (instant(now),),
        )
        return [SessionRow(*row) for row in rows]

    def sessions_run_out(self, now: datetime) -> list[SessionRow]:
        """The sessions whose time is over and that were not yet ended for it."""
        rows = self._execute(
            f"select {_SESSION} from staff_session where until <= ? and ended_at is null",
            (instant(now),),
        )
        return [SessionRow(*row) for row in rows]

    def grant(self, device: str, person: str) -> GrantRow | None:
        """What this screen may check of this person by itself."""
        row = self._execute(
            "select since, until from staff_grant where device = ? and person = ?",
            (device, person),
        ).fetchone()
        return None if row is None else GrantRow(*row)

    def granted(self, now: datetime) -> set[str]:
        """Whom some screen may check by itself."""
        rows = self._execute(
            "select distinct person from staff_grant where until > ?", (instant(now),)
        )
        return {str(person) for (person,) in rows}

    def tries(self, kind: str, subject: str) -> tuple[int, str | None]:
        """How often in a row a proof was wrong, and until when no other is taken."""
        row = self._execute(
            "select tries, locked_until from staff_try where kind = ? and subject = ?",
            (kind, subject),
        ).fetchone()
        return (0, None) if row is None else (int(row[0]), row[1])

    def tries_all(self) -> list[tuple[str, str, int, str | None]]:
        """Kind, subject, tries and lock of everybody who was wrong since they were last right."""
        rows = self._execute("select kind, subject, tries, locked_until from staff_try", ())
        return [tuple(row) for row in rows]


class PeopleWriter(PeopleReader):
    """Writes of one transaction that are about staff."""

    now: datetime

    def proof_put(self, proof: StaffProof) -> None:
        """Keep a badge or PIN. A PIN takes the place of the one before."""
        if proof.kind == "pin":
            self.proofs_drop(proof.person, "pin")
        self._execute(
            "insert into staff_credential (person, kind, source, hash, made_at)"
            " values (?, ?, ?, ?, ?)",
            (proof.person, proof.kind, proof.source, proof.hash, instant(self.now)),
        )

    def proof_drop(self, proof: StaffProof) -> None:
        """This badge or PIN proves nobody any more."""
        self._execute(
            "delete from staff_credential where kind = ? and hash = ?", (proof.kind, proof.hash)
        )

    def proofs_drop(self, person: str, kind: str) -> int:
        """Nothing of this kind proves this person any more; gives how many did."""
        return self._execute(
            "delete from staff_credential where person = ? and kind = ?", (person, kind)
        ).rowcount

    def session_put(self, row: SessionRow) -> None:
        """Begin a session."""
        self._execute(
            f"insert into staff_session ({_SESSION}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.id,
                row.ward,
                row.device,
                row.person,
                row.known,
                row.began_at,
                row.until,
                row.ended_at,
                row.body,
            ),
        )

    def session_end(self, id: str, at: datetime) -> None:
        """It was over at `at`; an earlier end stays."""
        self._execute(
            "update staff_session set ended_at = min(until, ?)"
            " where id = ? and (ended_at is null or ended_at > ?)",
            (instant(at), id, instant(at)),
        )

    def grant_put(self, device: str, person: str, until: datetime) -> None:
        """This screen may check this person by itself from now to `until`; what it might before
        without a gap stays so."""
        now = instant(self.now)
        self._execute(
            "insert into staff_grant (device, person, since, until) values (?, ?, ?, ?)"
            " on conflict (device, person) do update set until = excluded.until,"
            " since = case when staff_grant.until >= excluded.since then staff_grant.since"
            " else excluded.since end",
            (device, person, now, instant(until)),
        )

    def grants_cut(self, person: str, at: datetime) -> None:
        """From `at` on no screen may check this person by itself."""
        self._execute(
            "update staff_grant set until = min(until, ?) where person = ?", (instant(at), person)
        )

    def grants_drop(self, device: str) -> None:
        """This screen may check nobody by itself, nor was there anybody."""
        self._execute("delete from staff_grant where device = ?", (device,))

    def tries_put(self, kind: str, subject: str, tries: int, until: datetime | None) -> None:
        """Keep how often in a row it was wrong, and until when nothing is taken."""
        self._execute(
            "insert or replace into staff_try values (?, ?, ?, ?)",
            (kind, subject, tries, None if until is None else instant(until)),
        )

    def tries_clear(self, kind: str, subject: str) -> bool:
        """It was right, or somebody lifted the lock. False when there was nothing to lift."""
        return (
            self._execute(
                "delete from staff_try where kind = ? and subject = ?", (kind, subject)
            ).rowcount
            > 0
        )

    def people_sweep(self, before: str) -> None:
        """Forget sessions and permissions that were over before that instant."""
        self._execute("delete from staff_session where until < ?", (before,))
        self._execute("delete from staff_grant where until < ?", (before,))
