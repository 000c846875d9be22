"""The set-up: `make run`, `make test` and their siblings. Standard library only,
because it runs before any package is installed. Start reading at setup.py."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever starts this may have an older one)
    sys.stderr.write("CityPin needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make run PYTHON=…\n")
    sys.exit(2)
