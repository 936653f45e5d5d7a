"""Categories that are so rare that little is learned of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow.compute as pc

from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, share
from penstock.learn.understanding.text_meaning import TextMeaning

# A category of fewer rows is rare; rare ones in such a share of the rows are worth a word.
_FEWEST_ROWS, _MANY = 5, 0.05
_DONE = "Kept. The fewer rows a value has, the nearer it is read to all others; a new one is read as unknown."


def rarity_findings(sample: Sample, read_as: Mapping[str, TextMeaning]) -> Iterator[TableFinding]:
    """Yield a finding for each column of categories of which many rows have a rare one, of the rows looked at."""
    for name, texts in sample.texts.items():
        rows = len(texts) - texts.null_count
        if name in read_as or rows < LEAST_ROWS:
            continue
        counts = pc.value_counts(texts.drop_null()).field("counts").to_numpy()
        rare = counts < _FEWEST_ROWS
        of_rare = int(counts[rare].sum())
        if of_rare < _MANY * rows:
            continue
        values = int(np.count_nonzero(rare))
        looked = " looked at" if len(texts) < len(sample.data.target) else ""
        part = "All" if values == len(counts) else f"{values:,} of the"
        message = (
            f"{part} {len(counts):,} values of {name!r} have fewer than {_FEWEST_ROWS} rows: "
            f"{share(of_rare, rows)} of the rows{looked}."
        )
        yield TableFinding("rare categories", (name,), Weight.INFO, message, _DONE)
