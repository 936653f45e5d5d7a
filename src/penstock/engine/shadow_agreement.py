"""How far a version in the shadow has agreed with the versions that answered, by the prediction log."""

from __future__ import annotations

import math
from dataclasses import dataclass

from penstock.lake.database import Connection
from penstock.lake.own_table import PREDICTIONS

# Both stand in the log under the same prediction id. A version is not compared with itself.
_COMPARED = f"""
SELECT count(*), count(*) FILTER (live = shadow), avg(abs(live_number - shadow_number)), stddev_samp(live_number)
FROM (
    SELECT l.outputs->'$.prediction' AS live, TRY_CAST(live AS DOUBLE) AS live_number,
        s.outputs->'$.prediction' AS shadow, TRY_CAST(shadow AS DOUBLE) AS shadow_number
    FROM {PREDICTIONS} s JOIN {PREDICTIONS} l USING (endpoint, prediction_id)
    WHERE lower(s.endpoint) = lower(?) AND s.variant = 'shadow' AND s.version = ?
        AND l.variant <> 'shadow' AND l.version <> s.version
)
"""


@dataclass(frozen=True)
class ShadowAgreement:
    """Predictions that a version has made in the shadow of another's.

    `same` are equal. Of numbers `mean_difference` is the mean of the absolute differences, and `spread` the standard
    deviation of what was answered; both None where there is none.
    """

    rows: int
    same: int
    mean_difference: float | None
    spread: float | None

    def words(self, *, of_numbers: bool) -> str:
        """Return it for a person: `1,204 answers, 98.2 % the same`."""
        if not self.rows:
            return "no answer to compare yet"
        answers = f"{self.rows:,} answer{'' if self.rows == 1 else 's'}"
        if not of_numbers or self.mean_difference is None:
            return f"{answers}, {_percent(self.same, self.rows)} the same"
        told = f"{answers}, mean difference {self.mean_difference:.4g}"
        if self.spread:
            told += f", {100 * self.mean_difference / self.spread:.3g} % of what is answered spreads"
        return told


def shadow_agreement(connection: Connection, endpoint: str, shadow: int) -> ShadowAgreement:
    """Return how version `shadow` has agreed with the others of an endpoint, as far as the log is in the lake."""
    if not connection.has(PREDICTIONS):
        return ShadowAgreement(0, 0, None, None)
    ((rows, same, difference, spread),) = connection.rows(_COMPARED, [endpoint, shadow])
    return ShadowAgreement(rows, same, difference, spread)


def _percent(part: int, whole: int) -> str:
    """Return a share in percent with one digit, never 100 where one is missing."""
    return f"{math.floor(1000 * part / whole) / 10:g} %"
