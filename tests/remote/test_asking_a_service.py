"""A service asked over HTTP: what it says, how often it is asked, and what becomes of its troubles."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.service import ServiceSettings, lies_below
from penstock.remote.client import ServiceClient, address
from penstock.remote.openai import Writing, embed, write
from penstock.remote.row_prediction import predict_rows
from penstock.remote.services import Services
from penstock.testing.sample_service import SampleService, sample_service

KEY = "sk-very-secret"


@pytest.fixture(scope="module")
def service() -> Iterator[SampleService]:
    with sample_service() as running:
        yield running


Opened = Callable[..., ServiceClient]


@pytest.fixture
def client(service: SampleService) -> Iterator[Opened]:
    opened: list[ServiceClient] = []

    def client(name: str = "default", sleep: Callable[[float], None] = lambda _: None, **more: object) -> ServiceClient:
        settings = service.connections(key_variable="KEY", **more)[name]
        opened.append(ServiceClient(settings, {"KEY": KEY}, sleep))
        return opened[-1]

    yield client
    for each in opened:
        each.close()


def test_answers_come_in_order_and_count_their_tokens(service: SampleService, client: Opened) -> None:
    asked = client(input_price=1.0, output_price=2.0)
    found = write(asked, [f"q{n}" for n in range(9)], Writing("m", {"temperature": 0.0}))
    assert [answer.text for answer in found] == [f"echo: q{n}" for n in range(9)]
    assert found[0].statistics == {"input_tokens": 2, "output_tokens": 8, "cost": pytest.approx(18e-6)}
    assert found[0].status == ""
    assert service.asked[-1][1]["temperature"] == 0.0


def test_the_key_goes_to_the_service_and_into_no_words(service: SampleService, client: Opened) -> None:
    found = write(client(), ["[error] now"], Writing("m"))[0]
    assert service.asked[-1][2]["Authorization"] == f"Bearer {KEY}"
    assert found.text is None
    assert "no such thing" in found.status
    assert KEY not in found.status


def test_an_overload_is_asked_again_and_a_mistake_is_not(service: SampleService, client: Opened) -> None:
    assert write(client(), ["[busy] a"], Writing("m"))[0].text == "echo: [busy] a"
    assert service.tries["[busy] a"] == 3
    write(client(), ["[error] a"], Writing("m"))
    assert service.tries["[error] a"] == 1


def test_tries_end_and_say_how_many_there_were(service: SampleService, client: Opened) -> None:
    found = write(client(retries=1), ["[busy] b", "fine"], Writing("m"))
    assert found[0].status == "The service answered 429 Too Many Requests: too many at once (2 tries)."
    assert found[1].text == "echo: fine"


def test_the_wait_grows_and_keeps_to_what_the_service_asks(service: SampleService, client: Opened) -> None:
    waited: list[float] = []
    asked = client(sleep=waited.append, retries=3)
    write(asked, ["[broken] a"], Writing("m"))
    assert len(waited) == 3
    assert waited[0] < waited[1] < waited[2]
    waited.clear()
    write(asked, ["[busy] c"], Writing("m"))
    assert waited == [0.0, 0.0]


def test_a_late_answer_and_a_broken_line_are_statuses(service: SampleService, client: Opened) -> None:
    found = write(client(retries=0, timeout_seconds=0.2), ["[slow]", "[broken]", "x"], Writing("m"))
    assert "no answer in time" in found[0].status
    assert "cannot be reached" in found[1].status
    assert found[2].text == "echo: x"


def test_a_service_that_is_not_there_is_a_status() -> None:
    with sample_service() as gone:
        settings = gone.connections(retries=0)["default"]
    assert "cannot be reached" in write(ServiceClient(settings, {}), ["x"], Writing("m"))[0].status


def test_a_refusal_of_the_model_is_a_status(service: SampleService, client: Opened) -> None:
    found = write(client(), ["[refused]"], Writing("m"))[0]
    assert (found.text, found.status) == (None, "The model wrote nothing: refusal.")


def test_the_tokens_of_texts_sent_together_are_shared_out_whole(service: SampleService, client: Opened) -> None:
    texts = ["배송이 빠릅니다", "a" * 200, "b"]
    found = embed(client(), texts, "m", 4)
    tokens = [of.statistics["input_tokens"] for of in found]
    assert sum(tokens) == sum(map(len, texts))
    assert tokens[1] > tokens[0] >= tokens[2]
    assert {of.statistics["texts_counted_together"] for of in found} == {3}
    assert "texts_counted_together" not in embed(client(), ["alone"], "m", 4)[0].statistics


def test_many_texts_are_embedded_in_few_requests(service: SampleService, client: Opened) -> None:
    before = len(service.asked)
    found = embed(client(), ["a" * n for n in range(130)], "m", 4)
    assert [vector.values for vector in found][2] == [2.125, 0.125, 0.125, 0.125]
    assert len(service.asked) - before == 3


def test_rows_are_predicted_by_a_service_of_ones_own(service: SampleService, client: Opened) -> None:
    asked = client("own")
    url = address(asked.settings, f"{service.url}/predict/v1")
    found = predict_rows(asked, url, [{"a": 1, "b": 2.5}, {"a": None, "b": 1}])
    assert [answer.fields for answer in found] == [{"score": 3.5}, {"score": None}]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/predict",
        "https://example.com/predict",
        "HOST",
        "HOST/predictor",
        "HOST/predict/../v1",
        "HOST/predict/./../v1",
        "HOST/predict/%2e%2e/v1",
        "HOST/predict/.%2E/v1",
        "HOST/predict/%252e%252e/v1",
        "HOST/predict/..%2fv1",
        "HOST/predict/%2e%2e%5cv1",
        "HOST/predict/..;x=1/v1",
        "HOST/predict\\..\\v1",
        "HOST\\@example.com/predict",
        "http://a:b@127.0.0.1/predict",
        "http://@127.0.0.1/predict",
        "http://127.0.0.1:99999/predict",
    ],
)
def test_an_address_elsewhere_gets_no_key(service: SampleService, client: Opened, url: str) -> None:
    with pytest.raises(InvalidOption, match="does not lie below"):
        address(client("own").settings, url.replace("HOST", service.url))


@pytest.mark.parametrize(
    "url", ["https://a.b/own", "HTTPS://A.B:443/own/x/v1.2..3?q=../x", "https://a.b/own/..x/a%20b"]
)
def test_an_address_below_may_be_spelled_otherwise(url: str) -> None:
    assert lies_below(url, "https://a.b/own")
    assert address(ServiceSettings("own", url="https://a.b:443/own"), url) == url


def test_a_missing_key_and_a_missing_connection_say_what_to_add(service: SampleService, client: Opened) -> None:
    services = Services(service.connections(key_variable="NO_KEY"), {})
    with pytest.raises(InvalidOption, match="the variable NO_KEY is not set"):
        services.client("default")
    with pytest.raises(UnknownName, match="Did you mean 'default'"):
        services.client("defalt")
    with pytest.raises(UnknownName, match=r"Add it to penstock.toml: \[connections.llm\]"):
        Services({}, {}).client("llm")


@pytest.mark.parametrize("key", ["a\nb", "비밀"])
def test_a_key_that_no_header_can_hold_is_told_without_being_shown(service: SampleService, key: str) -> None:
    settings = service.connections(key_variable="KEY")["default"]
    with pytest.raises(InvalidOption, match="holds what no key can") as problem:
        ServiceClient(settings, {"KEY": key})
    assert key not in str(problem.value)


def test_half_a_character_at_the_end_of_an_answer_is_replaced(client: Opened) -> None:
    assert write(client(), ["[cut]"], Writing("m"))[0].text == "echo: 한�"


@pytest.mark.parametrize("prompt", ["[nested]", "[deep]"])
def test_an_answer_that_is_nested_too_deeply_is_a_status_of_its_row(client: Opened, prompt: str) -> None:
    found = write(client(), [prompt, "x"], Writing("m"))
    assert (found[0].text, found[0].status) == (None, "The service's answer is nested too deeply.")
    assert found[1].text == "echo: x"


def test_the_time_limit_is_for_a_whole_answer(client: Opened) -> None:
    begun = time.monotonic()
    found = write(client(retries=0, timeout_seconds=0.3), ["[dripping]", "x"], Writing("m"))
    assert time.monotonic() - begun < 1.5
    assert found[0].status == "The service cannot be reached: no answer in time."
    assert found[1].text == "echo: x"


def test_a_refused_text_does_not_take_the_others_with_it(service: SampleService, client: Opened) -> None:
    before = len(service.asked)
    texts = [f"t{n}" for n in range(64)]
    texts[37] = "[error]"
    found = embed(client(), texts, "m", 4)
    assert [place for place, vector in enumerate(found) if vector.values is None] == [37]
    assert "no such thing" in found[37].status
    assert len(service.asked) - before <= 13
    own = client("own")
    rows = predict_rows(own, own.settings.url, [{"a": 1}, {"a": "[error]"}, {"a": 3}])
    assert [answer.fields for answer in rows] == [{"score": 1.0}, None, {"score": 3.0}]
