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

MAX_BYTES = 64 * 1024 * 1024
GZIP_FROM = 200
"""Shorter ones only grow (as Django's GZipMiddleware decides)."""
GZIP_LEVEL = 4


@dataclass
class KeptBody:
    """A body with its tag, and packed from the moment somebody wants it packed."""

    body: bytes
    tag: str = ""
    _packed: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        self.tag = sha256(self.body).hexdigest()[:32]

    def packed(self) -> bytes:
        """The body in gzip, b"" where that would be longer."""
        if not self._packed and len(self.body) >= GZIP_FROM:
            # No time in it: equal bodies stay equal bytes.
            self._packed = gzip.compress(self.body, GZIP_LEVEL, mtime=0)
        return self._packed

    @property
    def size(self) -> int:
        """About the bytes it holds, the packed ones included before they are there."""
        return len(self.body) * 3 // 2 + 200


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
