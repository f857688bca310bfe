"""The runbook's words on a page: what a reason, a flag or a code means, and what to do."""

from dataclasses import dataclass
from urllib.parse import urlencode

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from operations.runbook import Entry, read_runbook

RUNBOOK_PATH = "/runbook"


@dataclass(frozen=True, slots=True)
class Words:
    """What one row of the runbook says of a name: its columns but the first, which names it."""

    names: tuple[str, ...]
    section: str
    columns: tuple[tuple[str, Markup], ...]


def words_about(name: str | None) -> tuple[Words, ...]:
    """Return what the runbook says of a reason, a flag, a code or an alarm: nothing of nothing."""
    return () if name is None else tuple(map(words_of, read_runbook().about(name)))


def words_of(entry: Entry) -> Words:
    """Return a row of the runbook as pages show it."""
    columns = tuple((heading, write_inline(text)) for heading, text in entry.columns[1:])
    return Words(entry.names, entry.section, columns)


def write_inline(text: str) -> Markup:
    """Write a cell of the runbook; a link within it leads to the section on a page of its own."""
    return _write(_markdown().parseInline(text))


def write_section(anchor: str) -> Markup | None:
    """Write a section of the runbook whole, if there is one of that name."""
    text = read_runbook().sections.get(anchor)
    return None if text is None else _write(_markdown().parse(text))


def _markdown() -> MarkdownIt:
    # What looks like HTML in the runbook is text: `<id>` stands for an id.
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _write(tokens: list[Token]) -> Markup:
    for token in tokens:
        token.children = None if token.children is None else [*_within_reach(token.children)]
        # The page has its own heading above it.
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h2"
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return Markup(html)  # noqa: S704 - of this version's own runbook, without any HTML of it


def _within_reach(children: list[Token]) -> list[Token]:
    """Return what a line is made of: links within the runbook lead on, others are their text."""
    kept: list[Token] = []
    is_elsewhere = False
    for child in children:
        if child.type == "link_open":
            target = str(child.attrGet("href"))
            is_elsewhere = not target.startswith("#")
            child.attrSet("href", f"{RUNBOOK_PATH}?{urlencode({'section': target[1:]})}")
        if not (is_elsewhere and child.type in {"link_open", "link_close"}):
            kept.append(child)
        is_elsewhere = is_elsewhere and child.type != "link_close"
    return kept
