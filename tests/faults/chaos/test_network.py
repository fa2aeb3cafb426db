"""The spoiled network: what each fault does to one request, over real sockets."""

import http.server
import re
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from smartward.bench.chaos import proxy
from smartward.bench.chaos.proxy import LINES, ONCE, SLOW_LINES, Network

WITHIN_S = 5.0
SOON_S = 0.2


class _Server(http.server.ThreadingHTTPServer):
    """Answers every POST with its own body, and counts them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.taken = threading.Semaphore(0)


class _Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if len(body) == int(self.headers["content-length"]):
            self.server.taken.release()  # type: ignore[attr-defined]  # declared wider than what it is here
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[_Server]:
    one = _Server()
    thread = threading.Thread(target=one.serve_forever, args=(0.01,))
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.fixture
def noted() -> list[tuple[str, ...]]:
    """What the network noted of requests that were spoiled."""
    return []


@pytest.fixture
def network(
    server: _Server, monkeypatch: pytest.MonkeyPatch, noted: list[tuple[str, ...]]
) -> Iterator[Network]:
    monkeypatch.setattr(proxy, "LATE_S", 0.3)
    monkeypatch.setattr(proxy, "SLOW_S", 0.01)
    monkeypatch.setattr(proxy, "ARMED_S", 60.0)
    one = Network(server.server_address[1], lambda *told: noted.append(told))
    yield one
    one.close()


def post(url: str, within_s: float = WITHIN_S) -> bool:
    """Whether it was answered whole."""
    try:
        with httpx.Client(trust_env=False, timeout=within_s) as client:
            return client.post(url, content=b"x" * 900).content == b"x" * 900
    except httpx.HTTPError:
        return False


ARRIVES = {
    "refused": (False, 0),
    "lost": (False, 0),
    "answer_lost": (False, 1),
    "cut": (False, 1),
    "slow": (True, 1),
    "late": (False, 1),
    "twice": (True, 2),
    "half_open": (False, 0),
}
"""By fault: whether the screen has its answer, and how often the request arrives."""


@pytest.mark.parametrize("fault", ONCE)
def test_what_befalls_one_request(
    network: Network, server: _Server, noted: list[tuple[str, ...]], fault: str
) -> None:
    url = network.add("beds") + "/bed/019a-3f?patient=1"
    network.arm("beds", fault)
    answered, arrives = ARRIVES[fault]
    assert post(url, WITHIN_S if answered else SOON_S) is answered
    for _ in range(arrives):
        assert server.taken.acquire(timeout=WITHIN_S)
    assert network.met[fault] == 1
    assert noted == [(fault, "beds", "POST", "/bed")], "all of it, and no id"
    assert post(url)
    assert server.taken.acquire(timeout=WITHIN_S)
    assert not server.taken.acquire(blocking=False), "it arrived once more"


def test_one_request_after_the_other_is_not_spoiled(network: Network, server: _Server) -> None:
    """That would be a line that is cut."""
    url = network.add("beds")
    for _ in range(2):
        network.arm("beds", "refused")
    assert not post(url)
    for _ in range(proxy.SPARED):
        assert post(url)
        assert server.taken.acquire(timeout=WITHIN_S)
    assert not post(url)


def test_a_fault_waits_for_no_request(
    network: Network, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "ARMED_S", -1.0)
    url = network.add("beds")
    network.arm("beds", "refused")
    assert post(url)
    assert server.taken.acquire(timeout=WITHIN_S)
    assert not network.met


@pytest.mark.parametrize("state, arrives", [*zip(LINES, (0, 1, 0), strict=True)])
def test_a_line_that_is_cut(network: Network, server: _Server, state: str, arrives: int) -> None:
    url = network.add("beds")
    network.cut("beds", state)
    assert not post(url, SOON_S)
    for _ in range(arrives):
        assert server.taken.acquire(timeout=WITHIN_S)
    network.heal()
    assert post(url)
    assert server.taken.acquire(timeout=WITHIN_S)


@pytest.mark.parametrize("state", SLOW_LINES)
def test_what_the_hub_says_comes_late_and_in_its_order(
    network: Network, server: _Server, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(proxy, "FEED_SLOW_S", 2 * SOON_S)
    url = network.add("beds")
    network.cut("beds", state)
    assert not post(url, SOON_S)
    assert post(url), "late, but whole"
    network.cut("beds", "")
    assert post(url)
    for _ in range(3):
        assert server.taken.acquire(timeout=WITHIN_S)


def test_what_a_slow_line_still_has_comes_before_what_is_said_on_a_whole_one(
    network: Network, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One connection, as a feed: it lives on, and no byte of it is lost or overtaken."""
    monkeypatch.setattr(proxy, "FEED_SLOW_S", 5 * SOON_S)
    back, said = proxy._Down.back, threading.Semaphore(0)

    def hears(self: proxy._Down, data: bytes) -> None:
        back(self, data)
        said.release()

    monkeypatch.setattr(proxy._Down, "back", hears)
    url = network.add("beds")
    network.cut("beds", "feed_slow")
    told = b""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), WITHIN_S) as feed:
        for part in (b"one", b"two"):
            head = f"POST / HTTP/1.1\r\nContent-Length: {len(part)}\r\n\r\n"
            feed.sendall(head.encode() + part)
            assert said.acquire(timeout=WITHIN_S)
            if part == b"one":
                network.cut("beds", "")
        while not (told.count(b"HTTP/1.1 ") == 2 and b"one" in told and b"two" in told):
            came = feed.recv(4096)
            assert came, "it was hung up"
            told += came
    for _ in range(2):
        assert server.taken.acquire(timeout=WITHIN_S)
    assert re.fullmatch(rb"HTTP/1.1 .*\r\n\r\noneHTTP/1.1 .*\r\n\r\ntwo", told, re.DOTALL)
