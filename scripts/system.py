"""What has to come from the system's packages: PostGIS, and a browser for the tests."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.postgres.programs import find_programs
from scripts.steps import Step, Stop, call, step

NO_MAIN_CLUSTER = pathlib.Path("/etc/postgresql-common/createcluster.d/citypin.conf")
FONTS = pathlib.Path("/usr/share/fonts")


def ensure(for_tests: bool) -> None:
    """Install the missing packages with apt, and only those."""
    with step("system packages", "already there") as now:
        wanted = missing(for_tests)
        if wanted:
            install(wanted, now)


def missing(for_tests: bool) -> list[str]:
    """Names of the missing packages; POSTGIS stands for one whose name depends on the release."""
    wanted = []
    if not os.environ.get("DATABASE_URL") and find_programs() is None:
        wanted.append("POSTGIS")
    if importlib.util.find_spec("ensurepip") is None:  # Debian splits it off Python
        wanted.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if for_tests:
        if not pathlib.Path(os.environ.get("CITYPIN_CHROMIUM", "/usr/bin/chromium")).exists():
            wanted.append("chromium")
        if not any(FONTS.rglob("NotoSansCJK*")):
            wanted.append("fonts-noto-cjk")
        if shutil.which("msgfmt") is None:
            wanted.append("gettext")
    return wanted


def install(wanted: list[str], now: Step) -> None:
    if shutil.which("apt-get") is None:
        raise Stop(
            f"Missing here: {', '.join(wanted)}, and there is no apt-get. Install PostgreSQL with PostGIS 3 "
            "yourself (PG_BIN names its programs' folder) or set DATABASE_URL."
        )
    root = _root_command()
    apt = [*(root or []), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    if root is not None:
        now.begins("apt-get update")
        # One broken third-party source must not stop us; what matters fails at the install.
        subprocess.run([*apt, "update", "-qq"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    packages = [_postgis_package() if name == "POSTGIS" else name for name in wanted]
    if root is None:
        names = " ".join(packages)
        raise Stop(
            "Not root, and sudo asks for a password. "
            f"Run this once: sudo apt-get install --no-install-recommends {names}"
        )
    now.begins(f"installing {', '.join(packages)}")
    with _no_main_cluster(root):
        call([*apt, "install", "-y", "--no-install-recommends", *packages], log="apt")
    if "POSTGIS" in wanted and find_programs() is None:
        raise Stop("apt installed PostGIS, but its programs are not in /usr/lib/postgresql: set PG_BIN", code=1)


def _root_command() -> list[str] | None:
    """The prefix that makes a command run as root; None when nothing does without a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def _postgis_package() -> str:
    """postgresql-NN-postgis-3: for the PostgreSQL that is here, else the release's newest."""
    listed = subprocess.run(
        ["apt-cache", "search", "--names-only", r"^postgresql-[0-9]+-postgis-3$"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    offered = sorted({int(n) for n in re.findall(r"^postgresql-(\d+)-postgis-3 ", listed, re.M)}, reverse=True)
    here = [n for n in offered if pathlib.Path(f"/usr/lib/postgresql/{n}/bin/initdb").exists()]
    version = (here or offered or [15])[0]
    return f"postgresql-{version}-postgis-3"


@contextmanager
def _no_main_cluster(root: list[str]) -> Iterator[None]:
    """Where PostgreSQL is new, Debian would also start a server of its own on port 5432."""
    if pathlib.Path("/etc/postgresql-common/createcluster.conf").exists() or NO_MAIN_CLUSTER.exists():
        yield
        return
    subprocess.run([*root, "mkdir", "-p", str(NO_MAIN_CLUSTER.parent)], check=True)
    subprocess.run(
        [*root, "tee", str(NO_MAIN_CLUSTER)],
        input=b"create_main_cluster = false\n",
        stdout=subprocess.DEVNULL,
        check=True,
    )
    try:
        yield
    finally:  # a PostgreSQL that somebody installs later is theirs
        subprocess.run([*root, "rm", "-f", str(NO_MAIN_CLUSTER)], check=False)
