"""Finds the GDAL and GEOS that come inside the pyogrio and shapely wheels.

GeoDjango then uses the same libraries as geopandas, and no system GDAL is
needed. `GDAL_LIBRARY_PATH` and `GEOS_LIBRARY_PATH` in the environment win.
Packages are found by metadata: importing pyogrio here would pull in pandas
(+1.8 s for every command).
"""

import ctypes
import importlib.util
import os
from pathlib import Path


def _package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _bundled(package: str, pattern: str) -> str | None:
    """The one library of a wheel; its file name carries a hash, so it is globbed."""
    folder = _package_dir(package)
    if folder is None:
        return None
    found = [*folder.parent.glob(f"{package}.libs/{pattern}*"), *folder.glob(f".dylibs/{pattern}*")]
    return str(found[0]) if found else None


def paths() -> tuple[str | None, str | None]:
    """Paths of the GDAL and GEOS libraries; None lets Django search the system."""
    return (
        os.environ.get("GDAL_LIBRARY_PATH") or _bundled("pyogrio", "libgdal"),
        os.environ.get("GEOS_LIBRARY_PATH") or _bundled("shapely", "libgeos_c"),
    )


def point_gdal_to_its_data(gdal: str | None) -> None:
    """Tell a wheel's GDAL where its own data and PROJ's database are.

    Does nothing for a system library, which knows by itself.
    """
    folder = _package_dir("pyogrio")
    if gdal is None or folder is None or "pyogrio" not in gdal:
        return
    library = ctypes.CDLL(gdal)
    library.CPLSetConfigOption.argtypes = [ctypes.c_char_p] * 2
    library.CPLSetConfigOption.restype = None
    library.CPLSetConfigOption(b"GDAL_DATA", str(folder / "gdal_data").encode())
    library.OSRSetPROJSearchPaths.argtypes = [ctypes.POINTER(ctypes.c_char_p)]
    library.OSRSetPROJSearchPaths.restype = None
    library.OSRSetPROJSearchPaths((ctypes.c_char_p * 2)(str(folder / "proj_data").encode(), None))
