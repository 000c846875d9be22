"""`make check`: everything that can be judged without running the tests."""

from __future__ import annotations

import pathlib
import subprocess
import time

from scripts.steps import PYTHON, ROOT, VENV, environment

MANAGE = ("python", "manage.py")
CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "import rules": ("lint-imports",),
    "types": ("mypy",),
    "templates": ("djlint", "--lint", "--quiet", "frontend/templates"),
    "migrations": (*MANAGE, "makemigrations", "--check", "--dry-run"),
    "Django's checks": (*MANAGE, "check", "--fail-level", "WARNING"),
}


def run(env: dict[str, str]) -> list[str]:
    """Run them all, show what the failing ones say, and return the failing ones' names."""
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        began = time.monotonic()
        command: list[str | pathlib.Path] = [PYTHON if program == "python" else VENV / "bin" / program, *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        took = f"({time.monotonic() - began:.1f} s)"
        if done.returncode:
            failed.append(name)
            print(f"✗ {name}: `{program} {' '.join(arguments)}` {took}\n{done.stdout.strip()}", flush=True)
        else:
            print(f"✓ {name} {took}", flush=True)
    return failed
