"""What happens to answers on their way, without a socket: boto3's own errors, and waiting."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from botocore.exceptions import ConnectionClosedError

from marketplace_sandbox.core.answer_request import AwsAnswer
from marketplace_sandbox.core.faults.answer_faults import (
    LostAnswer,
    SlowAnswer,
    TruncatedAnswer,
    cut_short,
)

_ENDPOINT = "in-process://marketplace"

type Sleep = Callable[[float], None]


def deliver(answer: AwsAnswer, *, sleep: Sleep) -> AwsAnswer:
    """Let an answer arrive, late if it is slow; to be called with no lock held.

    Raises ConnectionClosedError for an answer that is lost. One that is cut short arrives as boto3
    sees it: botocore (1.44.5, tried) neither compares the length with the headers nor minds that
    the body is no JSON, and makes a success without any members of it.
    """
    match answer.answer_fault:
        case None:
            pass
        case LostAnswer():
            raise ConnectionClosedError(endpoint_url=_ENDPOINT)
        case TruncatedAnswer():
            return replace(answer, body=cut_short(answer.body))
        case SlowAnswer(delay_seconds):
            sleep(float(delay_seconds))
        case _:
            assert_never(answer.answer_fault)
    return answer
