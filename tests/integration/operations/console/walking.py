"""Going through a console as a person does who follows every link."""

import re
from collections import Counter

from loopback_console.testing.visiting import Page, Visitor

from operations.console.routes import PAGES

# They look alike.
PAGES_OF_ONE_PATH_MAX = 20


def walk(visitor: Visitor) -> dict[str, Page]:
    """Read every page that the navigation leads to, and those to which links on pages lead."""
    found: dict[str, Page] = {}
    met = Counter[str]()
    wanted = [one.path for one in PAGES if one.label]
    for address in wanted:
        path = address.partition("?")[0]
        if address in found or met[path] == PAGES_OF_ONE_PATH_MAX:
            continue
        met[path] += 1
        answer = visitor.answer(address)
        assert answer.status_code == 200, (address, answer.text)
        if "content-disposition" in answer.headers:
            continue  # It is a file.
        found[address] = Page(answer.text)
        links = [one["href"] for one in found[address].all("a") if "download" not in one]
        wanted += [one for one in links if one.startswith("/")]
    return found


def one_of_each(pages: dict[str, Page]) -> dict[str, str]:
    """Return an address of each row of the table of pages, by its path."""
    found = {}
    for row in PAGES:
        pattern = re.sub(r"\{\w+\}", "[^/]+", row.path)
        some = [one for one in pages if re.fullmatch(pattern, one.partition("?")[0])]
        # What an address names is worth more than a page that asks for a name.
        found[row.path] = max(some, key=len, default="")
    return found
