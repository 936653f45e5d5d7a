"""Whether a column names things rather than measures them, by what it is called."""

from __future__ import annotations

import re

_NAME = re.compile(r"(^|[_\s.-])(?i:id|uuid|guid|key|no|nr|number)$|[a-z](Id|ID|UUID|Key|No|Num)$|(번호|아이디)$")


def is_called_identifier(column: str) -> bool:
    """Return whether a column is called as identifiers are: `customer_id`, `orderNo`, 고객번호."""
    return _NAME.search(column) is not None
