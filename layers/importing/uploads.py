"""Which uploaded files are opened at all: by ending and by their first bytes.

GDAL goes by content: a text that names other files or addresses (VRT) would be
followed under any ending. So what is no file of its own kind never reaches it.
"""

import io
import re
import zipfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from layers.errors import UploadRefused, UploadTooLarge

JSON = (b"{", b"[")
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    ".geojson": JSON,
    ".json": JSON,
    ".gpkg": (b"SQLite format 3\0",),
    ".fgb": (b"fgb",),
    ".shp": (b"\0\0\x27\x0a",),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
}
PARQUET = {".parquet", ".geoparquet"}
DELIMITED = {".csv", ".tsv"}
BESIDE_A_SHAPEFILE = {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".qpj", ".xml", ".txt", ".pdf"}
UPLOADABLE = sorted({*SIGNATURES, *DELIMITED, ".zip"} - {".shp"})
UNPACKED_MAX_BYTES = 400 * 1024 * 1024
MOST_MEMBERS = 200
"""A shapefile has ten. With 50,000 members GDAL looked for a minute before it found that none can be read."""


def file_name(given: str) -> str:
    """The name of a file without folders and without characters that mean something to a file system or to GDAL."""
    name = re.sub(r"[^\w.\-]+", "_", given.replace("\\", "/").rsplit("/", 1)[-1])
    return name.lstrip(".")[-100:] or "upload"


def check_upload(name: str, content: bytes) -> None:
    """Refuse what is too large, of another kind, or not what its ending says.

    Raises
    ------
    UploadRefused, UploadTooLarge
        With a sentence that says what to do.
    """
    if len(content) > settings.LAYER_FILE_MAX_BYTES:
        raise UploadTooLarge(
            _("The file has more than %(limit)s MB. Leave columns out, or let an operator import it on the server.")
            % {"limit": settings.LAYER_FILE_MAX_BYTES // 2**20}
        )
    if not content:
        raise UploadRefused(_("%(file)s is empty.") % {"file": name})
    ending = Path(name).suffix.lower()
    if ending == ".zip":
        _check_archive(name, content)
    elif ending in DELIMITED:
        return
    elif ending == ".shp":
        raise UploadRefused(_("A shapefile is several files: put them all into one .zip and choose that."))
    elif ending not in SIGNATURES:
        raise UploadRefused(
            _("%(file)s is of no kind that is read here. Choose a file that ends in %(endings)s.")
            % {"file": name, "endings": ", ".join(UPLOADABLE)}
        )
    else:
        _check_signature(name, ending, content[:64])
        _check_unpacked(name, content)


def unpacked_bytes(name: str, content: bytes) -> int:
    """How much an upload holds once it is unpacked, as its own directory says; 0 of none.

    Raises
    ------
    UploadRefused
        It has no such directory.
    """
    ending = Path(name).suffix.lower()
    if content and ending == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(member.file_size for member in archive.infolist())
    if not content or ending not in PARQUET:
        return len(content)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        raise UploadRefused(
            _("%(file)s is not what its ending says. Save it again as that format.") % {"file": name}
        ) from None
    return sum(int(footer.row_group(number).total_byte_size) for number in range(footer.num_row_groups))


def _check_unpacked(name: str, content: bytes) -> None:
    if unpacked_bytes(name, content) > UNPACKED_MAX_BYTES:
        raise UploadTooLarge(
            _("Unpacked, %(file)s has more than %(limit)s MB. Let an operator import it on the server.")
            % {"file": name, "limit": UNPACKED_MAX_BYTES // 2**20}
        )


def _check_signature(name: str, ending: str, head: bytes) -> None:
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(SIGNATURES[ending]) and not head.startswith(
        SIGNATURES[ending]
    ):
        raise UploadRefused(_("%(file)s is not what its ending says. Save it again as that format.") % {"file": name})


def _check_archive(name: str, content: bytes) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise UploadRefused(
            _("%(file)s is no zip archive, or a damaged one: fetch it again.") % {"file": name}
        ) from None
    _check_unpacked(name, content)
    if len(archive.infolist()) > MOST_MEMBERS:
        raise UploadRefused(
            _("%(file)s holds more than %(count)d files. Pack only those of one layer.")
            % {"file": name, "count": MOST_MEMBERS}
        )
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        ending = Path(member.filename).suffix.lower()
        if member.flag_bits & 1:
            raise UploadRefused(_("%(file)s is encrypted: unpack it with its password first.") % {"file": name})
        if ending in SIGNATURES:
            try:
                with archive.open(member) as opened:
                    _check_signature(member.filename, ending, opened.read(64))
            except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError):
                raise UploadRefused(
                    _("%(file)s is no zip archive, or a damaged one: fetch it again.") % {"file": name}
                ) from None
        elif ending not in BESIDE_A_SHAPEFILE:
            raise UploadRefused(
                _("%(file)s holds %(member)s, which is no part of a shapefile. Leave it out.")
                % {"file": name, "member": member.filename[:60]}
            )
    if not any(Path(member.filename).suffix.lower() in SIGNATURES for member in members):
        raise UploadRefused(_("%(file)s holds no file with places.") % {"file": name})
