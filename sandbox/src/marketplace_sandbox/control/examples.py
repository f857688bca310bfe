"""Examples of requests and answers for the description of the control API.

They are recorded from a sandbox: `python -m tests.examples.recording`, in a checkout, writes them
anew, and a test compares them with what a sandbox answers.
"""

import json
from pathlib import Path
from typing import Any

EXAMPLES_PATH = Path(__file__).with_name("examples.json")
_REFUSAL = {
    "error": {
        "code": "InvalidRequest",
        "message": "unknown field 'prodct_code': did you mean 'product_code'?",
    }
}
_SUCCESSES = ("200", "201")


def add_examples(description: dict[str, Any]) -> None:
    """Add to each operation of a description the example that there is of it."""
    examples = json.loads(EXAMPLES_PATH.read_text("utf-8")) if EXAMPLES_PATH.exists() else {}
    description["components"]["schemas"]["ErrorDocument"]["example"] = _REFUSAL
    for operations in description["paths"].values():
        for operation in operations.values():
            _add_example(operation, examples.get(operation["operationId"], {}))


def _add_example(operation: dict[str, Any], example: dict[str, Any]) -> None:
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    if "response" in example:
        status = next(one for one in _SUCCESSES if one in operation["responses"])
        first = next(iter(operation["responses"][status]["content"].values()))
        first["example"] = example["response"]
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in example.get("parameters", {}):
            parameter["example"] = example["parameters"][parameter["name"]]
