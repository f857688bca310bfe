"""What a page hands to its template, and the rows of the table of pages."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from loopback_console.visits import Visit
from starlette.responses import Response

from operations.console.stack import Stack


class NotHereError(Exception):
    """There is nothing under this address; the message is a sentence without its stop."""


class View(NamedTuple):
    """A template, and the values that it shows."""

    template: str
    values: Mapping[str, object]


type Show = Callable[[Stack, Visit], View]
type Act = Callable[[Stack, Visit], str]  # returns the address of the page to go to


class Page(NamedTuple):
    """A page: its address, who shows it, and the section of the navigation that it belongs to.

    With a label it is the first page of its section, and stands in the navigation.
    """

    section: str
    path: str
    show: Show
    label: str | None = None


class File(NamedTuple):
    """What is handed out as a file: its address, and who writes it."""

    path: str
    give: Callable[[Stack, Visit], Response]


class Question(NamedTuple):
    """What a form shows before anything is done: its address, and the page that it belongs to.

    Its page says what would be done, and has the form of the action.
    """

    path: str
    ask: Show
    back_to: Page


class Action(NamedTuple):
    """What a form does: its address, and the page to which its form belongs.

    `name` is a word that addresses may end with, `told` the sentence that it stands for: what the
    next page says once it is done.
    """

    name: str
    path: str
    act: Act
    back_to: Page
    told: str
