"""A call that AWS does not serve ends every command with the remedy, and never with a traceback."""

import time
from collections.abc import Callable
from pathlib import Path

import boto3
import botocore.handlers
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError, SSLError

from tests.unit.operations.aws_that_fails import (
    ACCOUNT,
    REGION,
    Answer,
    FailingAws,
    Line,
    commands,
    run_line,
)

LINES = [pytest.param(line, id=str(line)) for line in commands()]
DENIED = "User: arn:aws:iam::111122223333:user/olga is not authorized to perform: {} on resource: "
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"
FORBIDDEN = DENIED.format("kms:Decrypt") + "k with an explicit deny in a service control policy"
UNREACHED = EndpointConnectionError(endpoint_url=f"https://sqs.{REGION}.amazonaws.com/")

# One command for each kind of thing that is reached: a table, a function, a queue.
SOME = [
    pytest.param(line, id=str(line))
    for line in commands()
    if str(line) in {"balance", "sweep", "rejected list"}
]

Fail = Callable[[str, str], Answer | BaseException | None]
Serve = Callable[[Fail], FailingAws]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Serve:
    """Return how to play an AWS to all clients that are made from now on."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def play(fail: Fail) -> FailingAws:
        aws = FailingAws(fail)
        handlers = [*botocore.handlers.BUILTIN_HANDLERS, ("before-send", aws)]
        monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)
        return aws

    return play


def denied(service: str, operation: str) -> Answer:
    return 400, "AccessDeniedException", DENIED.format(f"{service}:{operation}") + TABLE


def after_the_stack(answer: Answer | BaseException) -> Fail:
    """Let a stack be found, and every other call fail."""
    return lambda service, _: None if service in {"cloudformation", "sts"} else answer


@pytest.mark.parametrize("line", LINES)
def test_who_may_not_is_told_which_action_on_which_resource(line: Line, serve: Serve) -> None:
    aws = serve(
        lambda service, operation: (
            None if service in {"cloudformation", "sts"} else denied(service, operation)
        )
    )

    code, shown, said = run_line(line, "--stack-name", "s")

    assert code == 2
    if str(line) == "status":
        said = shown  # among all else that it looks at
    assert f"has to allow {aws.calls[-1]} on {TABLE} to this identity" in said


@pytest.mark.parametrize("line", SOME)
@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ((400, "ExpiredTokenException", "The security token expired"), "Sign in again"),
        ((400, "ThrottlingException", "Rate exceeded"), "try again in a minute"),
        ((500, "InternalServerError", "failed"), "https://health.aws.amazon.com/"),
        (UNREACHED, "See the network"),
    ],
    ids=["expired", "throttled", "outage", "unreachable"],
)
def test_a_call_that_fails_on_the_way_is_told_with_what_to_do(
    line: Line, serve: Serve, answer: Answer | Exception, remedy: str
) -> None:
    serve(after_the_stack(answer))

    code, _, said = run_line(line, "--stack-name", "s")

    assert code == 2
    assert remedy in said


@pytest.mark.parametrize("line", LINES)
def test_a_stack_that_is_not_there_is_named_with_the_place_that_was_searched(
    line: Line, serve: Serve
) -> None:
    absent = (400, "ValidationError", "Stack with id meterhuose does not exist")
    serve(lambda service, _: absent if service == "cloudformation" else None)

    code, said, wrong = run_line(line, "--stack-name", "meterhuose")

    assert (code, said) == (2, "")
    assert f"there is no stack meterhuose in region {REGION} of account {ACCOUNT}" in wrong
    assert "AWS_REGION" in wrong
    assert "AWS_PROFILE" in wrong


@pytest.mark.parametrize("line", SOME)
def test_nobodys_credentials_and_no_region_are_told_apart(
    line: Line, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = serve(lambda *_: AssertionError("nothing may be sent"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    code, _, said = run_line(line, "--stack-name", "s")
    assert code == 2
    assert "Sign in with `aws login`" in said

    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    code, _, said = run_line(line, "--stack-name", "s")
    assert code == 2
    assert "Set AWS_REGION" in said
    assert aws.calls == []


@pytest.mark.parametrize("line", LINES)
def test_a_local_stack_that_is_down_is_not_taken_for_an_outage(
    line: Line, tmp_path: Path, serve: Serve
) -> None:
    local = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")
    serve(lambda *_: local)
    code, _, said = run_line(line, "--stack-name", "s")
    assert code == 2
    assert "`make up` starts it" in said

    code, _, said = run_line(line, "--directory", str(tmp_path))
    assert code == 2
    assert "run `make up`" in said
    assert said.startswith(f"{line}: ")


UNFINISHED = Line(("unfinished",), (), asks=False)


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (
            (
                403,
                "AccessDenied",
                DENIED.format("kms:Decrypt")
                + "k with an explicit deny in a service control policy",
            ),
            "A policy denies kms:Decrypt on k: whoever keeps",
        ),
        ((403, "UnauthorizedOperation", "no"), "has to allow DescribeTable to this identity"),
        ((403, "InvalidClientTokenId", "invalid"), "does not know these credentials"),
        ((403, "SignatureDoesNotMatch", "no"), "clock is wrong"),
        ((400, "ResourceNotFoundException", "Table: t not found"), "each account and region"),
        ((400, "ValidationException", "odd"), "odd."),
        (SSLError(endpoint_url="https://x/", error=ValueError("self-signed")), "AWS_CA_BUNDLE"),
        (ReadTimeoutError(endpoint_url="https://x/"), "See the network"),
    ],
)
def test_each_kind_of_failure_has_a_remedy_of_its_own(
    serve: Serve, answer: Answer | Exception, remedy: str
) -> None:
    serve(lambda *_: answer)

    code, _, said = run_line(UNFINISHED, "--table", "t")

    assert code == 2
    assert said.startswith("unfinished: ")
    assert remedy in said


def test_a_profile_that_is_not_there_and_one_that_is_not_whole(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(lambda *_: None)
    monkeypatch.setenv("AWS_PROFILE", "acme")
    assert "list-profiles" in run_line(UNFINISHED, "--table", "t")[2]

    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "Partial credentials" in run_line(UNFINISHED, "--table", "t")[2]


def test_what_is_not_aws_is_told_so(serve: Serve) -> None:
    serve(lambda *_: "<p>")

    code, _, said = run_line(UNFINISHED, "--stack-name", "s")

    assert code == 2
    assert "What answers there is not AWS" in said


MEND = Line(("rejected", "mend"), ("an-event/0",), asks=True)


def test_a_file_that_is_no_text_is_no_traceback(tmp_path: Path) -> None:
    replacement = tmp_path / "latin"
    replacement.write_bytes(b'{"id": "caf\xe9"}')

    code, _, said = run_line(MEND, "--replace", str(replacement))

    assert code == 2
    assert "this is no JSON" in said


@pytest.mark.parametrize("line", LINES)
def test_who_is_interrupted_ends_with_its_code(line: Line, serve: Serve) -> None:
    serve(after_the_stack(KeyboardInterrupt()))

    assert run_line(line, "--stack-name", "s")[0] == 130
