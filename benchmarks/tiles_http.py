"""Heat tiles end to end over HTTP, beside a constant body of the same size from the same server.

    BENCH_SIZE=1000000 .venv/bin/python -m benchmarks.tiles_http

gunicorn as `make run` starts it, on the database of `benchmarks.heat_tiles`. The constant
body is answered where tiles are, before sessions and languages are looked at. Readers
are threads of this process with plain sockets that stay open. They share the cores
with the server, for the constant body alike: the ratio counts. On a busy machine rates
say little: the server's own processor time a request (Linux only) is told beside them.
"""

import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import django

from benchmarks import heat_tiles
from benchmarks.heat_tiles import SIZE, say, tiles_of
from scripts.server import GUNICORN

READERS = 4
SECONDS = 8.0
ROUNDS = 11
"""Constant and tile by turns: a busy moment hits both."""
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Reader:
    """One kept connection that asks for the same or the next of some addresses."""

    def __init__(self, port: int, requests: list[bytes]) -> None:
        self.requests = cycle(requests)
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.taken: list[float] = []

    def ask(self) -> tuple[int, int]:
        """Status and length of the answer; the time is noted."""
        start = time.perf_counter()
        self.socket.sendall(next(self.requests))
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, body = got.partition(b"\r\n\r\n")
        status = int(head[9:12])
        found = LENGTH.search(head)
        length = int(found[1]) if found and status == 200 else 0
        have = len(body)
        while have < length:
            have += len(self._more())
        self.taken.append(time.perf_counter() - start)
        return status, length

    def _more(self) -> bytes:
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError("The server hung up.")
        return part


def request(path: str, *headers: str) -> bytes:
    """What a browser would send, in few words."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


@dataclass
class Server:
    """Gunicorn that was started: its port, and the process that started its workers."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Processor time of all its workers until now."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        # Fields 14 and 15, of which the first two are the number and a name in brackets.
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in workers]
        return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served() -> Iterator[Server]:
    """Gunicorn on a free port."""
    from benchmarks.heat_data import where_it_is

    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    at = where_it_is()
    folder = quote(at["host"], safe="")
    database = f"postgis://{at['user']}:{at['password']}@/{at['dbname']}?host={folder}&port={at['port']}"
    server = subprocess.Popen(  # noqa: S603 (our own interpreter)
        [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", *GUNICORN],
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "benchmarks.served_settings"},
    )
    try:
        for _wait in range(300):
            try:
                with closing(Reader(port, [request("/healthz")]).socket):
                    break
            except OSError:
                time.sleep(0.2)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(20)


@dataclass
class Rate:
    """Requests a second of all readers, p50 of one in ms, and the server's own time for one in microseconds."""

    per_s: float
    p50_ms: float
    cpu_us: float


def rate(server: Server, requests: list[bytes], status: int) -> Rate:
    """Ask for a while with all readers."""
    readers = [Reader(server.port, requests[number:] + requests[:number]) for number in range(READERS)]
    end = time.perf_counter() + SECONDS / ROUNDS

    def read(reader: Reader) -> None:
        with closing(reader.socket):
            while time.perf_counter() < end:
                found, _length = reader.ask()
                if found not in (status, 204):
                    raise RuntimeError(f"{found} instead of {status}")

    threads = [threading.Thread(target=read, args=[reader]) for reader in readers]
    start, cpu_s = time.perf_counter(), server.cpu_s()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = sorted(one for reader in readers for one in reader.taken)
    return Rate(
        len(taken) / (time.perf_counter() - start),
        taken[len(taken) // 2] * 1000,
        (server.cpu_s() - cpu_s) / len(taken) * 1e6,
    )


def compare(server: Server, name: str, requests: list[bytes], status: int, size: int) -> None:
    """One line: what we serve, what the constant body gets, by turns; medians of the rounds."""
    constant = [request(f"/constant/{size}")]
    rate(server, requests, status), rate(server, constant, 200)
    rounds = [(rate(server, requests, status), rate(server, constant, 200)) for _round in range(ROUNDS)]

    def middle(number: Callable[[Rate, Rate], float]) -> float:
        return statistics.median(number(*each) for each in rounds)

    say(
        f"{name:<28}{middle(lambda ours, _: ours.per_s):>8,.0f} /s p50 {middle(lambda ours, _: ours.p50_ms):>6.2f} ms"
        f" {middle(lambda ours, _: ours.cpu_us):>6,.0f} µs   constant {size:>7,} B"
        f" {middle(lambda _, floor: floor.per_s):>7,.0f} /s p50 {middle(lambda _, floor: floor.p50_ms):>6.2f} ms"
        f" {middle(lambda _, floor: floor.cpu_us):>6,.0f} µs"
        f"   {middle(lambda ours, floor: ours.per_s / floor.per_s):>5.0%} of its rate,"
        f" {middle(lambda ours, floor: floor.cpu_us / ours.cpu_us):>5.0%} by the server's own time"
    )


def measure() -> None:
    """Print the table."""
    tiles = list(dict.fromkeys(tile for zoom in (10, 12, 14) for tile in tiles_of(zoom, 40)))
    paths = [f"/tiles/heat/{tile.z}/{tile.x}/{tile.y}.mvt" for tile in tiles]
    with served() as server:
        [one] = [paths[len(paths) // 2]]
        for encoding in ("", "gzip"):
            header = [f"Accept-Encoding: {encoding}"] if encoding else []
            reader = Reader(server.port, [request(one, *header)])
            with closing(reader.socket):
                _status, size = reader.ask()
            compare(server, f"kept tile {encoding}", [request(one, *header)], 200, size)
        compare(server, "not modified (304)", [request(one, "If-None-Match: *")], 304, 0)
        days = [f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 28)]
        fresh = [request(f"{path}?to={day}") for day in days for path in paths]
        compare(server, "rendered each time, z10-14", fresh, 200, size)


def main() -> None:
    """Measure at BENCH_SIZE reports."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    say(f"Heat tiles over HTTP, {SIZE:,} invented reports, {READERS} readers, {os.cpu_count()} cores")
    heat_tiles.prepare()
    measure()


if __name__ == "__main__":
    main()
