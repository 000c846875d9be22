"""The set-up: `make run`, `make test` and their siblings. Standard library only,
because it runs before any package is installed. Start reading at setup.py."""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("CityPin needs Python 3.11 or newer, this is %s: make run PYTHON=python3.12\n" % sys.version.split()[0])
    sys.exit(2)
