"""Keeps the evidence statement in the database as a function, after every `migrate`."""

from django.db import connections

from issues.selectors.evidence import evidence_function


def install_evidence_function(using: str) -> None:
    """Create the function of this release where it is missing; those of earlier releases stay for who still runs them.

    plpgsql looks at tables only when called, so the order of migrations does not matter.
    """
    name, create = evidence_function()
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_proc WHERE proname = %s)", [name])
        if not cursor.fetchone()[0]:
            cursor.execute(create)
