"""The runbook as pages: what a name means, a section whole, and all names."""

from itertools import groupby

from loopback_console.visits import Visit

from operations.console.runbook_words import RUNBOOK_PATH, words_about, write_section
from operations.console.stack import Stack
from operations.console.views import NotHereError, View
from operations.runbook import read_runbook


def show_runbook(stack: Stack, visit: Visit) -> View:
    """Show what the runbook says of a name, or a section of it; without either, all names."""
    del stack
    query = visit.query
    anchor, name = query.text("section"), query.text("name")
    if anchor is not None:
        section = write_section(anchor)
        if section is None:
            raise NotHereError("the runbook has no section of that name")
        return View("runbook_section.html", {"section_text": section})
    if name is not None:
        words = words_about(name)
        if not words:
            near = ", ".join(read_runbook().like(name))
            raise NotHereError(
                f"the runbook has nothing on {name!a}{f'; did you mean {near}' if near else ''}"
            )
        return View("runbook_name.html", {"name": name, "words": words})
    entries = groupby(read_runbook().entries, key=lambda one: one.section)
    names = [(heading, [name for one in some for name in one.names]) for heading, some in entries]
    return View("runbook.html", {"names": names, "path": RUNBOOK_PATH})
