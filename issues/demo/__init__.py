"""Invents plausible reports for the demo: where, when, what, and what became of them. No database."""

from pathlib import Path

from layers.pack.files import read_toml

SEED_VERSION = 1
"""Raise it when the same demo.toml gives other reports: `load_city --check` then asks for a reload."""


def reports_wanted(pack: Path) -> int:
    """How many reports the pack's demo has; 0 without a demo.toml."""
    return int(read_toml(pack, "demo.toml", optional=True).get("reports", 0))
