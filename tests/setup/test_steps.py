"""The set-up's own parts: what it remembers, what it refuses, what it says."""

import pathlib
import re
import subprocess
import sys

import pytest

from scripts import front_end, python_env, server, setup, steps, system

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_children_may_write_byte_code_and_get_no_other_projects_settings(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "another.project")
    child = steps.environment({"CITY": "somewhere"})
    assert child["CITY"] == "somewhere"
    assert not {"PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"} & child.keys()


def test_a_step_says_what_it_did_and_how_long_it_took(capsys):
    with steps.step("packages", "already there"):
        pass
    assert re.fullmatch(r"✓ packages: already there \(\d+\.\d s\)\n", capsys.readouterr().out)


def test_a_failing_program_shows_its_last_words_and_ends_with_code_1(monkeypatch, tmp_path):
    monkeypatch.setattr(steps, "LOG", tmp_path)
    with pytest.raises(steps.Stop, match="no such index") as stop:
        steps.call([sys.executable, "-c", "print('no such index'); raise SystemExit(3)"], log="python")
    assert stop.value.code == 1


def test_the_stamp_changes_with_every_lock_that_it_covers(monkeypatch, tmp_path):
    for name in ("run.txt", "dev.txt", "packs.txt"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(python_env, "REQUIREMENTS", tmp_path)
    before = {kind: python_env.wanted(kind) for kind in ("run", "dev")}
    (tmp_path / "dev.txt").write_text("changed")
    assert python_env.wanted("run") == before["run"]
    assert python_env.wanted("dev") != before["dev"]


def test_the_test_packages_hold_the_running_ones_in_the_same_versions():
    pins = {
        name: set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements" / name).read_text(), re.M))
        for name in ("run.txt", "dev.txt")
    }
    assert pins["run.txt"] <= pins["dev.txt"]


def test_every_locked_python_package_has_a_hash_and_no_lock_names_a_host():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        for block in re.split(r"^(?=\S+==)", text, flags=re.M)[1:]:
            assert "--hash=sha256:" in block, block.splitlines()[0]
        assert "://" not in text, lock
    assert "://" not in (ROOT / "frontend" / "package-lock.json").read_text()


def test_every_vendored_file_comes_with_its_licence_and_names_no_source_map():
    for name, text in front_end._vendored_files().items():
        assert "sourceMappingURL" not in text
        assert name.endswith(".LICENSE.txt") or (front_end.VENDOR / f"{pathlib.Path(name).stem}.LICENSE.txt").exists()


def test_without_root_and_sudo_it_names_the_command_and_ends_with_code_2(monkeypatch):
    monkeypatch.setattr(system, "_root_command", lambda: None)
    monkeypatch.setattr(system, "_postgis_package", lambda: "postgresql-15-postgis-3")
    monkeypatch.setattr(system.shutil, "which", lambda program: f"/usr/bin/{program}")
    with pytest.raises(steps.Stop, match=r"apt-get install .* postgresql-15-postgis-3 chromium$") as stop:
        system.install(["POSTGIS", "chromium"], steps.Step("system"))
    assert stop.value.code == 2


def test_with_a_database_of_ones_own_no_postgis_is_installed(monkeypatch):
    monkeypatch.setattr(system, "find_programs", lambda: None)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert "POSTGIS" in system.missing(for_tests=False)
    monkeypatch.setenv("DATABASE_URL", "postgis://elsewhere/x")
    assert "POSTGIS" not in system.missing(for_tests=False)


@pytest.mark.parametrize("name, value, says", [("CITY", "atlantis", "no such city pack"), ("PORT", "80x", "no port")])
def test_a_wrong_choice_is_refused_with_one_clear_line(monkeypatch, name, value, says):
    monkeypatch.setenv(name, value)
    with pytest.raises(steps.Stop, match=says) as stop:
        setup.chosen_city() if name == "CITY" else setup.chosen_port()
    assert stop.value.code == 2 and "\n" not in str(stop.value)


def test_a_port_in_use_is_refused_and_another_is_named():
    with server.socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(steps.Stop, match=r"in use: .*PORT="):
            server.check_port(other.getsockname()[1])


def test_stopping_leaves_a_process_alone_that_only_has_our_old_number(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "RUN", tmp_path)
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "web-8000.pid").write_text(str(bystander.pid))
        assert server.stop_all() == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()


def test_the_demos_secret_is_random_kept_and_readable_by_its_owner_only(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "RUN", tmp_path)
    monkeypatch.delenv("CITYPIN_SECRET_KEY", raising=False)
    first = server.demo_environment("new_york")["CITYPIN_SECRET_KEY"]
    assert len(first) >= 50
    assert server.demo_environment("new_york")["CITYPIN_SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
