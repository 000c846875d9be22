"""`/healthz`: the process runs. `/readyz`: it can serve: database, migrations, city."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from layers.models import City
from tiles.selectors.versions import bins_health


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and city are there, else 503; says which is missing."""
    checks = {name: _passes(check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    answer: dict[str, object] = {"status": "ok" if ready else "not ready", "checks": checks}
    if ready:
        answer["metrics"] = {"bins": bins_health()}  # a wrong bin is an alarm, no reason to take the site away
    return JsonResponse(answer, status=200 if ready else 503)


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DatabaseError:
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT postgis_lib_version()")
        return cursor.fetchone() is not None


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _city() -> bool:
    return City.objects.filter(slug=settings.CITY.slug).exists()


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "migrations": _migrations, "city": _city}
