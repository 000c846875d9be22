"""Long work that counts its steps (`geo.progress`), watched as a job."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from jobs.progress import Progress

Item = TypeVar("Item")


class Steps:
    """What a service calls while it works; each step becomes the job's message, each loop its share."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.name = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say what is done now; the place to stop a job that shall stop."""
        self.name = name
        self.progress(0, 0, name)
        yield

    def each(self, items: Iterable[Item], total: int | None = None) -> Iterator[Item]:
        """`items` as they are, counted."""
        for number, item in enumerate(items):
            self.progress(number, total or 0, self.name)
            yield item
