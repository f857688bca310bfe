"""The console's first page."""

from loopback_console.testing.visiting import Visitor

from tests.unit.operations.lives import EveryState


def test_what_aws_has_not_accepted_stands_there_with_the_time_that_is_left(
    visitor: Visitor, keys: EveryState
) -> None:
    page = visitor.read("/")

    assert str(keys.submitting) in page.text
    assert "SUBMITTING" in page.text
    assert "22 h 30 min" in page.text


def test_where_nothing_waits_the_page_says_so(visitor: Visitor) -> None:
    assert "No record waits." in visitor.read("/").text
