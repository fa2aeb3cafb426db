"""What `smartward check` finds where the settings name something else; and a database that asks for
a password."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from smartward import check
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.errors import Misconfigured, SmartWardError
from smartward.hub.http_server import HttpServer
from smartward.hub.options import Options
from smartward.hub.reach import FAULTS, reached
from smartward.hub.store.base import Store
from smartward.hub.store.opening import open_store
from smartward.hub.tls import make_certificates
from tests.fakes import postgres
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

PASSWORD = "four plain words here"
PATIENCE_S = 20.0


def house(folder: Path, now: datetime) -> dict[str, str]:
    options = Options(
        Settings(), folder, None, None, init=True, restored=False, names=("hub.example",)
    )
    return make_certificates(options, now)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return house(tmp_path_factory.mktemp("ours"), SystemClock().now())


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return house(tmp_path_factory.mktemp("theirs"), SystemClock().now())


def found(settings: Settings, ca: str | None = None, now: datetime | None = None) -> dict[str, str]:
    authority = None if ca is None else Path(ca)
    return dict(reached(settings, authority, now or SystemClock().now()))


def test_a_certificate_is_told_with_its_end_and_its_names(ours: dict[str, str]) -> None:
    settings = Settings(tls_cert=ours["tls_cert"], tls_key=ours["tls_key"])
    told = found(settings, ours["ca"])["certificate"]
    assert told.startswith("until ")
    assert "hub.example" in told
    later = SystemClock().now()
    for days, word in ((800, "SOON"), (900, "EXPIRED")):
        told = found(settings, now=later + timedelta(days=days))["certificate"]
        assert told.startswith(word)
        assert told.startswith(FAULTS)


def test_a_certificate_that_screens_do_not_believe_is_named(
    ours: dict[str, str], theirs: dict[str, str], tmp_path: Path
) -> None:
    strange = Settings(tls_cert=theirs["tls_cert"])
    assert found(strange, ours["ca"])["certificate"].startswith("STRANGE")
    assert found(Settings(tls_cert=str(tmp_path / "no")))["certificate"].startswith("MISSING")
    assert found(Settings(tls_cert=ours["tls_key"]))["certificate"].startswith("UNREADABLE")


async def test_each_hub_of_the_list_is_asked(
    ward: Ward, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    ward.hub.settings = replace(
        ward.hub.settings, tls_cert=ours["tls_cert"], tls_key=ours["tls_key"]
    )
    server = HttpServer(ward.hub)
    await server.start()
    try:
        gone = "https://127.0.0.1:1"
        settings = Settings(hub_urls=f"{server.url}, {gone}")
        ask = asyncio.to_thread
        told = await ask(found, settings, ours["ca"])
        assert told[server.url] == "answers"
        assert told[gone].startswith("AWAY")
        for ca in (None, theirs["ca"]):
            told = await ask(found, settings, ca)
            assert told[server.url].startswith("UNTRUSTED")
            assert "--ca" in told[server.url]
    finally:
        await server.stop()


async def test_what_answers_and_is_no_hub_is_no_hub() -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(page, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}"
    told = await asyncio.to_thread(found, Settings(hub_urls=url))
    assert told[url].startswith("STRANGE")
    other.close()
    await other.wait_closed()


async def test_a_folder_of_another_ward_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    clock = SystemClock()
    open_store(Settings(ward="mistyped"), tmp_path, clock).close()  # nothing is in it yet
    store = open_store(Settings(ward=WARD), tmp_path, clock)
    assert await _kept(store)
    store.close()
    for _ in range(2):
        with pytest.raises(Misconfigured) as refused:
            open_store(Settings(ward="mistyped"), tmp_path, clock)
        assert refused.value.key == "hub.other_ward"
        assert refused.value.values["wards"] == WARD
    open_store(Settings(ward=WARD), tmp_path, clock).close()


# ------------------------------------------------------------------------- a database's password


@contextmanager
def locked_database() -> Iterator[str]:
    """The address of a database whose owner has a password (SCRAM), without the password."""
    server = postgres.server()
    rules = server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    with (
        postgres.database("template1") as url,
        psycopg.connect(server.url, autocommit=True) as admin,
    ):
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        admin.execute("set password_encryption = 'scram-sha-256'")
        admin.execute(f"create role ward_login login password '{PASSWORD}'".encode())
        admin.execute(f"alter database {name} owner to ward_login".encode())
        rules.write_text(f"local all ward_login scram-sha-256\n{before}")
        admin.execute("select pg_reload_conf()")
        try:
            own = psycopg.conninfo.make_conninfo(url, user="ward_login")
            _asks(own)
            yield own
        finally:
            rules.write_text(before)
            admin.execute("select pg_reload_conf()")
            admin.execute(f"alter database {name} owner to postgres".encode())
            with psycopg.connect(url, autocommit=True) as inside:
                inside.execute("drop owned by ward_login cascade")
            admin.execute("drop role ward_login")


def _asks(url: str) -> None:
    """The server takes its new rules up by and by."""
    clock = SystemClock()
    until = clock.monotonic() + PATIENCE_S
    while clock.monotonic() < until:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return
    raise AssertionError("nobody asks for the password")


def test_a_hub_gets_into_its_database_by_password_and_not_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{PASSWORD}\n")
    wrong.write_text("something else\n")
    with locked_database() as url:
        settings = Settings(ward=WARD, store_url=url, store_secret_file=str(right))
        assert found(settings)["database"].startswith("reached, PostgreSQL ")
        store = open_store(settings, tmp_path, SystemClock())
        try:
            assert asyncio.run(_kept(store))
        finally:
            store.close()
        for file in (str(wrong), ""):
            refused = replace(settings, store_secret_file=file)
            told = found(refused)["database"]
            assert told.startswith(FAULTS)
            assert PASSWORD not in told
            with pytest.raises(SmartWardError) as error:
                open_store(refused, tmp_path, SystemClock())
            assert PASSWORD not in str(error.value)
        said = check.main(["--set", f"store_url={url}", "--set", f"store_secret_file={wrong}"])
        assert said == 1
        assert "password" in capsys.readouterr().out


async def _kept(store: Store) -> bool:
    await store.start()
    await store.write(lambda tx: docs.put_bed(tx, 1))
    kept = await store.read(lambda reader: reader.get(WARD, "bed", docs.bed_id(1)))
    await store.finish()
    return kept is not None
