"""Shows a person how far a long command is: bars on a terminal, one line a step in a log."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TextIO, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


class Progress(Protocol):
    """What a service needs to tell how far it is."""

    def step(self, name: object) -> AbstractContextManager[None]:
        """A context manager around one step; the name is a text or a `geo.sentences.Sentence`."""
        ...

    def each(self, items: Iterable[Item], total: int | None = None) -> Iterable[Item]:
        """`items` as they are, counted on a bar."""
        ...


class Silence:
    """Says nothing."""

    @contextmanager
    def step(self, name: object) -> Iterator[None]:  # noqa: D102 (see Progress)
        yield

    def each(self, items: Iterable[Item], total: int | None = None) -> Iterable[Item]:  # noqa: D102
        return items


class StepByStep:
    """Prints each step with its seconds to `out`; bars only where `out` is a terminal."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.out = out
        self.is_terminal = bool(getattr(out, "isatty", lambda: False)())
        self.name = ""

    @contextmanager
    def step(self, name: object) -> Iterator[None]:  # noqa: D102
        self.name = str(name)
        start = time.perf_counter()
        yield
        self.out.write(f"  {self.name:<46} {time.perf_counter() - start:6.1f} s\n")
        self.out.flush()

    def each(self, items: Iterable[Item], total: int | None = None) -> Iterable[Item]:  # noqa: D102
        if not self.is_terminal:
            return items
        bar: Iterable[Item] = tqdm(
            items, total=total, desc=f"  {self.name}", leave=False, file=self.out, mininterval=0.2
        )
        return bar


class Messages:
    """Tells each step and item to a callable `tell(done, total, message)`, such as a job has; it may raise to stop."""

    def __init__(self, tell: Callable[[int, int, Any], None]) -> None:
        self.tell = tell
        self.name: object = ""

    @contextmanager
    def step(self, name: object) -> Iterator[None]:  # noqa: D102
        self.name = name
        self.tell(0, 0, name)
        yield

    def each(self, items: Iterable[Item], total: int | None = None) -> Iterable[Item]:  # noqa: D102
        for number, item in enumerate(items):
            self.tell(number, total or 0, self.name)
            yield item
