"""The private cluster: starts anywhere, survives what happens to machines, and refuses what is not ours."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import environ
import psycopg2
import pytest

from config import private_postgres
from scripts.postgres import cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "scripts.postgres"]


@pytest.fixture
def var(monkeypatch):
    """A var folder that the server's account can reach; pytest's own tmp_path is closed to it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="citypin-test-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("CITYPIN_VAR", str(folder))
    yield folder
    cluster.wipe("bench")
    shutil.rmtree(folder, ignore_errors=True)


def postmaster(var: pathlib.Path) -> int:
    return int((var / "postgres-bench" / "postmaster.pid").read_text().split()[0])


def test_where_things_are_is_the_same_in_every_process_and_touches_nothing(var):
    asked = subprocess.run(
        [sys.executable, "-c", "from config.private_postgres import *; print(socket_directory('bench'))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == str(private_postgres.socket_directory("bench"))
    assert not private_postgres.socket_directory("bench").exists()
    assert list(var.iterdir()) == []


def test_each_cluster_and_each_var_folder_has_a_socket_of_its_own(var, monkeypatch):
    sockets = {private_postgres.socket_directory(name) for name in private_postgres.NAMES}
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("CITYPIN_VAR", "another")
        sockets |= {private_postgres.socket_directory(name) for name in private_postgres.NAMES}
    assert len(sockets) == 2 * len(private_postgres.NAMES)


def test_the_database_url_and_the_settings_mean_the_same_place(var):

    settings = private_postgres.connection_settings("bench", "citypin_x")
    parsed = environ.Env.db_url_config(private_postgres.database_url("bench", "citypin_x"))
    assert parsed["ENGINE"] == settings["ENGINE"]
    assert (parsed["NAME"], parsed["USER"]) == (settings["NAME"], settings["USER"])
    assert parsed["OPTIONS"] == {"host": settings["HOST"], "port": int(settings["PORT"])}


def test_a_name_that_is_no_cluster_is_refused(var):
    with pytest.raises(private_postgres.PostgresError, match="no cluster is called"):
        cluster.up("production")


def test_two_starts_at_once_make_one_cluster_with_its_database(var):
    up = [*COMMAND, "up", "bench", "citypin_x"]
    starts = [subprocess.Popen(up, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    said = [start.communicate(timeout=60)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0], said
    assert said[0] == said[1]
    assert cluster.status("bench")


def test_it_comes_back_after_kill_9_also_while_a_query_runs(var):
    cluster.up("bench", "citypin_x")
    socket = str(private_postgres.socket_directory("bench"))
    place = {"host": socket, "port": private_postgres.PORT, "user": private_postgres.ROLE}
    with psycopg2.connect(dbname="citypin_x", **place) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    connection.close()
    busy = subprocess.Popen(
        [sys.executable, "-c", f"import psycopg2; c = psycopg2.connect(dbname='citypin_x', **{place!r}); "
         "c.cursor().execute('SELECT count(*) FROM generate_series(1, 300000000)')"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(0.5)
    os.kill(postmaster(var), signal.SIGKILL)
    cluster.up("bench")
    busy.wait(timeout=30)
    with psycopg2.connect(dbname="citypin_x", **place) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM kept")
        assert cursor.fetchall() == [(7,)]
    connection.close()


def test_a_pid_file_that_names_somebody_elses_process_stops_nobody_and_hinders_nothing(var):
    cluster.up("bench")
    cluster.down("bench")
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (var / "postgres-bench" / "postmaster.pid").write_text(f"{bystander.pid}\n/elsewhere\n1\n5432\n")
        cluster.down("bench")
        cluster.up("bench")
        assert cluster.status("bench")
        assert bystander.poll() is None
    finally:
        bystander.kill()


def test_a_server_whose_data_was_deleted_under_it_is_replaced(var):
    cluster.up("bench")
    first = postmaster(var)
    shutil.rmtree(var / "postgres-bench")
    cluster.up("bench", "citypin_x")
    assert postmaster(var) != first
    assert cluster.status("bench")


def test_killed_while_being_made_it_leaves_nothing_that_looks_made(var):
    start = subprocess.Popen([*COMMAND, "up", "bench"], cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while not list(var.glob("postgres-bench.new-*/base")) and time.monotonic() < deadline:
        time.sleep(0.01)
    start.kill()
    start.wait()
    assert not (var / "postgres-bench").exists()
    cluster.up("bench")
    assert cluster.status("bench")
    assert not list(var.glob("postgres-bench.new-*"))


def test_a_socket_folder_that_is_a_link_is_refused_and_left_alone(var, tmp_path):
    trap = private_postgres.socket_directory("bench")
    trap.symlink_to(tmp_path)
    try:
        with pytest.raises(private_postgres.PostgresError, match="not our folder"):
            cluster.up("bench")
        cluster.down("bench")
        assert trap.is_symlink() and tmp_path.exists()
    finally:
        trap.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_socket_folder_of_another_account_is_refused(var):
    trap = private_postgres.socket_directory("bench")
    trap.mkdir()
    os.chown(trap, 12345, 12345)
    try:
        with pytest.raises(private_postgres.PostgresError, match="somebody else"):
            cluster.up("bench")
    finally:
        trap.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="about the account that root drops to")
def test_under_root_a_closed_parent_moves_the_data_to_where_the_server_can_go(var):
    assert private_postgres.data_directory("bench") == var / "postgres-bench"
    var.chmod(0o700)
    assert private_postgres.data_directory("bench").parent == pathlib.Path("/var/lib")
