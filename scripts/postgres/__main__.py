"""The private PostgreSQL by hand.

    python3 -m scripts.postgres up demo citypin_new_york    start it, create the database
    python3 -m scripts.postgres down|status|wipe demo       stop it, look, stop and delete

`make` does this by itself; by hand it serves a single test, or a look with psql.
"""

from __future__ import annotations

import sys

from config.private_postgres import PORT, ROLE, PostgresError, socket_directory
from scripts.postgres import cluster


def main(arguments: list[str]) -> int:
    commands = ("up", "down", "status", "wipe")
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    command, name, databases = arguments[0], (arguments[1:2] or ["demo"])[0], arguments[2:]
    try:
        if command == "up":
            cluster.up(name, *databases)
            print(f"PGHOST={socket_directory(name)} PGPORT={PORT} PGUSER={ROLE}")
        elif command == "status":
            running = cluster.status(name)
            print("running" if running else "stopped")
            return 0 if running else 3
        else:
            {"down": cluster.down, "wipe": cluster.wipe}[command](name)
    except PostgresError as problem:
        print(f"private PostgreSQL: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
