"""What texts mean, and that the SQL which is advised reads them so."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from penstock.learn.understanding.text_meaning import TextKind, meaning_of


def texts(*words):
    return pa.array(words, pa.large_string())


def numbered(form, begin=1, end=30):
    return texts(*(form.format(number) for number in range(begin, end)))


@pytest.mark.parametrize(
    ("words", "kind", "first"),
    [
        (numbered("{}.5"), TextKind.NUMBER, 1.5),
        (numbered(" {}"), TextKind.NUMBER, 1.0),
        (numbered("{},000"), TextKind.NUMBER, 1000.0),
        (numbered("-{}e3"), TextKind.NUMBER, -1000.0),
        (numbered("${},234.50"), TextKind.MONEY, 1234.5),
        (numbered("₩ {},000"), TextKind.MONEY, 1000.0),
        (numbered("{},200원"), TextKind.MONEY, 1200.0),
        (numbered("{} EUR"), TextKind.MONEY, 1.0),
        (numbered("{}.5%"), TextKind.PERCENT, 1.5),
        (numbered("{},5 %"), TextKind.PERCENT, 1.5),
        (numbered("{}.234,50 €"), TextKind.MONEY, 1234.5),
        (numbered("${}.5k"), TextKind.MONEY, 1500.0),
        (numbered("{}.5억원"), TextKind.MONEY, 150_000_000.0),
        (numbered("{}천만원"), TextKind.MONEY, 10_000_000.0),
        (numbered("({},234)"), TextKind.MONEY, -1234.0),
        (numbered("{},5"), TextKind.NUMBER, 1.5),
        (numbered("{}.5M"), TextKind.NUMBER, 1_500_000.0),
        (numbered("{}.5 kg"), TextKind.NUMBER, 1.5),
        (texts("1 year", *(f"{n} years" for n in range(2, 20))), TextKind.NUMBER, 1.0),
        (numbered("{:02}-Jan-2020"), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("January {}, 2020"), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("2020-01-{:02}T07:30:00Z"), TextKind.DATE, "2020-01-01 07:30:00"),
        (numbered("{}.02.2020 07:30", 1, 29), TextKind.DATE, "2020-02-01 07:30:00"),
        (numbered("2020-01-{:02}"), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("2020/1/{}"), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("2020. 1. {}."), TextKind.DATE, None),
        (numbered("2020년 1월 {}일"), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("202001{:02}"), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("2020-{:02}", 1, 13), TextKind.DATE, "2020-01-01 00:00:00"),
        (numbered("2020-01-{:02} 07:30"), TextKind.DATE, "2020-01-01 07:30:00"),
        (numbered("01/{:02}/2020 01:06:56 PM"), TextKind.DATE, "2020-01-01 13:06:56"),
        (numbered("{}/02/2020", 1, 29), TextKind.DATE, None),
    ],
)
def test_a_quantity_in_a_text_is_told_with_the_sql_that_reads_it(words, kind, first):
    found = meaning_of(words)
    assert found is not None
    assert found.kind is kind
    assert found.example == words[0].as_py()
    if first is not None:
        read = duckdb.execute(
            f"SELECT {found.reading.short.format('word')} FROM (SELECT ? AS word)", [words[0].as_py()]
        )
        value = read.fetchone()[0]
        assert (value if isinstance(first, float) else str(value)) == first


@pytest.mark.parametrize(
    "words",
    [
        ("low", "high", "medium"),
        ("S", "XL", "M"),
        ("상", "중", "하"),
        ("매우 만족", "보통", "불만족"),
        ("0-10", "10-20", "20+"),
        ("1st", "2nd", "3rd"),
        ("1등급", "2등급", "3등급"),
        ("< 1 year", "1 - 5 years", "> 5 years"),
    ],
)
def test_steps_of_a_scale_have_an_order(words):
    assert meaning_of(texts(*words)).kind is TextKind.ORDINAL


@pytest.mark.parametrize(
    "words",
    [
        numbered("Braund, Mr. Owen Harris the {}th"),
        numbered("Call me now and win {} pounds!"),
        numbered("이 영화는 정말 재미있게 봤습니다 {}"),
    ],
)
def test_sentences_are_free_text(words):
    assert meaning_of(words).kind is TextKind.FREE_TEXT


@pytest.mark.parametrize(
    "words",
    [
        texts(),
        texts(None, None),
        texts("yes", "no"),
        texts("0", "1"),
        numbered("0{}123"),
        numbered("A{}"),
        numbered("051-678-61{:02}"),
        numbered("서울특별시 {}"),
    ],
)
def test_names_are_names(words):
    assert meaning_of(words) is None


def test_one_odd_text_of_many_does_not_hide_the_others():
    assert meaning_of(texts(*(f"{n}.5" for n in range(99)), "unknown")).kind is TextKind.NUMBER


def test_coordinates_need_two_numbers():
    assert meaning_of(numbered("(39.{}, -76.6)")).kind is TextKind.COORDINATES


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (("high", "low", "unknown", "medium"), ("low", "medium", "high")),
        (("대졸", "고졸", "중졸"), ("중졸", "고졸", "대졸")),
        (("Sep", "Jan", "Feb"), ("Jan", "Feb", "Sep")),
        (("20+", "0-10", "10-20"), ("0-10", "10-20", "20+")),
        (("> 5 years", "< 1 year", "1 - 5 years"), ("< 1 year", "1 - 5 years", "> 5 years")),
    ],
)
def test_the_steps_of_a_scale_are_told_from_the_lowest(words, steps):
    assert meaning_of(texts(*words)).parts == steps


def test_the_example_is_one_that_has_the_meaning():
    assert meaning_of(texts("N/A", *(f"{n}.5" for n in range(99)))).example == "0.5"


@pytest.mark.parametrize("separator", ["|", ";", ",", "/", ", "])
def test_things_that_come_again_and_again_between_separators_are_a_list(separator):
    kinds = ["Drama", "Comedy", "Action", "War"]
    words = texts(*(separator.join(kinds[i] for i in range(4) if n >> i & 1) for n in range(1, 16)))
    found = meaning_of(words)
    assert found.kind is TextKind.LIST
    assert found.parts == (separator.strip(),)


def test_addresses_are_no_lists():
    assert meaning_of(numbered("{} GARRISON BLVD, BALTIMORE, MD, 212{}".replace("212{}", "21215"))).kind is not (
        TextKind.LIST
    )


def test_json_is_told_with_its_keys_even_of_few_texts():
    found = meaning_of(texts('{"a": 1, "b": {"c": 2}}', '{"a": 3, "d": []}'))
    assert (found.kind, found.parts) == (TextKind.JSON, ("a", "b", "d"))
    assert meaning_of(texts("[1, 2]", "[]")).parts == ()
    assert meaning_of(texts("{a}", "{b}")) is None


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ([f"01/{month:02}/{year}" for year in (2023, 2024) for month in range(1, 13)], "%d/%m/%Y"),
        ([f"{month:02}/01/{year}" for year in (2023, 2024) for month in range(1, 13)], "%m/%d/%Y"),
        ([f"{month:02}/{day:02}/2024" for month in (3, 4, 5) for day in (6, 7, 8)], "%m/%d/%Y"),
        ([f"{day:02}/03/2024" for day in range(1, 29)], "%d/%m/%Y"),
    ],
)
def test_dates_of_one_day_of_each_month_are_read_month_by_month(words, form):
    meaning = meaning_of(pa.array(words, pa.large_string()))
    assert form in meaning.reading.short
