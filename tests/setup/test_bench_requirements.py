"""What the benchmarks import is what `make bench` installs."""

import ast
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported(file: Path) -> set[str]:
    """Top-level names of all imports in a file, those inside functions included."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.split(".")[0] for name in names}


def test_every_package_that_a_benchmark_imports_is_locked_for_it() -> None:
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "bench.txt").read_text(encoding="utf-8"), re.M)
    )
    files = sorted((ROOT / "benchmarks").glob("*.py"))
    own = {path.name.removesuffix(".py") for path in ROOT.iterdir()}
    foreign = {name for file in files for name in imported(file)} - set(sys.stdlib_module_names) - own
    carriers = metadata.packages_distributions()
    missing = {
        name
        for name in foreign
        # A peer that only `make bench` installs is not here to be asked: its name is its package's.
        if not {each.lower() for each in carriers.get(name, [name.replace("_", "-")])} & locked
    }
    assert {"numpy", "esda", "dask_geopandas"} <= foreign and missing == set()
