"""What happens, told on standard error while it happens: a bar where there is a terminal, lines where there is none."""

from __future__ import annotations

import sys
import threading
from typing import Self

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn

from penstock.core.events import Event, Noticed, StepFinished, StepProgressed, StepStarted

MARKS = {
    "done": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "cancelled": "[yellow]–[/yellow]",
    "skipped": "·",
}
NAME_WIDTH = 32
# Quicker than this is not worth a word.
SHORTEST = 0.05


class ProgressListener:
    """Listens to a run and prints it. Safe to call from several threads."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._lock = threading.Lock()
        self._quiet = quiet
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal or quiet,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        with self._lock:
            match event:
                case StepStarted():
                    words = f"{event.action} {event.resource}"
                    self._tasks[event.resource] = self._progress.add_task(words, total=None, note="")
                case StepProgressed():
                    self._advance(event)
                case StepFinished():
                    self._end(event)
                case Noticed():
                    self._console.print(
                        f"[yellow]![/yellow] {escape(event.resource)}: {escape(event.message)}", soft_wrap=True
                    )

    def _advance(self, event: StepProgressed) -> None:
        if event.resource not in self._tasks:
            self._tasks[event.resource] = self._progress.add_task(event.resource, total=None, note="")
        task = self._tasks[event.resource]
        self._progress.update(task, completed=event.done, total=event.total, note=event.note)

    def _end(self, event: StepFinished) -> None:
        task = self._tasks.pop(event.resource, None)
        if task is not None:
            self._progress.remove_task(task)
        if not self._quiet:
            self.tell(event.status, event.resource, event.summary, event.seconds)

    def tell(self, status: str, resource: str, summary: str, seconds: float | None = None) -> None:
        """Print one line on a step that has ended: a mark, what it made, what came of it, how long it took."""
        # A longer story is told at the end, by the finding.
        summary = summary.partition("\n")[0].removesuffix(":")
        gap = " " * max(NAME_WIDTH - cell_len(resource), 2)
        time = f"  [dim]{seconds:.1f} s[/dim]" if seconds is not None and seconds >= SHORTEST else ""
        self._console.print(f"{MARKS[status]} {escape(resource)}{gap}{escape(summary)}{time}", soft_wrap=True)
