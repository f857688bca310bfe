"""What the console refuses to strangers, and what it says where there is nothing."""

import pytest
from loopback_console import forms
from loopback_console.testing.visiting import OF_OTHER_SITES

from tests.builders import Shop
from tests.visitor import ADDRESS, Page, Visitor, visitor

__all__ = ["visitor"]


@pytest.mark.parametrize("headers", OF_OTHER_SITES)
def test_a_page_of_another_site_changes_nothing(
    shop: Shop, visitor: Visitor, headers: dict[str, str]
) -> None:
    fields = {"kind": "throttle", "operation": "BatchMeterUsage", "count": "1"}
    answer = visitor.request("POST", "/faults", fields=fields, headers=headers)
    assert answer.status_code == 403
    assert shop.marketplace.faults() == ()


def test_a_name_that_points_at_this_machine_does_not_read_the_console(visitor: Visitor) -> None:
    headers = {"Host": "stranger.example:8901"}
    assert visitor.request("GET", "/", headers=headers).status_code == 403


def test_a_form_beyond_every_limit_is_refused(visitor: Visitor) -> None:
    def send(content: bytes) -> tuple[int, str]:
        headers = {"Origin": ADDRESS, "Content-Type": "application/x-www-form-urlencoded"}
        answer = visitor.request("POST", "/faults", content=content, headers=headers)
        return answer.status_code, answer.text

    assert send(b"x" * (forms.FORM_SIZE_BYTES_MAX + 1))[0] == 413
    status, text = send(b"&".join(b"a=1" for _ in range(forms.FIELDS_MAX + 1)))
    assert (status, "at most 1000 fields" in text) == (400, True)
    status, text = send(b"kind=" + b"x" * (forms.VALUE_LENGTH_MAX + 1))
    assert (status, "kind must have at most 4000 characters" in text) == (400, True)
    assert send(b"\xff\x00%zz&&==")[0] == 400


@pytest.mark.parametrize("address", ["/invoices/2026-11", "/nowhere"])
def test_a_browser_gets_a_page_where_there_is_nothing(visitor: Visitor, address: str) -> None:
    answer = visitor.request("GET", address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    page = Page(answer.text)
    assert "That is not here" in page.text
    assert {"/", "/invoices"} <= {one["href"] for one in page.all("a")}
    assert visitor.answer(address).json()["error"]["code"] == "NotFound"


def test_a_browser_that_looks_at_a_deed_gets_a_page(visitor: Visitor) -> None:
    answer = visitor.request("GET", "/clock/advance", headers={"Accept": "text/html"})
    assert (answer.status_code, "That is no page" in Page(answer.text).text) == (405, True)
