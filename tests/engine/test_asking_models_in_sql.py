"""Remote models and AI functions in SQL, asked of a service on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.core.events import Event, Noticed
from penstock.testing.sample_service import SampleService, sample_service

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
WRITER = "CREATE MODEL d.writer REMOTE WITH CONNECTION `p.us.default` OPTIONS (ENDPOINT = 'sample');"


@pytest.fixture(scope="module")
def service() -> Iterator[SampleService]:
    with sample_service() as running:
        yield running


@pytest.fixture
def work(open_work: OpenWork, service: SampleService) -> Work:
    opened = open_work({"all.sql": ""})
    connections = service.connections(retries=0, input_price=2.0)
    opened.session = replace(opened.session, settings=replace(opened.session.settings, connections=connections))
    return opened


def bigquery(work: Work, text: str) -> list[tuple[object, ...]]:
    return work.rows(text, "bigquery")


def test_a_remote_model_writes_to_each_prompt_and_keeps_every_row(work: Work) -> None:
    work.sql(WRITER, "bigquery")
    prompts = "(SELECT * FROM UNNEST([STRUCT('안녕' AS prompt, 1 AS id), STRUCT('[error]', 2), STRUCT(NULL, 3)]))"
    found = work.sql(f"SELECT * FROM AI.GENERATE_TEXT(MODEL d.writer, {prompts}) ORDER BY id", "bigquery").table()
    own = ["result", "rai_result", "grounding_result", "statistics", "full_response", "status"]
    assert found.column_names == [*own, "prompt", "id"]
    assert found.column("result").to_pylist() == ["echo: 안녕", None, None]
    statuses = found.column("status").to_pylist()
    assert statuses[0] == ""
    assert statuses[1].startswith("The service answered 400")
    assert statuses[2] == "The input is NULL."
    assert json.loads(found.column("statistics").to_pylist()[0])["cost"] == pytest.approx(4e-6)


def test_the_older_function_gives_the_whole_answer_or_its_text(work: Work) -> None:
    work.sql(WRITER, "bigquery")
    call = "ML.GENERATE_TEXT(MODEL d.writer, (SELECT 'hi' AS prompt){})"
    whole = work.sql(f"SELECT * FROM {call.format('')}", "bigquery").table()
    assert whole.column_names == ["ml_generate_text_result", "ml_generate_text_status", "prompt"]
    assert json.loads(whole.column(0).to_pylist()[0])["choices"][0]["message"]["content"] == "echo: hi"
    options = (
        ", STRUCT(0.5 AS temperature, 5 AS max_output_tokens, ['x'] AS stop_sequences, TRUE AS flatten_json_output)"
    )
    flat = work.sql(f"SELECT * FROM {call.format(options)}", "bigquery").table()
    assert flat.column("ml_generate_text_llm_result").to_pylist() == ["echo: hi"]


def test_options_reach_the_service(work: Work, service: SampleService) -> None:
    work.sql(WRITER, "bigquery")
    params = """JSON '{"generationConfig": {"maxOutputTokens": 7}, "presence_penalty": 1}' AS model_params"""
    data = f"(SELECT 'p1' AS prompt), STRUCT(0.25 AS temperature, {params})"
    bigquery(work, f"SELECT * FROM AI.GENERATE_TEXT(MODEL d.writer, {data})")
    body = service.asked[-1][1]
    assert (body["temperature"], body["max_tokens"], body["presence_penalty"], body["seed"]) == (0.25, 7, 1, 42)


def test_a_table_is_filled_by_its_schema(work: Work) -> None:
    work.sql(WRITER, "bigquery")
    schema = "STRUCT('도시 STRING, n INT64, ok BOOL, tags ARRAY<STRING>' AS output_schema)"
    call = f"AI.GENERATE_TABLE(MODEL d.writer, (SELECT {{}} AS prompt), {schema})"
    found = work.sql(f"SELECT * FROM {call.format(repr('yes to 서울'))}", "bigquery").table()
    assert found.column_names == ["도시", "n", "ok", "tags", "full_response", "status", "prompt"]
    assert [column.to_pylist()[0] for column in found.columns[:4]] == ["서울", 9, True, ["서울"]]
    wrong = bigquery(work, f"SELECT n, status FROM {call.format(repr('[no json]'))}")
    assert wrong == [(None, "The model's answer is not the JSON that it was asked for.")]
    with pytest.raises(InvalidOption, match="output_schema: Expected a type"):
        bigquery(work, f"SELECT * FROM {call.format('1').replace('n INT64', 'n INT65')}")


def test_values_are_asked_once_for_each_different_input(work: Work, service: SampleService) -> None:
    before = len(service.asked)
    names = "UNNEST(['yes', 'no', 'yes', NULL]) AS name"
    found = bigquery(work, f"SELECT AI.IF(('Is it ', name)), AI.GENERATE_INT(name).result FROM {names}")
    assert found == [(True, 3), (False, 2), (True, 3), (None, None)]
    assert len(service.asked) - before == 4
    assert bigquery(work, f"SELECT name FROM {names} WHERE AI.IF(prompt => name)") == [("yes",), ("yes",)]


def test_every_scalar_has_its_type(work: Work) -> None:
    text = (
        "SELECT AI.GENERATE('a').result AS a, AI.GENERATE('b c', output_schema => 'x STRING, n INT64').x AS b, "
        "AI.GENERATE_BOOL('yes').result AS c, AI.GENERATE_DOUBLE('abc').result AS d, AI.SCORE('abcd') AS e, "
        "AI.CLASSIFY('some sport', categories => ['food', 'sport']) AS f, "
        "AI.CLASSIFY('some sport', [('food', 'to eat'), ('sport', 'to play')], output_mode => 'multi') AS g, "
        "ARRAY_LENGTH(AI.EMBED('x', endpoint => 'sample').result) AS h, "
        "AI.SIMILARITY(content1 => 'abc', content2 => 'cba', endpoint => 'sample') AS i"
    )
    row = bigquery(work, text)[0]
    assert row[:6] == ("echo: a", "c", True, 1.5, 2.0, "sport")
    assert row[6] == ["sport"]
    assert row[7:] == (30, pytest.approx(1.0))


def test_failures_are_null_until_they_are_too_many(work: Work) -> None:
    rows = "UNNEST(['[error]', 'yes']) AS t"
    assert bigquery(work, f"SELECT AI.IF(t) FROM {rows}") == [(None,), (True,)]
    assert bigquery(work, f"SELECT AI.GENERATE(t).status != '' FROM {rows}") == [(True,), (False,)]
    with pytest.raises(BadData, match="had no answer to 1 of 2 questions"):
        bigquery(work, f"SELECT AI.SCORE(t, max_error_ratio => 0.1) FROM {rows}")


def test_values_without_an_answer_are_told_once_a_query(work: Work) -> None:
    told: list[Event] = []
    work.session = replace(work.session, listener=told.append)
    rows = "UNNEST(['[error]', '[error] 2', 'yes', '[no json]', '[error]']) AS t"
    bigquery(work, f"SELECT AI.IF(t), AI.IF(('', t)), AI.SCORE('x'), AI.GENERATE_INT(t) FROM {rows}")
    (notice,) = [event for event in told if isinstance(event, Noticed)]
    assert notice.resource == "AI.IF"
    start = "6 of 8 questions had no answer and are NULL: The service answered 400 Bad Request: no such thing"
    assert notice.message.startswith(start)
    assert notice.message.endswith(" (and 1 other reason)")
    told.clear()
    with pytest.raises(BadData):
        bigquery(work, f"SELECT AI.IF(t, max_error_ratio => 0) FROM {rows}")
    assert not [event for event in told if isinstance(event, Noticed)]


def test_embeddings_of_a_remote_model(work: Work) -> None:
    work.sql(WRITER, "bigquery")
    data = "(SELECT 'aab' AS content, 7 AS id)"
    options = "STRUCT(2 AS output_dimensionality)"
    ml = work.sql(f"SELECT * FROM ML.GENERATE_EMBEDDING(MODEL d.writer, {data}, {options})", "bigquery").table()
    prefix = "ml_generate_embedding_"
    assert ml.column_names == [f"{prefix}result", f"{prefix}statistics", f"{prefix}status", "content", "id"]
    ai = work.sql(f"SELECT * FROM AI.GENERATE_EMBEDDING(MODEL d.writer, {data}, {options})", "bigquery").table()
    assert ai.column_names == ["embedding", "statistics", "status", "content", "id"]
    assert ai.column("embedding").to_pylist() == [[2.125, 1.125]]


def test_rows_are_predicted_at_an_address(work: Work, service: SampleService) -> None:
    model = (
        "CREATE MODEL d.own INPUT(a FLOAT64, `나이` INT64) OUTPUT(score FLOAT64) "
        f"REMOTE WITH CONNECTION `p.us.own` OPTIONS(ENDPOINT = '{service.url}/predict/v1')"
    )
    work.sql(model, "bigquery")
    found = work.sql(
        "SELECT * FROM ML.PREDICT(MODEL d.own, (SELECT 1.5 AS a, 2 AS `나이`, 'x' AS other))", "bigquery"
    ).table()
    assert found.column_names == ["score", "remote_model_status", "a", "나이", "other"]
    assert found.to_pylist()[0]["score"] == 3.5
    with pytest.raises(UnknownName, match="no column '나이'"):
        bigquery(work, "SELECT * FROM ML.PREDICT(MODEL d.own, (SELECT 1.5 AS a))")


def test_answers_that_are_nested_too_deeply_lose_no_other_row(work: Work) -> None:
    prompts = "(SELECT p FROM UNNEST(['a', '[nested]', '[deep]', '[deep text]']) AS p)"
    found = work.sql(f"SELECT AI.GENERATE_INT(p, endpoint => 'sample') AS g FROM {prompts}", "bigquery").table()
    answers = [row["g"] for row in found.to_pylist()]
    assert [answer["result"] for answer in answers] == [1, None, None, None]
    deep = "The service's answer is nested too deeply."
    assert [answer["status"] for answer in answers] == [
        "",
        deep,
        deep,
        "The model's answer is not the JSON that it was asked for.",
    ]


@pytest.mark.parametrize("result", ["", ".result"])
def test_typed_answers_take_named_arguments_with_and_without_a_field(work: Work, result: str) -> None:
    columns = ", ".join(
        f"AI.GENERATE_{word}(('q yes', x), connection_id => 'default', endpoint => 'sample'){result} AS {word}"
        for word in ("BOOL", "INT", "DOUBLE")
    )
    (row,) = work.sql(f"SELECT {columns} FROM (SELECT '!' AS x)", "bigquery").table().to_pylist()
    values = [row[word]["result"] if not result else row[word] for word in ("BOOL", "INT", "DOUBLE")]
    assert values == [True, 6, 3.0]
    lowest = work.sql("SELECT ai.generate_bool(prompt => 'no', endpoint => 'sample')", "bigquery").table()
    assert next(iter(lowest.to_pylist()[0].values()))["result"] is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CREATE MODEL m REMOTE WITH CONNECTION `a.b.defult` OPTIONS (endpoint = 'g')", "Did you mean 'default'"),
        ("CREATE MODEL m REMOTE WITH CONNECTION DEFAULT OPTIONS (description = 'g')", "needs an endpoint"),
        (
            "CREATE MODEL m REMOTE WITH CONNECTION DEFAULT OPTIONS (endpoint = 'g', model_type = 'onnx')",
            "has no model_type",
        ),
        (
            "CREATE MODEL m REMOTE WITH CONNECTION DEFAULT OPTIONS (endpoint = 'g') AS SELECT 1 AS x",
            "no training query",
        ),
        ("CREATE MODEL m REMOTE WITH CONNECTION DEFAULT OPTIONS (endpoint = 'https://x.y')", "needs INPUT"),
        (
            "CREATE MODEL m INPUT(a INT64) OUTPUT(b INT64) REMOTE WITH CONNECTION own OPTIONS (endpoint = 'https://x')",
            r"'https://x' does not lie below the url of \[connections.own\]",
        ),
        (
            "CREATE MODEL m REMOTE WITH CONNECTION DEFAULT OPTIONS (remote_service_type = 'CLOUD_AI_TRANSLATE_V3')",
            "cloud",
        ),
        ("SELECT AI.IF('a', endpoint => 'all-minilm-l6-v2')", "sentence embedder"),
        (
            "SELECT AI.CLASSIFY('a', ['b'], endpoint => 'all-minilm-l6-v2', output_mode => 'multi')",
            "does nothing with output_mode => 'multi'",
        ),
        (
            "SELECT AI.CLASSIFY('a', ['b'], endpoint => 'all-minilm-l6-v2', examples => [('a', 'b')])",
            "does nothing with examples",
        ),
        ("SELECT AI.IF()", "needs prompt"),
        ("SELECT AI.IF('a', promt => 'b')", "promt"),
        ("SELECT AI.IF('a', endpoint => x) FROM (SELECT 'e' AS x)", "needs a constant for endpoint"),
        ("SELECT AI.CLASSIFY('a', categories => [])", "a list of categories"),
        ("SELECT AI.GENERATE('a', connection_id => 'p.us.nobody')", "no connection 'nobody'"),
        ("SELECT * FROM AI.GENERATE_TEXT(MODEL d.writer, (SELECT 1 AS id))", "no column 'prompt'"),
        ("SELECT * FROM AI.GENERATE_TEXT(MODEL d.writer, (SELECT 1 AS prompt))", "must be text"),
        ("SELECT * FROM ML.PREDICT(MODEL d.writer, (SELECT 'x' AS prompt))", "reads texts"),
    ],
)
def test_what_does_not_fit_is_told(work: Work, text: str, words: str) -> None:
    work.sql(WRITER, "bigquery")
    with pytest.raises(UserError, match=words):
        bigquery(work, text)


@pytest.mark.parametrize("name", ["text-embedding-005", "gemini-embedding-001", "textembedding-gecko@003"])
def test_the_embedder_here_answers_under_the_names_that_the_settings_list(open_work: OpenWork, name: str) -> None:
    opened = open_work({"all.sql": ""})
    call = f"SELECT ARRAY_LENGTH(AI.EMBED('a', endpoint => '{name}').result)"
    model = f"CREATE MODEL d.place REMOTE WITH CONNECTION `p.us.vertex` OPTIONS (ENDPOINT = '{name}')"
    for text, words in ((call, "is no embedder on this machine"), (model, "There is no connection 'vertex'")):
        with pytest.raises(UnknownName, match=words) as problem:
            opened.sql(text, "bigquery")
        assert f"[embeddings] with names = ['{name}']" in str(problem.value)
    settings = replace(opened.session.settings, embedders=frozenset({name}))
    opened.session = replace(opened.session, settings=settings)
    assert bigquery(opened, call) == [(384,)]
    opened.sql(model, "bigquery")
    found = "ML.GENERATE_EMBEDDING(MODEL d.place, (SELECT 'a' AS content))"
    assert bigquery(opened, f"SELECT ARRAY_LENGTH(ml_generate_embedding_result) FROM {found}") == [(384,)]


def test_arguments_that_cannot_be_here_are_refused_with_the_reason(work: Work) -> None:
    base = "(SELECT 'a' AS word, [1.0] AS place)"
    for call, message, reason in (
        ("AI.IF('a', embeddings => [1.0])", "AI.IF does not take embeddings here", "every question is asked"),
        ("AI.CLASSIFY('a', ['b'], embeddings => word)", "AI.CLASSIFY does not take embeddings", "every question"),
    ):
        with pytest.raises(InvalidOption, match=message) as problem:
            bigquery(work, f"SELECT {call} FROM {base}")
        assert reason in str(problem.value)


def test_a_hybrid_search_puts_rows_with_the_words_in_front(work: Work) -> None:
    # The service's vectors count letters: `act` and `cat` are the same to them.
    rows = "(SELECT word FROM UNNEST(['an act', 'a cat', 'a dog', NULL]) AS word)"
    call = f"AI.SEARCH({rows}, 'word', 'cat', mode => '{{}}', endpoint => 'sample', connection_id => 'default')"
    assert bigquery(work, f"SELECT base.word FROM {call.format('vector')}")[-1] == ("a dog",)
    assert bigquery(work, f"SELECT base.word FROM {call.format('HYBRID')}")[0] == ("a cat",)
    assert len(bigquery(work, f"SELECT base.word FROM {call.format('AUTO')}")) == 3


def test_a_remote_model_names_only_the_functions_of_its_kind(work: Work, service: SampleService) -> None:
    work.sql(WRITER, "bigquery")
    work.sql(
        "CREATE MODEL d.rows INPUT (x FLOAT64) OUTPUT (score FLOAT64) REMOTE WITH CONNECTION `p.us.own` "
        f"OPTIONS (ENDPOINT = '{service.url}/predict')",
        "bigquery",
    )
    for function, model, words in (
        ("ML.EVALUATE", "rows", "Compare the column of ML.PREDICT with the outcome"),
        ("ML.EVALUATE", "writer", "Write (SELECT question AS input_text, answer AS output_text …)."),
        ("ML.WEIGHTS", "rows", "It has ML.PREDICT."),
        ("ML.WEIGHTS", "writer", "AI.GENERATE_TABLE"),
    ):
        with pytest.raises(InvalidOption) as problem:
            bigquery(work, f"SELECT * FROM {function}(MODEL d.{model})")
        assert words in str(problem.value)
    assert "ML.PREDICT" not in str(problem.value)


def test_a_language_model_is_judged_by_what_was_wanted(work: Work) -> None:
    work.sql(WRITER, "bigquery")
    told: list[Event] = []
    work.session = replace(work.session, listener=told.append)
    # The service writes `echo: ` before what it is asked.
    rows = "[('a b c', 'echo: a b c'), ('서울 좋아', '서울 좋아'), ('[error]', 'x'), (NULL, 'y')]"
    data = f"(SELECT p.a AS input_text, p.b AS output_text FROM UNNEST(ARRAY<STRUCT<a STRING, b STRING>>{rows}) AS p)"
    call = f"SELECT * FROM ML.EVALUATE(MODEL d.writer, {data}"
    found = work.sql(f"{call})", "bigquery").table()
    rouge = ["rouge-l_precision", "rouge-l_recall", "rouge-l_f1_score"]
    assert found.column_names == ["bleu4_score", *rouge, "evaluation_status"]
    row = found.to_pylist()[0]
    assert row["rouge-l_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert row["rouge-l_recall"] == 1.0
    # Nine words and signs, seven of them wanted; in pairs 5 of 7, in threes 3 of 5, in fours 2 of 3.
    assert row["bleu4_score"] == pytest.approx((7 / 9 * 5 / 7 * 3 / 5 * 2 / 3) ** 0.25)
    assert row["evaluation_status"].startswith("1 of 4 rows had no answer: The service answered 400")
    assert [event.message for event in told if isinstance(event, Noticed)] == [
        "ML.EVALUATE: 1 row has no input_text or no output_text and was left out."
    ]
    task = "STRUCT('question_answering' AS task_type, 0.0 AS temperature)"
    assert bigquery(work, f"SELECT exact_match FROM ML.EVALUATE(MODEL d.writer, {data}, {task})") == [(0.5,)]
    summary = work.sql(f"{call}, STRUCT('SUMMARIZATION' AS task_type))", "bigquery").table()
    assert summary.column_names == [*rouge, "evaluation_status"]
    classes = work.sql(f"{call}, STRUCT('CLASSIFICATION' AS task_type))", "bigquery").table()
    assert classes.column_names == ["precision", "recall", "f1_score", "label", "evaluation_status"]
    assert [tuple(row.values())[:4] for row in classes.to_pylist()] == [
        (1.0, 1.0, 1.0, "echo: a b c"),
        (None, 0.0, 0.0, "서울 좋아"),
    ]
    nothing = "(SELECT '[error]' AS input_text, 'x' AS output_text)"
    assert bigquery(work, f"SELECT bleu4_score FROM ML.EVALUATE(MODEL d.writer, {nothing})") == [(None,)]
    for given, words in (
        ("STRUCT('poem' AS task_type)", "must be one of 'TEXT_GENERATION'"),
        ("STRUCT(0.5 AS threshold)", "threshold of ML.EVALUATE is for other models"),
    ):
        with pytest.raises(InvalidOption, match=words):
            bigquery(work, f"{call}, {given})")
    with pytest.raises(UnknownName, match="no column 'output_text'"):
        bigquery(work, "SELECT * FROM ML.EVALUATE(MODEL d.writer, (SELECT 'a' AS input_text))")


def test_a_task_that_changes_nothing_is_told_once_in_a_query(work: Work) -> None:
    told: list[Event] = []
    work.session = replace(work.session, listener=told.append)
    place = "AI.EMBED('{}', endpoint => 'sample', connection_id => 'default', task_type => 'RETRIEVAL_QUERY').result"
    bigquery(work, f"SELECT {place.format('a')}, {place.format('b')}")
    words = "task_type changes nothing: texts are embedded alike for all tasks."
    assert [str(event.message) for event in told if isinstance(event, Noticed)] == [words]
    told.clear()
    work.sql("CREATE MODEL d.place REMOTE WITH CONNECTION `p.us.default` OPTIONS (ENDPOINT = 'sample')", "bigquery")
    call = "AI.GENERATE_EMBEDDING(MODEL d.place, (SELECT 'a' AS content), STRUCT('CLUSTERING' AS task_type))"
    bigquery(work, f"SELECT status FROM {call}")
    assert [str(event.message) for event in told if isinstance(event, Noticed)] == [words]


def test_a_group_of_texts_is_answered_once(work: Work, service: SampleService) -> None:
    texts = "('a', 'apple'), ('a', 'apple'), ('a', NULL), ('b', NULL), ('c', '[error]')"
    rows = f"UNNEST([STRUCT('a' AS g, '빵' AS t), {texts}])"
    before = len(service.asked)
    found = bigquery(work, f"SELECT g, AI.AGG(t, 'What is it?') AS said, COUNT(*) FROM {rows} GROUP BY g ORDER BY g")
    prompt = "What is it?\n\nAnswer once, for all of these texts.\n\nText 1:\napple\n\nText 2:\napple\n\nText 3:\n빵"
    assert found == [("a", f"echo: {prompt}", 4), ("b", None, 1), ("c", None, 1)]
    assert len(service.asked) - before == 2
    once = "AI.AGG(DISTINCT ('It: ', t), instruction => 'What?', endpoint => 'm', connection_id => 'p.us.default')"
    (said,) = bigquery(work, f"SELECT {once} FROM {rows} WHERE g = 'a'")[0]
    assert said.endswith("Text 1:\nIt: apple\n\nText 2:\nIt: 빵")
    assert service.asked[-1][1]["model"] == "m"
    assert work.rows("SELECT AI.AGG(DISTINCT t, 'X') FROM (VALUES ('b'), ('b')) AS v(t)")[0][0].count("Text") == 1
    assert work.rows("SELECT AI.AGG(t, 'X') FROM (SELECT 'a' AS t) WHERE t = 'b'") == [(None,)]
    for call, words in (
        ("AI.AGG(t)", "AI.AGG needs instruction"),
        ("AI.AGG(t, t)", "needs a constant for instruction"),
        ("AI.AGG(t, ' ')", "an instruction that says something"),
        ("AI.AGG(t, 'x') OVER ()", "AI.AGG takes no OVER"),
    ):
        with pytest.raises(UserError, match=words):
            bigquery(work, f"SELECT {call} FROM {rows}")


def test_a_model_counts_the_tokens_that_it_reads(work: Work) -> None:
    rows = "UNNEST(['abc', '서울', NULL, '[error]']) AS t"
    found = bigquery(work, f"SELECT t, AI.COUNT_TOKENS(t).result, AI.COUNT_TOKENS(t).full_response FROM {rows}")
    # The service counts letters.
    assert [row[1] for row in found] == [3, 2, None, None]
    assert json.loads(str(found[0][2]))["usage"]["prompt_tokens"] == 3
    here = "AI.COUNT_TOKENS('Tokens are no words.', endpoint => 'all-minilm-l6-v2')"
    assert work.rows(f"SELECT {here}.result, {here}.full_response") == [(8, None)]
