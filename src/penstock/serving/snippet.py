"""How to ask an endpoint, as text to copy, in the languages that callers write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from penstock.core.errors import UnknownName

Json = Any


def snippet(language: str, address: str, endpoint: str, row: Mapping[str, Json]) -> str:
    """Return a program that asks for one row's prediction; the key comes from PENSTOCK_KEY of its environment.

    Raises UnknownName for a language that there is not.
    """
    write = LANGUAGES.get(language)
    if write is None:
        raise UnknownName.among("language", language, list(LANGUAGES))
    body = json.dumps({"rows": [row]}, ensure_ascii=False)
    return write(f"{address}/predict/{quote(endpoint, safe='')}", body)


def _curl(url: str, body: str) -> str:
    quoted = body.replace("'", "'\\''")
    return (
        f"curl -s {url} \\\n"
        '  -H "Authorization: Bearer $PENSTOCK_KEY" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{quoted}'\n"
    )


def _python(url: str, body: str) -> str:
    return f"""import json
import os
from urllib.request import Request, urlopen

body = {json.loads(body)!r}
headers = {{"Content-Type": "application/json", "Authorization": f"Bearer {{os.environ.get('PENSTOCK_KEY', '')}}"}}
with urlopen(Request({_literal(url)}, json.dumps(body).encode(), headers)) as answer:
    for prediction in json.load(answer)["predictions"]:
        print(prediction)
"""


def _javascript(url: str, body: str) -> str:
    return f"""const body = {body};
const answer = await fetch({_literal(url)}, {{
  method: "POST",
  headers: {{ "Content-Type": "application/json", Authorization: `Bearer ${{process.env.PENSTOCK_KEY ?? ""}}` }},
  body: JSON.stringify(body),
}});
if (!answer.ok) throw new Error(await answer.text());
for (const prediction of (await answer.json()).predictions) console.log(prediction);
"""


def _java(url: str, body: str) -> str:
    return f"""import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Predict {{
    public static void main(String[] arguments) throws Exception {{
        String body = {_literal(body)};
        HttpRequest request = HttpRequest.newBuilder(URI.create({_literal(url)}))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + System.getenv().getOrDefault("PENSTOCK_KEY", ""))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }}
}}
"""


def _literal(text: str) -> str:
    """Return a text between double quotes, as Python, JavaScript and Java read it alike."""
    return json.dumps(text, ensure_ascii=False)


LANGUAGES: Mapping[str, Callable[[str, str], str]] = {
    "curl": _curl,
    "python": _python,
    "javascript": _javascript,
    "java": _java,
}
