"""What is told of an endpoint before one asks it: true, usable, and nobody's own values."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from penstock.core.errors import UnknownName
from penstock.serving.snippet import LANGUAGES, snippet


def test_columns_are_told_with_what_is_usual(http):
    told = http.get("/endpoints/api/schema").json()
    number, text = told["columns"]
    assert (number["name"], number["kind"], number["edges"][0], number["edges"][-1]) == ("기온", "number", 0.0, 39.0)
    assert (text["name"], text["every_category"]) == ("weather", True)
    assert sorted(text["categories"]) == ["rain", "snow", "맑음"]
    assert http.post("/predict/api", json={"rows": [told["example"]]}).status_code == 200
    assert http.get("/endpoints/nothing/schema").status_code == 404


def test_columns_that_the_log_hides_show_no_value(world, demand_files, serve, listen):
    import httpx

    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand", log_omit=["Weather"])
    with httpx.Client(base_url=listen(serve())) as client:
        told = client.get("/endpoints/api/schema").json()
        assert told["columns"][1]["categories"] == []
        assert "맑음" not in json.dumps(client.get("/api/openapi.json").json(), ensure_ascii=False)
        assert client.post("/predict/api", json={"rows": [told["example"]]}).status_code == 200


@pytest.mark.parametrize("language", ["curl", "python", "javascript", "java"])
def test_a_snippet_runs_as_it_is(http, tmp_path, language):
    text = http.get("/endpoints/api/snippets").json()[language]
    command, name = {
        "curl": (["sh"], "ask.sh"),
        "python": ([sys.executable], "ask.py"),
        "javascript": (["node"], "ask.mjs"),
        "java": (["java"], "Predict.java"),
    }[language]
    needed = "curl" if language == "curl" else command[0]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run([*command, name], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "prediction_id" in done.stdout


def test_a_snippet_survives_any_value():
    row = {'na"me': "it's `x` ${y} \\ \n 한글", "n": 1.5}
    for language in LANGUAGES:
        assert "predict/e" in snippet(language, "http://h", "e", row)
    compile(snippet("python", "http://h", "e", row), "ask.py", "exec")
    with pytest.raises(UnknownName, match="python"):
        snippet("pyhton", "http://h", "e", row)


def test_a_card_says_what_a_version_is_as_a_page_and_as_json(http):
    card = http.get("/models/demand/versions/1/card").json()
    assert (card["model"], card["version"], card["predicts"]) == ("demand", 1, "label")
    assert {column["name"] for column in card["columns"]} == {"기온", "weather"}
    page = http.get("/models/demand/versions/1/card", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "기온" in page.text
    assert "<script" not in page.text
    assert http.get("/models/demand/versions/9/card").status_code == 404
    assert http.get("/models/demnd/versions/1/card").json()["error"]["hint"] == "Did you mean 'demand'?"
    assert http.get("/models/demand/versions/x/card").status_code == 400
