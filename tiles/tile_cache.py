"""Rendered tiles of this process, newest used kept, so many bytes of them.

An entry's key holds the version of the data, so that what has changed is never
found again and soon falls out.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

import brotli

MAX_BYTES = 64 * 1024 * 1024
PACKED_FROM = 200
"""Shorter ones only grow (as Django's GZipMiddleware decides)."""
GZIP_LEVEL = 4
BROTLI_QUALITY = 4
"""No slower than gzip's level 4, and smaller: 2.1 against 2.5 ms for 100 kB."""


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=BROTLI_QUALITY),
    # No time in the header: equal bodies stay equal bytes.
    "gzip": lambda body: gzip.compress(body, GZIP_LEVEL, mtime=0),
}


@dataclass
class KeptBody:
    """A body with its tag, and packed in an encoding from the moment somebody wants it so."""

    body: bytes
    tag: str = ""
    _packed: dict[str, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.tag = sha256(self.body).hexdigest()[:32]

    def packed(self, encoding: str) -> bytes:
        """The body in `gzip` or `br`, b"" where it is too short or nothing here packs so."""
        if encoding not in PACKERS or len(self.body) < PACKED_FROM:
            return b""
        if encoding not in self._packed:
            self._packed[encoding] = PACKERS[encoding](self.body)
        return self._packed[encoding]

    @property
    def size(self) -> int:
        """About the bytes it holds, the packed ones included before they are there."""
        return len(self.body) * 2 + 200


class TileCache:
    """Least recently used first out. Safe for threads; two that miss at once both render."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._bodies: OrderedDict[Hashable, KeptBody] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, render: Callable[[], bytes]) -> KeptBody:
        """The body of that key, rendered if it is not kept."""
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
                return self._bodies[key]
        kept = KeptBody(render())
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = kept
                self.bytes += kept.size
            while self.bytes > self.max_bytes and self._bodies:
                _key, dropped = self._bodies.popitem(last=False)
                self.bytes -= dropped.size
        return kept


TILES = TileCache()
