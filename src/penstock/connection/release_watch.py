"""Judging releases beside the loop: a training that takes an hour must not hold up a rollback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from penstock.core.errors import UserError
from penstock.core.events import Noticed
from penstock.engine.release_turn import advance_releases
from penstock.engine.session import Session

EVERY_SECONDS = 0.5


@contextmanager
def judging_releases(session: Session, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Judge the releases under way again and again while the block runs, and tell the session's listener what moves."""
    stop = threading.Event()
    with ThreadPoolExecutor(1, "penstock-releases") as threads:
        judging = threads.submit(_judge, session, stop, every)
        try:
            yield
        finally:
            stop.set()
    judging.result()


def _judge(session: Session, stop: threading.Event, every: float) -> None:
    """What goes wrong is tried again, and told when it is new."""
    told = ""
    while not stop.wait(every):
        try:
            moved = advance_releases(session)
        except UserError as problem:
            if str(problem) != told:
                told = str(problem)
                session.listener(Noticed("releases", told))
            continue
        told = ""
        for each in moved:
            session.listener(Noticed(f"endpoint {each.endpoint}", each.message))
