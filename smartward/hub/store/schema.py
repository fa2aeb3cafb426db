"""The tables of the hub's file, as named steps. A step that was released never changes.

No name of a person is in a column: bodies are blobs. `dialect` makes of them what PostgreSQL takes.
"""

import sqlite3

STEPS: tuple[tuple[str, str], ...] = (
    (
        "first",
        """
        create table meta (key text primary key, value text not null) without rowid;
        create table sequence (ward text primary key, seq integer not null) without rowid;
        create table document (
            ward text not null, kind text not null, id text not null, seq integer not null,
            at text not null, bed text, room text, encounter text, body blob not null,
            unique (ward, kind, id)
        );
        create index document_by_seq on document (ward, seq);
        create index document_by_bed on document (ward, bed, seq) where bed is not null;
        create index document_by_room on document (ward, room, seq) where room is not null;
        create index document_by_encounter on document (ward, encounter)
            where encounter is not null;
        -- One row for each place a document left, scope 'ward' where it was deleted.
        create table departure (
            ward text not null, scope text not null, place text not null,
            kind text not null, id text not null, seq integer not null, at text not null,
            primary key (ward, scope, place, kind, id)
        ) without rowid;
        create index departure_by_seq on departure (ward, scope, place, seq);
        create index departure_by_time on departure (at);
        -- body is null where the document was deleted.
        create table history (
            ward text not null, seq integer not null, at text not null,
            device text, person text, action text,
            kind text not null, id text not null, body blob
        );
        create index history_by_seq on history (ward, seq);
        create index history_by_document on history (ward, kind, id, seq);
        create table answer (
            device text not null, action text not null, hash blob not null,
            answer blob not null, at text not null,
            primary key (device, action)
        ) without rowid;
        create index answer_by_time on answer (at);
        -- A second press of a bed became a press of the call that was open: its id goes on.
        create table alias (
            ward text not null, kind text not null, alias text not null, id text not null,
            at text not null, primary key (ward, kind, alias)
        ) without rowid;
        create index alias_by_time on alias (at);
        create table deadline (
            ward text not null, kind text not null, subject text not null, at text not null,
            primary key (ward, kind, subject)
        ) without rowid;
        create index deadline_by_time on deadline (at);
        create table his_state (kind text primary key, value blob not null) without rowid;
        create table rejected (
            resource_type text not null, source_id text not null, key text not null,
            detail text not null, at text not null, primary key (resource_type, source_id)
        ) without rowid;
        create table write_queue (
            ward text not null, kind text not null, id text not null, at text not null,
            not_before text not null, attempts integer not null, source_id text, version text,
            primary key (ward, kind, id)
        ) without rowid;
        create table credential (
            device text primary key, token_hash blob not null, made_at text not null
        ) without rowid;
        """,
    ),
    (
        "people",
        """
        -- source 'his': told by the hospital system; 'house': given here; 'blocked': told by the
        -- hospital system, taken away here.
        create table staff_credential (
            person text not null, kind text not null, source text not null, hash blob not null,
            made_at text not null, primary key (kind, hash)
        ) without rowid;
        create index staff_credential_by_person on staff_credential (person);
        -- The body holds how the person is called.
        create table staff_session (
            id text primary key, ward text not null, device text not null, person text not null,
            known text not null, began_at text not null, until text not null, ended_at text,
            body blob not null
        ) without rowid;
        create index staff_session_by_time on staff_session (until);
        -- Up to when this screen may check this person by itself, the hub being away.
        create table staff_grant (
            device text not null, person text not null, since text not null, until text not null,
            primary key (device, person)
        ) without rowid;
        create table staff_try (
            kind text not null, subject text not null, tries integer not null, locked_until text,
            primary key (kind, subject)
        ) without rowid;
        -- Who did what: only ever added to, each row holding the hash of the one before. It is kept
        -- for half a year at least by the file itself, whatever a program asks.
        create table audit (
            seq integer primary key, at text not null, body blob not null,
            before blob not null, hash blob not null
        );
        create index audit_by_time on audit (at);
        create trigger audit_is_never_changed before update on audit begin
            select raise(abort, 'the audit is only ever added to');
        end;
        create trigger audit_is_kept before delete on audit
        when coalesce(julianday((select at from audit order by seq desc limit 1))
            - julianday(old.at), 0) < 183 begin
            select raise(abort, 'the audit is kept for half a year');
        end;
        create trigger audit_goes_on before insert on audit
        when new.seq <> coalesce((select max(seq) from audit), 0) + 1 begin
            select raise(abort, 'the audit is only ever added to');
        end;
        """,
    ),
    (
        "his writes",
        """
        -- Nothing was ever put into it.
        drop table write_queue;
        -- One row for each thing the ward tells: the body is how it should stand there. The note
        -- says who wrote it and what it is about.
        create table his_write (
            ward text not null, kind text not null, id text not null, n integer not null,
            at text not null, not_before text not null, attempts integer not null,
            state text not null, body blob not null, tried blob not null, note blob not null,
            source_id text, version text, over integer not null,
            primary key (ward, kind, id)
        ) without rowid;
        create index his_write_by_state on his_write (ward, state, n);
        """,
    ),
    (
        "comings",
        """
        -- When somebody last came or went; room '' where they said it of themselves.
        create table coming (
            ward text not null, who text not null, room text not null, at text not null,
            primary key (ward, who, room)
        ) without rowid;
        """,
    ),
    (
        "audit ahead",
        """
        -- A row dated ahead of the newest was written by a clock that was wrong. It may go with a
        -- later row that is half a year old, else it would hold back all behind it for years.
        drop trigger audit_is_kept;
        create trigger audit_is_kept before delete on audit
        when coalesce(julianday((select at from audit order by seq desc limit 1))
            - julianday(old.at), 0) < 183
        and not (
            old.at > (select at from audit order by seq desc limit 1)
            and exists (
                select 1 from audit where seq > old.seq and julianday(at)
                    <= julianday((select at from audit order by seq desc limit 1)) - 183
            )
        ) begin
            select raise(abort, 'the audit is kept for half a year');
        end;
        """,
    ),
    (
        "alert log",
        """
        -- What became of alerts, shadow ones included: only ever added to, swept by age.
        create table alert_log (
            n integer primary key, at text not null, ward text not null, alert text not null,
            subject text not null, bed text, rule text not null, version text not null,
            mode text not null, event text not null, alert_class text not null,
            priority text not null, step integer not null, told text not null, why text not null
        );
        create index alert_log_by_time on alert_log (ward, at);
        create trigger alert_log_is_never_changed before update on alert_log begin
            select raise(abort, 'the log of alerts is only ever added to');
        end;
        -- What a rule in shadow would say now: no screen ever sees it.
        create table shadow_alert (
            ward text not null, id text not null, body blob not null, primary key (ward, id)
        ) without rowid;
        -- What a person closed, so that the same is not said again.
        create table alert_guard (
            ward text not null, subject text not null, rule text not null, token text not null,
            alert_class text not null, rank integer not null,
            primary key (ward, subject, rule, token)
        ) without rowid;
        """,
    ),
    (
        "history kept",
        """
        -- Where a document lay and whose it was: null in rows from before.
        alter table history add column bed text;
        alter table history add column room text;
        alter table history add column encounter text;
        create index history_by_time on history (ward, at);
        create trigger history_is_never_changed before update on history begin
            select raise(abort, 'the history is only ever added to');
        end;
        """,
    ),
    (
        "hubs",
        """
        -- Who decides for a ward: the number grows with each new holder and is checked in each of
        -- its writes. `told`: what the holder tells the other hubs.
        create table lease (
            ward text primary key, holder text not null, number integer not null,
            until text not null, told blob not null
        ) without rowid;
        create table hub_here (id text primary key, until text not null) without rowid;
        create table listening (
            device text not null, hub text not null, primary key (device, hub)
        ) without rowid;
        create index listening_by_hub on listening (hub);
        create table heard (
            ward text not null, kind text not null, id text not null, at text not null,
            primary key (ward, kind, id)
        ) without rowid;
        """,
    ),
    (
        "standby",
        """
        -- What each write did, for a standby hub to do again; kept while one is enrolled.
        create table replica_log (n integer primary key, body blob not null);
        -- What a standby hub took while it was alone, until it has handed it over.
        create table taken (
            n integer primary key, device text not null, action text not null, at text not null,
            estimated integer not null, request blob not null
        );
        """,
    ),
    (
        "standby's ages",
        """
        -- When it was touched by the seconds of the machine's run `boot`, which nobody sets.
        alter table taken add column moment real;
        alter table taken add column boot text;
        """,
    ),
)

OF_A_FILE: tuple[tuple[str, str], ...] = (
    (
        "fewer pages a write",
        """
        -- Only hubs that share a store read their history by the numbers of writes.
        drop index history_by_seq;
        -- A change that moves nothing leaves these alone: what is at one bed is soon put in order.
        drop index document_by_bed;
        drop index document_by_room;
        create index document_at_bed on document (ward, bed) where bed is not null;
        create index document_at_room on document (ward, room) where room is not null;
        """,
    ),
)
"""Steps of SQLite's file alone, behind the others. Each page that a write changes is written to
the log and waited for."""


def statements(script: str) -> list[str]:
    """Its statements, one by one: a trigger has semicolons of its own."""
    found, begun = [], ""
    for part in script.split(";")[:-1]:
        begun += f"{part};"
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found
