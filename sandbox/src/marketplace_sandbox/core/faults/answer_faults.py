"""What can happen to the answer of a call on its way back, once everything was applied."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace_sandbox.core.model.faults import KINDS_AFTER, Fault, FaultKind


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """The connection closes without an answer."""


@dataclass(frozen=True, slots=True)
class TruncatedAnswer:
    """The headers promise the whole answer, and the connection closes in the middle of it."""


@dataclass(frozen=True, slots=True)
class SlowAnswer:
    """The answer comes late."""

    delay_seconds: Decimal


type AnswerFault = LostAnswer | TruncatedAnswer | SlowAnswer


def answer_fault_of(fault: Fault) -> AnswerFault | None:
    """Return what a fault does to the answer of a call that was applied; None: AWS says an error.

    It is for the shell that holds the connection to carry it out.
    """
    assert fault.kind in KINDS_AFTER, "other faults leave answers alone"
    match fault.kind:
        case FaultKind.LOST_ANSWER:
            return LostAnswer()
        case FaultKind.TRUNCATED:
            return TruncatedAnswer()
        case FaultKind.SLOW:
            assert fault.delay_seconds is not None, "slow was scripted with a delay"
            return SlowAnswer(fault.delay_seconds)
        case _:
            return None


def cut_short(body: bytes) -> bytes:
    """Return what arrives of a truncated answer."""
    return body[: len(body) // 2]
