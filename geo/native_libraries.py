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

# CPLHTTPFetchCallbackFunc of GDAL's cpl_http.h: the address, then what no answer needs.
_Fetch = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_char_p, *[ctypes.c_void_p] * 6)
_RESULT_BYTES = 256
"""More than a CPLHTTPResult has (64); all zero it is an empty answer."""
_fetchers: list[object] = []
"""GDAL keeps their addresses only."""


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


def keep_gdal_offline(gdal: str | None) -> None:
    """Let no file make GDAL fetch an address.

    A GeoJSON file may name its CRS by a link, which GDAL follows while it opens
    the file: whoever uploads one could make the server ask any address inside
    its own network. pyogrio uses the wheel's library whatever GeoDjango uses.
    """
    for path in {gdal, _bundled("pyogrio", "libgdal")} - {None}:
        library = ctypes.CDLL(path)
        library.CPLCalloc.argtypes = [ctypes.c_size_t] * 2
        library.CPLCalloc.restype = ctypes.c_void_p
        # Null would mean "fetch it yourself"; GDAL frees the answer.
        fetch = _Fetch(lambda *_request, empty=library.CPLCalloc: empty(1, _RESULT_BYTES))
        _fetchers.append(fetch)
        library.CPLHTTPSetFetchCallback(fetch, None)
