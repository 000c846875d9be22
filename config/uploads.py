"""Uploads larger than a photo may be do not fill the disk before they are refused."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class DropTheRest(FileUploadHandler):
    """Passes on one photo's worth of a request's files and a little more, by which it is refused as too large."""

    taken = 0
    limit = "PHOTO_MAX_BYTES"

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """The chunk for the next handler, None once there is more than enough."""
        if self.taken > getattr(settings, self.limit):
            return None
        self.taken += len(raw_data)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""


class DropTheRestOfALayer(DropTheRest):
    """The same for files of areas and things, which may be larger."""

    limit = "LAYER_FILE_MAX_BYTES"
