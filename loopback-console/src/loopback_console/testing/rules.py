"""What holds for every page of a console; each raises AssertionError with the page's address."""

import re

from loopback_console.testing.visiting import Page


def check_way_in(page: Page, address: str) -> None:
    """Hold that a page has a language, one heading, a way past its head, and says where it is."""
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1, address
    assert page.all("main")[0]["id"] == "content"
    assert page.all("a")[0] == {"class": "skip", "href": "#content"}
    assert len([one for one in page.all("a") if "aria-current" in one]) == 1, address
    ids = [one["id"] for _, one in page.elements if "id" in one]
    assert len(ids) == len(set(ids)), address


def check_labels(page: Page, address: str) -> None:
    """Hold that everything into which something is entered has a name."""
    labelled = {one["for"] for one in page.all("label") if "for" in one}
    for tag in ("input", "select", "textarea"):
        for one in page.all(tag):
            is_named = one.get("type") in {"hidden", "checkbox"} or "aria-label" in one
            assert is_named or one["id"] in labelled, (address, one)


def check_origins(page: Page, address: str) -> None:
    """Hold that a page loads the style sheet alone, and leads to the console's own addresses."""
    loaded = [one["src"] for _, one in page.elements if "src" in one]
    loaded += [one["href"] for one in page.all("link")]
    assert loaded == ["data:,", "/console.css"], address
    assert all(re.match("[/#]", one["href"]) for one in page.all("a")), address
