"""Helsinki's golden points, in its own database."""

from tests.live import manage


def test_helsinkis_golden_points_are_answered_as_expected(helsinki_database: str) -> None:
    done = manage("helsinki", helsinki_database, "check_golden_points")
    assert done.returncode == 0, done.stdout
