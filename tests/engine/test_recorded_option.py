"""Options of tables and views that only BigQuery's service reads: taken, and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]


def test_a_script_with_options_of_bigquerys_storage_runs_and_is_told_what_changes_nothing(open_work: OpenWork) -> None:
    work = open_work({})
    made = """
    CREATE OR REPLACE TABLE t PARTITION BY d CLUSTER BY x OPTIONS (description = 'x', partition_expiration_days = 3.5,
      require_partition_filter = TRUE, labels = [('team', 'a')], expiration_timestamp = TIMESTAMP '2030-01-01')
    AS SELECT DATE '2020-01-01' AS d, 1 AS x;
    CREATE OR REPLACE VIEW v OPTIONS (friendly_name = 'a', labels = [('team', 'a')]) AS SELECT x FROM t;
    SELECT x FROM v"""
    assert work.rows(made, "bigquery") == [(1,)]
    table = "expiration_timestamp, labels, partition_expiration_days, require_partition_filter: Recorded"
    assert table in work.notices
    assert "friendly_name, labels: Recorded" in work.notices


@pytest.mark.parametrize(
    ("kind", "option", "hint"), [("TABLE", "label", "labels"), ("VIEW", "friendly_nam", "friendly_name")]
)
def test_another_option_is_refused_with_the_nearest(open_work: OpenWork, kind: str, option: str, hint: str) -> None:
    with pytest.raises(UserError, match=f"There is no option '{option}'") as caught:
        open_work({}).sql(f"CREATE {kind} t OPTIONS ({option} = 'a') AS SELECT 1 AS x", "bigquery")
    assert caught.value.diagnostics[0].hint == f"Did you mean '{hint}'?"
