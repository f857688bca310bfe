"""What performs an operation: `PERFORMER` of the file here that has the operation's name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from marketplace_sandbox.core.faults.dice import Arrival
from marketplace_sandbox.core.model.calls import RecordOutcome
from marketplace_sandbox.core.model.faults import Fault, Subject
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.protocol.call import Call, Document


@dataclass(frozen=True, slots=True)
class Applied:
    """What a call has done.

    Attributes:
        outcomes: what became of its records.
        fault: that hit some of them.
        refusals: of records, by a rule.

    """

    result: Document
    outcomes: tuple[RecordOutcome, ...] = ()
    fault: Fault | None = None
    refusals: tuple[Refusal, ...] = ()


type Perform = Callable[[MarketplaceState, Call, Arrival], Applied]


def no_outcomes(call: Call, status: str, result: Document) -> tuple[RecordOutcome, ...]:
    """Return nothing: the operation has no records."""
    del call, status, result
    return ()


def no_records(call: Call) -> int:
    """Return 0: the operation has no records."""
    del call
    return 0


def any_size(size_bytes: int) -> None:
    """Take a request of any size."""
    del size_bytes


def answering(answer: Callable[[MarketplaceState, Call], Document]) -> Perform:
    """Perform an operation without records: what it returns is all that it says."""
    return lambda state, call, _: Applied(answer(state, call))


@dataclass(frozen=True, slots=True)
class Performer:
    """What performs an operation, and reads for faults and the log what a call of it is about.

    Attributes:
        perform: changes the state and says what it has done, or raises ServiceError.
        subjects: what the call is about, one for each record, however malformed it is.
        outcomes: its records, of which all came out alike with this status and this result.
        count: how many records the log says that it has.
        check_size: raises ServiceError if the request has too many bytes.

    """

    perform: Perform
    subjects: Callable[[MarketplaceState, Call], Iterable[Subject]]
    outcomes: Callable[[Call, str, Document], tuple[RecordOutcome, ...]] = no_outcomes
    count: Callable[[Call], int] = no_records
    check_size: Callable[[int], None] = any_size


@cache
def performer_of(operation: Operation) -> Performer:
    """Return what performs an operation."""
    name = f"{__package__}.{operation.name.lower()}"
    performer = import_module(name).PERFORMER
    assert isinstance(performer, Performer), name
    return performer
