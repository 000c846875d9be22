"""Decisions and rulings take turns, so that none is made on evidence that is just changing.

Whoever decides a report holds the lock together with all others who do; who
confirms or reverses a ruling waits for them and has it alone until the
transaction ends. So a report is either there when a ruling looks for those that
it covers, or finds the ruling among its evidence, and no two transactions can
wait for each other: this lock comes first, then reports, then cases, by id.
"""

from django.db import connection

RULINGS_LOCK = 7_102_040
"""Key of the advisory lock."""


def wait_for_rulings() -> None:
    """To be called before a report is decided and before the moment is taken for which it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [RULINGS_LOCK])


def wait_for_decisions() -> None:
    """To be called before rulings change; later decisions wait until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RULINGS_LOCK])
