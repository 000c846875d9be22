"""The Python packages: .venv from the hashed locks in requirements/, by a pinned uv."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

from scripts.steps import PYTHON, ROOT, VENV, Step, call, digest, environment, is_stamped, step

REQUIREMENTS = ROOT / "requirements"
UV = VENV / "bin" / "uv"
HALF_DONE = VENV / ".citypin-installing"
# What each set is made of. `dev` and `bench` hold all of `run` in the same versions, so
# that `make run` after `make test` finds everything and takes nothing away.
LOCKS = {
    "run": ("run.txt", "packs.txt"),
    "dev": ("run.txt", "dev.txt", "packs.txt"),
    "bench": ("run.txt", "bench.txt", "packs.txt"),
}


def ensure(kind: str) -> None:
    """Bring .venv to the lock of that kind: `run` or `dev`."""
    with step("Python packages", "already there") as now:
        if not _python_works():
            now.begins("making .venv")
            call([sys.executable, "-m", "venv", "--clear", VENV], log="python")
        if not is_stamped(_stamp(kind), wanted(kind)):
            _install(kind, now)


def _stamp(kind: str) -> pathlib.Path:
    return VENV / f".citypin-{kind}"


def wanted(kind: str) -> str:
    """What the stamp of an up-to-date .venv says."""
    return digest(*(REQUIREMENTS / name for name in LOCKS[kind]))


def _python_works() -> bool:
    """A .venv whose Python was uninstalled, or one that was half made, does not count."""
    if not PYTHON.exists() or not any(VENV.glob("lib/python*/site-packages/pip")):
        return False
    return subprocess.run([PYTHON, "-c", ""], capture_output=True, check=False).returncode == 0


def ensure_uv() -> None:
    """uv at the version of requirements/uv.txt."""
    stamp, value = VENV / ".citypin-uv", digest(REQUIREMENTS / "uv.txt")
    if not (UV.exists() and is_stamped(stamp, value)):
        pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes")
        call([*pip, "-r", REQUIREMENTS / "uv.txt"], log="python")
        stamp.write_text(value)


def uv_install(*arguments: str | pathlib.Path) -> None:
    call(
        [UV, "pip", "install", "-q", "--python", PYTHON, "--require-hashes", *arguments],
        log="python",
        env=_as_pip_is_set_up(),
    )


def _install(kind: str, now: Step) -> None:
    now.begins("installing uv")
    ensure_uv()
    main = REQUIREMENTS / f"{kind}.txt"
    count = len(re.findall(r"^\S+==", main.read_text(), re.M))
    now.begins(f"installing {count} packages")
    # Killed half-way, a package may lack files that its record promises: lay them all anew.
    again = ["--reinstall"] if HALF_DONE.exists() else []
    HALF_DONE.touch()
    uv_install(*again, "-r", main)
    # The carriers of open data, without what they depend on; and everything compiled, once.
    uv_install(*again, "--no-deps", "--compile-bytecode", "-r", REQUIREMENTS / "packs.txt")
    _stamp(kind).write_text(wanted(kind))
    if kind != "run":
        _stamp("run").write_text(wanted("run"))
    HALF_DONE.unlink()


def _as_pip_is_set_up() -> dict[str, str]:
    """uv does not read pip's configuration: hand the index and the certificates on."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, env=environment(), check=False
    ).stdout
    found = dict(re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.M))
    passed = {"UV_DEFAULT_INDEX": found.get("index-url"), "SSL_CERT_FILE": found.get("cert")}
    if "UV_INDEX_URL" in os.environ:
        del passed["UV_DEFAULT_INDEX"]
    return {name: value for name, value in passed.items() if value and name not in os.environ}


def lock(upgrade: bool) -> None:
    """Write the hashed locks anew from the .in files. No file names a host."""
    ensure_uv()
    common: list[str | pathlib.Path] = [
        UV, "pip", "compile", "-q", "--generate-hashes", "--no-emit-index-url", "--universal",
        "--python-version", "3.11",
        "--custom-compile-command", "make lock", *(["--upgrade"] if upgrade else []),
    ]  # fmt: skip
    for name in ("uv", "node", "run", "dev", "bench", "packs"):
        # dev.txt and bench.txt must agree with run.txt on every package that both hold.
        agree = ["-c", "requirements/run.txt"]
        extra = {"dev": agree, "bench": agree, "packs": ["--no-deps"]}.get(name, [])
        with step(f"requirements/{name}.txt", "written"):
            source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
            call([*common, *extra, source, "-o", target], log="python", env=_as_pip_is_set_up())


def compile_messages() -> None:
    """Translations: make the .mo files that are older than their .po."""
    stale = [po for po in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")) if _is_stale(po)]
    if not stale:
        return
    with step("translations", f"{len(stale)} compiled"):
        for po in stale:
            call([VENV / "bin" / "pybabel", "-q", "compile", "-i", po, "-o", po.with_suffix(".mo")], log="python")


def _is_stale(po: pathlib.Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def remove() -> None:
    """For `make clean`: .venv, compiled translations and byte code."""
    shutil.rmtree(VENV, ignore_errors=True)
    for mo in (ROOT / "locale").glob("*/LC_MESSAGES/*.mo"):
        mo.unlink()
    for folder in ROOT.rglob("__pycache__"):
        if "node_modules" not in folder.parts:
            shutil.rmtree(folder, ignore_errors=True)
