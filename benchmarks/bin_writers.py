"""What following every change costs writers: reports a second with the triggers of the bins, and without.

    .venv/bin/python -m benchmarks.bin_writers

Sixteen connections insert on one spot, a commit a report, in turns of a few
seconds with and without the triggers, so that a busy machine hits both alike.
Each writer is a process: threads would measure Python's lock.
"""

import multiprocessing
import os
import statistics
import sys
import time

import django

WRITERS = 16
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
TURNS = 11
TRIGGERS = ("bins_follow_insert", "bins_follow_update", "bins_follow_delete")
INSERT = """
    INSERT INTO issues_servicerequest (
        service_id, outcome, state, point, public_point, requested_datetime, updated_datetime,
        accuracy_m, description, place, due_date, is_demo, content_digest
    ) VALUES (
        %s, 'gap', 'submitted', ST_SetSRID(ST_MakePoint(-73.985, 40.75), 4326),
        ST_SetSRID(ST_MakePoint(-73.985, 40.75), 4326), now(), now(), 0, '', '{}', now()::date, false, ''
    )"""


def write(service: int, dsn: dict[str, object], until: float, written: "multiprocessing.Queue[int]") -> None:
    """Insert reports until then."""
    import psycopg2

    connection = psycopg2.connect(**dsn)
    connection.autocommit = True
    count = 0
    with connection.cursor() as cursor:
        while time.time() < until:
            cursor.execute(INSERT, [service])
            count += 1
    connection.close()
    written.put(count)


def reports_a_second(service: int, dsn: dict[str, object]) -> float:
    """With all writers at once."""
    written: multiprocessing.Queue[int] = multiprocessing.Queue()
    begin = time.time() + 0.5
    writers = [
        multiprocessing.Process(target=write, args=(service, dsn, begin + SECONDS, written))
        for _writer in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    total = sum(written.get() for _writer in writers)
    for writer in writers:
        writer.join()
    return total / (SECONDS + 0.5)


def main() -> None:
    """Print the row."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    from benchmarks import heat_data

    heat_data.use_database_of_its_own(0)
    services, _bodies = heat_data.services_and_bodies()
    dsn = heat_data.where_it_is()
    rates: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    for _turn in range(TURNS):
        for state, found in rates.items():
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE issues_servicerequest, tiles_binchange CASCADE")
                for trigger in TRIGGERS:
                    cursor.execute(f"ALTER TABLE issues_servicerequest {state} TRIGGER {trigger}")
            found.append(reports_a_second(services[0], dsn))
    following, plain = (statistics.median(found) for found in rates.values())
    share = statistics.median(one / other for one, other in zip(*rates.values(), strict=True))
    sys.stdout.write(
        f"{WRITERS} writers on one spot, reports/s, medians of {TURNS} turns: {plain:,.0f} without bins, "
        f"{following:,.0f} with; {share:.0%} in the median of the pairs; turns "
        f"with {[round(rate) for rate in rates['ENABLE']]}, without {[round(rate) for rate in rates['DISABLE']]}\n"
    )


if __name__ == "__main__":
    main()
