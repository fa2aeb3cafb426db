"""The tables of the hub's file, as named steps. A step that was released never changes.

No name of a person is in a column: bodies are blobs.
"""

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
)
