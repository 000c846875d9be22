"""`make bench`: how fast a responsibility is found and a heat tile drawn, beside named peers.

Both sides get the same data in the same run, and the ratio is what counts:
absolute times are this machine's. BENCH_SIZE is the number of reports: 10,000 demo
reports unless set (30,000 at most, on New York's real polygons), 100,000 invented
ones for the tiles (as many as set).
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import django
from django.core.management import call_command

SIZE = min(int(os.environ.get("BENCH_SIZE", "10000")), 30_000)
SINGLE_CALLS = 400
PEER_POINTS = 10_000


def milliseconds(act: Callable[[], object], times: int) -> tuple[float, float]:
    """p50 and p99 of `times` calls, after one to warm up."""
    act()
    taken = []
    for _call in range(times):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def row(what: str, value: str, note: str = "") -> None:
    """One line of the table."""
    sys.stdout.write(f"{what:<58}{value:>18}  {note}\n")
    sys.stdout.flush()


def main() -> None:
    """Load the city once and print the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_city", "new_york", reports=SIZE)
    from benchmarks import hotspots, layers, responsibility, routing, topology, what_if

    row("", "", f"New York, {SIZE:,} demo reports, {os.cpu_count()} cores")
    responsibility.measure(PEER_POINTS, SINGLE_CALLS)
    routing.measure_pairs(PEER_POINTS)
    routing.measure_decisions(PEER_POINTS)
    topology.measure()
    hotspots.measure()
    layers.measure()
    what_if.measure(SIZE)
    for alone in ("heat_tiles", "tiles_http", "bin_writers"):  # in databases of their own
        subprocess.run([sys.executable, "-m", f"benchmarks.{alone}"], check=True)  # noqa: S603 (our own interpreter)


if __name__ == "__main__":
    main()
