"""What onnxruntime tells of a graph that it cannot load or run, as a person may read it."""

from __future__ import annotations

import re

_CODE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
_NODE = re.compile(r"Non-zero status code returned while running (\w+) node\. Name:'[^']*' Status Message: ")
_OPERATOR = re.compile(r"^This is an invalid model\. (?:In Node, .*?, Error )?")
# A place in its source, the function there, and the condition that did not hold.
_SOURCE = re.compile(r"\S*\.(?:cc|h|hpp|cpp|cu):\d+ .*?(?: was false\. ?|$)")
_RAW = re.compile(r"::|\.(?:cc|h|hpp|cpp|cu)\b|&")


def graph_error(problem: Exception) -> str:
    """Return the first line of an error of onnxruntime's, without codes and without places in its source."""
    lines = str(problem).strip().splitlines()
    text = _CODE.sub("", lines[0] if lines else "")
    node = _NODE.search(text)
    where = f"in a {node[1]} node, " if node else ""
    text = _SOURCE.sub("", _OPERATOR.sub("", _NODE.sub("", text))).strip().rstrip(".")
    if not text or _RAW.search(text):
        text = "it gives no reason that can be told"
    return f"{where}{text}."
