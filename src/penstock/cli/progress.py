"""What happens, told on standard error while it happens: a bar where there is a terminal, lines where there is none."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import Self

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from penstock.core.events import Event, Noticed, StepFinished, StepProgressed, StepStarted

MARKS = {
    "done": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "cancelled": "[yellow]–[/yellow]",
    "skipped": "·",
    "noticed": "[yellow]![/yellow]",
}
NAME_WIDTH = 32
# Quicker than this is not worth a word.
SHORTEST = 0.05


class _WhenKnown(ProgressColumn):
    """Shows a column for a step whose length is known, and nothing for others: a bar that tells nothing is unrest."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self._column = column

    def render(self, task: Task) -> RenderableType:
        return self._column.render(task) if task.total else Text()


class ProgressListener:
    """Listens to a run and prints it. Safe to call from several threads."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}
        self._noticed: set[str] = set()
        self._progress = Progress(
            SpinnerColumn(style="dim"),
            TextColumn("{task.description}"),
            _WhenKnown(BarColumn(bar_width=24)),
            TextColumn("{task.fields[note]}", style="dim"),
            _WhenKnown(TimeRemainingColumn()),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        # What cannot be told, as when the disk that holds the log is full, stops no work.
        with self._lock, suppress(OSError):
            match event:
                case StepStarted():
                    self._noticed.discard(event.resource)
                    self._begin(event.resource, f"{event.action} {event.resource}")
                case StepProgressed():
                    self._advance(event)
                case StepFinished():
                    self._end(event.resource)
                    noticed = event.status == "done" and event.resource in self._noticed
                    self.tell("noticed" if noticed else event.status, event.resource, event.summary, event.seconds)
                case Noticed():
                    self._noticed.add(event.resource)
                    words = f"[yellow]![/yellow] {escape(event.resource)}: {escape(event.message)}"
                    self._console.print(words, soft_wrap=True)

    def _begin(self, resource: str, words: str) -> None:
        self._tasks[resource] = self._progress.add_task(escape(words), total=None, note="")
        self._progress.start()

    def _advance(self, event: StepProgressed) -> None:
        if event.resource not in self._tasks:
            self._begin(event.resource, event.resource)
        task = self._tasks[event.resource]
        self._progress.update(task, completed=event.done, total=event.total, note=escape(event.note))
        if event.done >= event.total:
            self._end(event.resource)

    def _end(self, resource: str) -> None:
        """Forget what is shown of a step; with nothing left to show, leave the terminal to the rows."""
        task = self._tasks.pop(resource, None)
        if task is not None:
            self._progress.remove_task(task)
        if not self._tasks:
            self._progress.stop()

    def tell(self, status: str, resource: str, summary: str, seconds: float | None = None) -> None:
        """Print one line on a step that has ended: a mark, what it made, what came of it, how long it took."""
        # A longer story is told at the end, by the finding.
        summary = summary.partition("\n")[0].removesuffix(":")
        gap = " " * max(NAME_WIDTH - cell_len(resource), 2)
        time = f"  [dim]{seconds:.1f} s[/dim]" if seconds is not None and seconds >= SHORTEST else ""
        self._console.print(f"{MARKS[status]} {escape(resource)}{gap}{escape(summary)}{time}", soft_wrap=True)
