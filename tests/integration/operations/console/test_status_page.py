"""The console's page of what `meterhouse status` looks at."""

import pytest
from loopback_console.testing.visiting import Visitor

from operations.status_checks import read_status
from tests.integration.operations.console.filled_stack import FilledStack


@pytest.mark.usefixtures("keys")
def test_each_look_stands_there_with_its_verdict(visitor: Visitor, filled: FilledStack) -> None:
    filled.send("UsageDeadLetterQueue", "an event")
    text = visitor.read("/status").text

    assert "UsageDeadLetterQueue needs somebody 1 message(s), 0 in work" in text
    assert "UsageTable ok ACTIVE" in text
    for check in read_status(filled.stack).checks:
        assert f"{check.what} {check.verdict}" in text


def test_what_cannot_be_read_passes_for_nothing_else(visitor: Visitor, filled: FilledStack) -> None:
    del filled.stack.found["UsageQueue"]
    text = visitor.read("/status").text

    assert "UsageQueue cannot be read stack metering has no output UsageQueue" in text
    assert "Not everything can be read: nobody knows whether that is well." in text
