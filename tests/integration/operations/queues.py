"""Commands that read queues, with the queues that a test made for them."""

from collections.abc import Mapping

import pytest
from typer.testing import CliRunner

from operations import held_queue, resources
from operations.__main__ import app
from tests.integration.adapters.backends import Aws


def reach(aws: Aws, monkeypatch: pytest.MonkeyPatch, urls: Mapping[str, str]) -> None:
    """Let commands find queues by the name of a stack, each by what the template calls it."""
    monkeypatch.setattr(resources, "_client", lambda *_: aws.sqs)
    monkeypatch.setattr(resources, "_name_in_stack", lambda kind, _: urls[kind])
    monkeypatch.setattr(aws.sqs, "close", lambda: None)
    # Neither backend keeps a message from who asks at once.
    monkeypatch.setattr(held_queue, "_WAIT_SECONDS", 0)


def run(*words: str, typed: str = "") -> tuple[int, str, str]:
    """Run a command on the queues of the stack; return its exit code, output and complaints."""
    result = CliRunner().invoke(app, [*words, "--stack-name", "s"], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
