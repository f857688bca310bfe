"""What the console refuses: strangers, changes that were not allowed, and what cannot be read."""

import pytest
from botocore.exceptions import NoCredentialsError
from loopback_console.forms import FORM_SIZE_BYTES_MAX
from loopback_console.testing.visiting import ADDRESS, OF_OTHER_SITES, Page, Visitor
from loopback_console.visits import Visit
from starlette.applications import Starlette
from starlette.responses import Response

from meterhouse.errors import StorageUnavailableError
from operations.careful_ledger import CarefulUsageTable
from operations.console.app import build_app
from operations.console.downloads import download
from operations.console.stack import Stack
from operations.console.views import Action, File, NotHereError, Question, View
from operations.console.views import Page as PageRow
from tests.integration.operations.console.filled_stack import FilledStack, TestedStack

DONE: list[str] = []


def show(stack: Stack, visit: Visit) -> View:
    del stack, visit
    return View("problem.html", {"title": "A page", "message": "of a test"})


def act(stack: Stack, visit: Visit) -> str:
    del stack
    DONE.append(visit.form.required("name"))
    return "/?of=this"


def ask(stack: Stack, visit: Visit) -> View:
    del stack
    title = f"Do {visit.form.required('name')}?"
    return View("problem.html", {"title": title, "message": "of a test"})


def give(stack: Stack, visit: Visit) -> Response:
    del stack, visit
    return download("file.json", "{}")


ROW = PageRow("overview", "/", show, "Overview")
QUESTION = Question("/do/confirm", ask, ROW)
FILE = File("/file.json", give)
ACTION = Action("done", "/do", act, ROW, "It was done.")


def app(*, may_change: bool, page: PageRow = ROW) -> Starlette:
    return build_app(
        TestedStack(),
        may_change=may_change,
        pages=(page,),
        actions=(ACTION,),
        questions=(QUESTION,),
        files=(FILE,),
    )


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def test_a_action_is_done_where_changes_are_allowed() -> None:
    answer = Visitor(app(may_change=True)).submit("/do", name="this")

    assert (answer.status_code, answer.headers["location"]) == (303, "/?of=this&done=done")
    assert DONE == ["this"]
    assert "It was done." in Visitor(app(may_change=True)).read("/?done=done").text


def test_a_question_shows_what_was_entered_and_changes_nothing() -> None:
    answer = Visitor(app(may_change=True)).submit("/do/confirm", name="this")

    assert (answer.status_code, DONE) == (200, [])
    assert "Do this?" in Page(answer.text).text


def test_a_question_that_cannot_be_asked_says_so_on_the_page_of_its_form() -> None:
    page = Visitor(app(may_change=True)).fail("/do/confirm")

    assert "That could not be done: name must be filled in." in page.text
    assert "A page" in page.text


def test_without_leave_nothing_is_asked_either() -> None:
    answer = Visitor(app(may_change=False)).submit("/do/confirm", name="this")

    assert answer.status_code == 403
    assert "meterhouse console --allow-changes" in Page(answer.text).text


def test_a_file_is_kept_under_its_name_and_runs_nothing() -> None:
    answer = Visitor(app(may_change=False)).answer("/file.json")

    assert answer.text == "{}"
    assert answer.headers["content-disposition"] == 'attachment; filename="file.json"'
    assert answer.headers["content-security-policy"] == "default-src 'none'"


def test_without_leave_nothing_is_done_and_the_page_says_how_to_give_it() -> None:
    answer = Visitor(app(may_change=False)).submit("/do", name="this")

    assert answer.status_code == 403
    assert "meterhouse console --allow-changes" in Page(answer.text).text
    assert DONE == []


def test_what_was_entered_wrong_is_said_on_the_page_of_the_form() -> None:
    page = Visitor(app(may_change=True)).fail("/do")

    assert "That could not be done: name must be filled in." in page.text
    assert "A page" in page.text


@pytest.mark.parametrize("headers", OF_OTHER_SITES)
def test_a_page_of_another_site_changes_nothing(headers: dict[str, str]) -> None:
    visitor = Visitor(app(may_change=True))
    answer = visitor.request("POST", "/do", fields={"name": "this"}, headers=headers)

    assert answer.status_code == 403
    assert DONE == []


def test_a_name_that_points_at_this_machine_reads_nothing() -> None:
    answer = Visitor(app(may_change=False)).request(
        "GET", "/", headers={"Host": "stranger.example:8920"}
    )

    assert answer.status_code == 403
    assert "of a test" not in answer.text


def test_a_form_beyond_every_limit_is_refused() -> None:
    headers = {"Origin": ADDRESS, "Content-Type": "application/x-www-form-urlencoded"}
    content = b"x" * (FORM_SIZE_BYTES_MAX + 1)
    answer = Visitor(app(may_change=True)).request("POST", "/do", content=content, headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "address", "status"), [("GET", "/nowhere", 404), ("POST", "/", 405)]
)
def test_where_there_is_nothing_a_page_leads_back(method: str, address: str, status: int) -> None:
    visitor = Visitor(app(may_change=True))
    answer = visitor.request(method, address, headers={"Origin": ADDRESS})

    assert answer.status_code == status
    assert "/" in [one["href"] for one in Page(answer.text).all("a")]


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (NotHereError("there is no such record"), 404, "there is no such record"),
        (NoCredentialsError(), 503, "credentials"),
        (StorageUnavailableError("AccessDenied: dynamodb:Query"), 503, "dynamodb:Query"),
    ],
    ids=["an address of nothing", "no credentials", "a table that refuses"],
)
def test_what_cannot_be_shown_becomes_a_page_that_says_why(
    error: Exception, status: int, told: str
) -> None:
    def fail(stack: Stack, visit: Visit) -> View:
        del stack, visit
        raise error

    page = Visitor(app(may_change=False, page=ROW._replace(show=fail))).read("/", status=status)

    assert told in page.text
    assert len(page.all("h1")) == 1


def test_a_stack_without_the_table_is_named(filled: FilledStack) -> None:
    del filled.stack.found[CarefulUsageTable.kind]
    page = Visitor(build_app(filled.stack, may_change=False)).read("/", status=503)

    assert "stack metering has no output UsageTableName" in page.text
