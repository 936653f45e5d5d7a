"""`penstock lineage`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table
from penstock.cli.project_folder import folder_of

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.engine.lineage import Lineage, Link, Node

# A line of the tree: the branch with the name; how it stands to the line above it, and how it is.
Line = tuple[str, str]
NextLinks = Callable[["Node"], list["Link"]]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(lineage)


def lineage(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="An object, a version (model@3) or table.column; all by default."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what an object is made from, and what from it.

    From files over tables and views to versions with their snapshots, endpoints, monitors and triggers. For a column,
    the columns that it is computed from.
    """
    from penstock.engine.trace import trace
    from penstock.engine.workspace import checked_workspace

    with folder_of(context).connect() as connection:
        found = trace(connection.session, checked_workspace(connection.session).graph, name)
    print_table(found.table() if form is not Format.TABLE else tree(found), form)


def tree(found: Lineage) -> pa.Table:
    """Return a lineage as the lines of a tree: `lineage` and `state`.

    Around an object, first what it is made from and then what is made from it; of everything, what is made from each
    thing that is made from nothing. What was told in full above is not told again.
    """
    import pyarrow as pa

    lines: list[Line] = []
    if found.subjects:
        for subject in found.subjects:
            lines.append((str(subject), found.words.get(subject, "")))
            sides: list[tuple[str, NextLinks, Callable[[Link], Node]]] = []
            if found.above(subject):
                sides.append(("made from", found.above, lambda link: link.source))
            if found.below(subject):
                sides.append(("goes into", found.below, lambda link: link.object))
            for place, (title, links_of, to) in enumerate(sides, 1):
                branch, rail = ("└─ ", "   ") if place == len(sides) else ("├─ ", "│  ")
                lines.append((f"{branch}{title}", ""))
                lines += _branches(found, subject, links_of, to, rail, {subject})
    else:
        seen: set[Node] = set()
        roots = dict.fromkeys(node for link in found.links for node in (link.source,) if not found.above(node))
        for root in roots:
            lines.append((str(root), found.words.get(root, "")))
            lines += _branches(found, root, found.below, lambda link: link.object, "", seen)
    columns = ("lineage", "state")
    return pa.table(
        {name: pa.array([line[place] for line in lines], pa.string()) for place, name in enumerate(columns)}
    )


def _branches(
    found: Lineage, node: Node, links_of: NextLinks, to: Callable[[Link], Node], rail: str, seen: set[Node]
) -> Iterator[Line]:
    """Yield the lines below a node, along `links_of`."""
    links = links_of(node)
    for place, link in enumerate(links, 1):
        branch, further = ("└─ ", "   ") if place == len(links) else ("├─ ", "│  ")
        child = to(link)
        known = child in seen
        more = " …" if known and links_of(child) else ""
        told = [link.how, "" if known else found.words.get(child, "")]
        yield f"{rail}{branch}{child}{more}", "; ".join(words for words in told if words)
        if not known:
            seen.add(child)
            yield from _branches(found, child, links_of, to, rail + further, seen)
