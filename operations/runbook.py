"""The runbook as a command reads it: what each row of its tables explains, and its sections."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Beside this module in a wheel, and among the documents in a checkout.
_PLACES = (
    Path(__file__).with_name("runbook.md"),
    Path(__file__).resolve().parents[1] / "docs" / "runbook.md",
)
_OF_RECORDS = "Reasons on records"
_PLACEHOLDER = re.compile(r"<[a-z]+>")
# CloudWatch's name of an alarm that a template leaves unnamed: stack, resource, and what tells it
# from others.
_ALARM = re.compile(r".+-(?P<name>\w+Alarm)-[A-Z0-9]+")
_LINK = re.compile(r"\]\(#(?P<anchor>[a-z0-9-]+)\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a table: the names that it explains, and what its columns say of them.

    Attributes:
        section: the heading that it stands under.
        names: codes, alarms and the like; one with `<…>` in it stands for whatever is there.
        columns: what each column is called, and its text in Markdown.

    """

    section: str
    names: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]

    def explains(self, name: str) -> bool:
        """Tell whether it is about a name, however its letters are written."""
        return any(_pattern_of(one).fullmatch(name) for one in self.names)


@dataclass(frozen=True, slots=True)
class Runbook:
    """The runbook: rows of tables in their order, and sections by the end of a link to them."""

    entries: tuple[Entry, ...]
    sections: dict[str, str]

    def about(self, name: str) -> tuple[Entry, ...]:
        """Return what is said of a name; an alarm may be named as CloudWatch does."""
        alarm = _ALARM.fullmatch(name)
        name = alarm["name"] if alarm else name
        return tuple(one for one in self.entries if one.explains(name))

    def like(self, name: str) -> list[str]:
        """Return the names that somebody may have meant."""
        known = {one.lower(): one for entry in self.entries for one in entry.names}
        return [known[one] for one in get_close_matches(name.lower(), known)]

    def linked(self, entries: tuple[Entry, ...]) -> tuple[str, ...]:
        """Return the sections, whole, to which rows of tables refer."""
        texts = (text for entry in entries for _, text in entry.columns)
        anchors = dict.fromkeys(one["anchor"] for text in texts for one in _LINK.finditer(text))
        return tuple(self.sections[one] for one in anchors if one in self.sections)


@cache
def read_runbook() -> Runbook:
    """Return the runbook that belongs to this version."""
    text = next(one for one in _PLACES if one.exists()).read_text()
    tokens = MarkdownIt().enable("table").parse(text)
    return Runbook(tuple(_entries(tokens)), dict(_sections(tokens, text.splitlines())))


def meaning_of(reason: str) -> str:
    """Return what the runbook says of a reason on a record, as plain text; empty if nothing."""
    found = [one for one in read_runbook().about(reason) if one.section == _OF_RECORDS]
    said = MarkdownIt().parseInline(found[0].columns[1][1]) if found else []
    return "".join(one.content for line in said for one in line.children or ())


def _entries(tokens: list[Token]) -> Iterator[Entry]:
    section = ""
    headings: list[str] = []
    cells: list[Token] = []
    for before, token in pairwise(tokens):
        match before.type, token.type:
            case "heading_open", "inline":
                section = token.content
            case "th_open" | "td_open", "inline":
                cells.append(token)
            case _, "thead_close":
                headings, cells = [one.content for one in cells], []
            case _, "tr_close" if cells and headings:
                texts = [one.content for one in cells]
                yield Entry(section, _names_in(cells[0]), tuple(zip(headings, texts, strict=True)))
                cells = []
            case _, "table_close":
                headings = []
            case _:
                pass


def _names_in(cell: Token) -> tuple[str, ...]:
    """Return what is written as code in a cell, or its text where nothing is."""
    code = [one.content for one in cell.children or () if one.type == "code_inline"]
    return tuple(code) or (cell.content,)


def _sections(tokens: list[Token], lines: list[str]) -> Iterator[tuple[str, str]]:
    starts = [
        (after.content, token.map[0])
        for token, after in pairwise(tokens)
        if token.type == "heading_open" and token.map
    ]
    ends = [start for _, start in starts[1:]] + [len(lines)]
    for (heading, start), end in zip(starts, ends, strict=True):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        yield anchor, "\n".join(lines[start:end]).strip()


def _pattern_of(name: str) -> re.Pattern[str]:
    parts = [re.escape(one) for one in _PLACEHOLDER.split(name)]
    return re.compile("(.+)".join(parts), re.IGNORECASE)
