"""The folders of a cluster: its data, and its socket in /tmp."""

from __future__ import annotations

import os
import pathlib
import shutil
import stat

from config.private_postgres import ROLE, PostgresError, socket_directory
from scripts.postgres.programs import run, server_account


def _make_folder(folder: pathlib.Path) -> None:
    """A folder that only the server's account (and root) can enter."""
    account = server_account()
    folder.mkdir(parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)


def claim_socket(name: str) -> None:
    """Make the socket's folder, or refuse it. /tmp belongs to everybody: whoever made
    a folder or a link under our name first could serve us a database of his own."""
    folder = socket_directory(name)
    account = server_account()
    owner = account.pw_uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)  # fails on anything that is there, a dangling link too
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        return
    except FileExistsError:
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PostgresError(f"{folder} is a link or a file, not our folder: remove it")
    if found.st_uid == 0 and os.geteuid() == 0:  # killed between mkdir and chown
        os.chown(folder, owner, -1)
    elif found.st_uid != owner:
        raise PostgresError(f"{folder} belongs to somebody else (uid {found.st_uid}): remove it")
    folder.chmod(0o700)


def delete(data: pathlib.Path) -> None:
    for folder in (data, *data.parent.glob(f"{data.name}.new-*")):
        shutil.rmtree(folder, ignore_errors=True)


def new_data(programs: pathlib.Path, data: pathlib.Path) -> None:
    """initdb beside the place, then rename: killed half-way it leaves nothing that looks made."""
    # Its own name each time: the initdb of a killed start may still be writing to the last one.
    beside = data.with_name(f"{data.name}.new-{os.getpid()}")
    delete(data)
    _make_folder(beside)
    made = run(
        programs / "initdb", "-D", beside, "--auth=trust", f"--username={ROLE}",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(beside, ignore_errors=True)
        raise PostgresError(f"initdb failed: {made.stderr.strip()}")
    beside.rename(data)
