"""How many rows a product of matrices may have so that the calling thread makes it by itself.

OpenBLAS shares greater products out among threads of its own. Where several threads of ours each make such products,
theirs stand in each other's way, and everything takes many times as long.
"""

from __future__ import annotations

# OpenBLAS: SMP_THRESHOLD_MIN × GEMM_MULTITHREAD_THRESHOLD multiplications.
_ALONE = 262_144
# Products of fewer rows are too small to be worth their call.
_FEWEST = 64


def rows_alone(multiplications: int) -> int | None:
    """Return how many rows the calling thread multiplies by itself, with so many multiplications a row; None where
    they are too few to be worth it, and OpenBLAS may better have its threads instead of us.
    """
    rows = _ALONE // max(multiplications, 1)
    return rows if rows >= _FEWEST else None
