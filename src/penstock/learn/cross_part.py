"""Parts of the rows of training: what is learned of labels for the rows of one part is learned from others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]
# So many parts are drawn.
PARTS = 5


@dataclass(frozen=True)
class CrossParts:
    """`of_row` (n,) is the part of each row, from 0 to `count` - 1. The first `drawn` parts tell of each other; each
    later one is told of by all that come before it. Rows of one `kin` (n,), from 0 on, are in one part.
    """

    of_row: Whole
    count: int = PARTS
    drawn: int = PARTS
    kin: Whole | None = None

    def tellers(self, part: int) -> list[int]:
        """Return the parts whose rows tell of a part's."""
        return [other for other in range(max(part, self.drawn)) if other != part]

    def of_rows(self, kept: Mask) -> CrossParts:
        """Return the parts of some of the rows."""
        return replace(self, of_row=self.of_row[kept], kin=None if self.kin is None else self.kin[kept])

    def some(self, most: int) -> Mask:
        """Return about so many rows, evenly spread, or all where there are no more; those of one kin together, as far
        as they are few.
        """
        rows = len(self.of_row)
        if self.kin is None or rows <= most:
            return evenly(rows, most)
        kinds = int(self.kin.max()) + 1
        chosen = evenly(kinds, max(kinds * most // rows, 1))[self.kin]
        if np.count_nonzero(chosen) > 2 * most:
            chosen[chosen] = evenly(int(np.count_nonzero(chosen)), most)
        return chosen


def evenly(count: int, most: int) -> Mask:
    """Return a mask of `most` of `count` rows, evenly spread; of all where there are no more."""
    rows = np.zeros(count, np.bool_)
    rows[np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))] = True
    return rows


def drawn_parts(rows: int, seed: int, kin: Whole | None = None) -> CrossParts:
    """Return parts of rows drawn at random; those of one `kin` (n,), from 0 on, stay together."""
    random = np.random.default_rng(seed)
    if kin is None:
        return CrossParts(random.permutation(rows) % PARTS)
    kinds = int(kin.max(initial=-1)) + 1
    return CrossParts((random.permutation(kinds) % PARTS)[kin], kin=kin)


def forward_parts(stretch: Whole, seed: int) -> CrossParts:
    """Return parts that follow the stretches of time (n,), from 0 on: no row is told of by what came later.

    Nothing is before the first stretch: its rows tell of each other, in parts that are drawn.
    """
    first = stretch == 0
    of_row = stretch - 1 + PARTS
    of_row[first] = np.random.default_rng(seed).permutation(np.count_nonzero(first)) % PARTS
    return CrossParts(of_row, PARTS + int(stretch.max(initial=0)))
