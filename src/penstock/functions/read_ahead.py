"""A stream whose next batch is read while the present one is worked on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


class _End:
    """Marks the end of a stream; a batch can be any other value."""


_END = _End()


def read_ahead(source: Iterator[Item], interrupt: Callable[[], None]) -> Generator[Item, None, None]:
    """Yield what `source` yields, in order, taking one item ahead in a thread of its own.

    An error of the source comes out at the place of the item that it stands for. At most one item waits. Closed
    before its end, it calls `interrupt`, which makes a read under way fail, so that nobody waits for it in vain.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(next, source, _END)
        try:
            while not isinstance(item := coming.result(), _End):
                coming = reader.submit(next, source, _END)
                yield item
        finally:
            if not coming.done():
                interrupt()
            # The source may be closed only when its last read has ended, one way or the other.
            coming.exception()
            _close(source)


def _close(source: Iterator[Item]) -> None:
    close = getattr(source, "close", None)
    if close is not None:
        close()
