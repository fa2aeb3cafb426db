"""Many screens' feeds in one process: `python -m smartward.bench.feed_clients URL TOKENS`.

TOKENS is a file with one token a line. Prints `connected N`, then reads until it is ended.
"""

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit


async def _read(host: str, port: int, token: str, connected: asyncio.Semaphore) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"GET /feed HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    await writer.drain()
    status = await reader.readline()
    if b"200" not in status:
        raise SystemExit(f"a feed was refused: {status.decode(errors='replace').strip()}")
    connected.release()
    while await reader.read(65536):
        pass


async def _main(url: str, tokens: list[str]) -> None:
    parts = urlsplit(url)
    connected = asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        for token in tokens:
            group.create_task(
                _read(parts.hostname or "127.0.0.1", parts.port or 80, token, connected)
            )
        for _ in tokens:
            await connected.acquire()
        print(f"connected {len(tokens)}", flush=True)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2]).read_text().split()))
