"""Third-party JavaScript: `npm ci`, then the few files that pages load are copied to static/vendor.

Which files those are stands in frontend/package.json under "vendored".
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

from scripts import python_env
from scripts.steps import ROOT, VENV, call, digest, is_stamped, step

FRONT_END = ROOT / "frontend"
MODULES = FRONT_END / "node_modules"
VENDOR = FRONT_END / "static" / "vendor"
STAMP = MODULES / ".citypin-lock"
OLDEST_NODE = 18


def ensure() -> None:
    """Install the packages of package-lock.json and lay out static/vendor."""
    wanted = digest(FRONT_END / "package-lock.json")
    with step("front-end packages", "already there") as now:
        if not is_stamped(STAMP, wanted):
            folder = node_folder()
            if folder is None:
                now.begins("installing node")
                folder = install_node()
            now.begins("npm ci")
            # npm is a script that looks `node` up on the PATH.
            env = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
            call([folder / "npm", "ci", "--ignore-scripts"], log="npm", env=env, cwd=FRONT_END)
            MODULES.mkdir(exist_ok=True)
            STAMP.write_text(wanted)
        changed = vendor()
        if changed:
            now.result = f"{now.result}, {changed} files in static/vendor"


def node_folder() -> pathlib.Path | None:
    """Where a new enough node with npm is: the system's or the one from PyPI."""
    for place in (shutil.which("node"), VENV / "bin" / "node"):
        if place is None or not pathlib.Path(place).with_name("npm").exists():
            continue
        asked = subprocess.run([place, "--version"], capture_output=True, text=True, check=False)
        if (number := re.match(r"v(\d+)", asked.stdout)) and int(number[1]) >= OLDEST_NODE:
            return pathlib.Path(place).parent
    return None


def install_node() -> pathlib.Path:
    python_env.ensure_uv()
    python_env.uv_install("-r", python_env.REQUIREMENTS / "node.txt")
    return VENV / "bin"


def vendor() -> int:
    """Copy what pages load, with each package's licence beside it. Returns how many files changed."""
    files = _vendored_files()
    VENDOR.mkdir(parents=True, exist_ok=True)
    changed = 0
    for old in VENDOR.iterdir():
        if old.name not in files:
            old.unlink()
            changed += 1
    for name, content in files.items():
        target = VENDOR / name
        if not target.exists() or target.read_text() != content:
            beside = target.with_name(f"{name}.new")
            beside.write_text(content)
            beside.replace(target)
            changed += 1
    return changed


def _vendored_files() -> dict[str, str]:
    listed: dict[str, str] = json.loads((FRONT_END / "package.json").read_text())["vendored"]
    files = {}
    for source, name in listed.items():
        package = MODULES.joinpath(*source.split("/")[: 2 if source.startswith("@") else 1])
        # Hashed static storage fails on a source map that is named and not there.
        files[name] = re.sub(r"^//# sourceMappingURL=.*\n?", "", (MODULES / source).read_text(), flags=re.M)
        for licence in sorted(package.glob("LICENSE*"))[:1]:
            files[f"{pathlib.Path(name).stem}.LICENSE.txt"] = licence.read_text()
    return files


def lock() -> None:
    """package-lock.json anew; .npmrc keeps registry addresses out of it, and we those that ask for money."""
    with step("frontend/package-lock.json", "written"):
        folder = node_folder() or install_node()
        env = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
        call([folder / "npm", "install", "--package-lock-only", "--ignore-scripts"], log="npm", env=env, cwd=FRONT_END)
        without_funding(FRONT_END / "package-lock.json")


def without_funding(file: pathlib.Path) -> None:
    """Take the `funding` entries, which are addresses, out of a package-lock.json."""
    lock = json.loads(file.read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
    file.write_text(json.dumps(lock, indent=2) + "\n")


def remove() -> None:
    """For `make clean`."""
    shutil.rmtree(MODULES, ignore_errors=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
