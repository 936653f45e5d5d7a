"""Words that people write where a value is missing."""

from __future__ import annotations

_WORDS = frozenset(
    (
        *(
            "?",
            "??",
            "-",
            "--",
            ".",
            "n/a",
            "#n/a",
            "na",
            "n.a.",
            "nan",
            "null",
            "(null)",
            "<na>",
            "unknown",
            "missing",
        ),
        *("not available", "not known", "not specified", "unspecified", "undefined", "#value!", "#ref!"),
        *(
            "미상",
            "모름",
            "불명",
            "알수없음",
            "알 수 없음",
            "미입력",
            "미확인",
            "확인불가",
            "결측",
            "해당없음",
            "해당 없음",
        ),
    )
)


def is_stand_in(word: str) -> bool:
    """Say whether a text stands for a value that is missing."""
    return word.strip().casefold() in _WORDS
