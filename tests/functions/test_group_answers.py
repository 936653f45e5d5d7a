"""Many texts of a group, read in parts: every text is read once, and one answer is left."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from penstock.functions.ai_aggregate import READ_AT_ONCE, folded
from penstock.remote.openai import Written


class Counting:
    """A model that answers with the numbers that it reads, put together; `[error]` it cannot read."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def write(self, prompts: Sequence[str]) -> list[Written]:
        self.prompts += prompts
        return [
            Written(None, status="busy") if "[error]" in prompt else Written(_numbers(prompt)) for prompt in prompts
        ]


def _numbers(prompt: str) -> str:
    # What stands after `Text 1:` and its like.
    lines = [line.rstrip("x") for line in prompt.splitlines()[1:] if line[:1] == "#"]
    return " ".join(lines)


@given(st.lists(st.lists(st.integers(1, 2 * READ_AT_ONCE // 3), min_size=1, max_size=12), max_size=4))
def test_every_text_reaches_the_one_answer_of_its_group(lengths: list[list[int]]) -> None:
    model = Counting()
    groups = [
        [f"#{place}-{number}".ljust(length, " ") for number, length in enumerate(group)]
        for place, group in enumerate(lengths)
    ]
    found = folded(groups, "count", model.write)
    for place, (answer, status) in enumerate(found):
        assert status == ""
        assert sorted((answer or "").split()) == sorted(f"#{place}-{number}" for number in range(len(lengths[place])))


def test_a_long_text_is_cut_and_its_parts_are_answered_before_the_whole() -> None:
    model = Counting()
    (found,) = folded([["#a".ljust(READ_AT_ONCE, "x") + "\n#b" + "x" * READ_AT_ONCE]], "What?", model.write)
    assert len(model.prompts) == 4
    assert model.prompts[0].startswith("What?\n\nAnswer once, for all of these texts.\n\nText 1:\n#a")
    assert model.prompts[-1].startswith("What?\n\nOthers have answered this for parts of the texts.")
    assert found[1] == ""
    assert (found[0] or "").split()[:1] == ["#a"]


def test_answers_that_stay_long_still_become_one() -> None:
    asked: list[str] = []

    def write(prompts: Sequence[str]) -> list[Written]:
        asked.extend(prompts)
        return [Written("long " * READ_AT_ONCE) for _ in prompts]

    (found,) = folded([["x" * READ_AT_ONCE] * 7], "What?", write)
    assert found[0] is not None
    assert len(asked) == 7 + 4 + 2 + 1


def test_a_group_without_an_answer_to_a_part_has_none_and_the_others_have() -> None:
    model = Counting()
    found = folded([["#a", "[error]"], ["#b"], ["[error]" + "x" * READ_AT_ONCE, "#c"]], "What?", model.write)
    assert found == [(None, "busy"), ("#b", ""), (None, "busy")]
    assert folded([], "What?", model.write) == []
