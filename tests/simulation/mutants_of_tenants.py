"""Breaks of who pays for tenants' usage; see `mutants`."""

from functools import partial
from typing import Any

from meterhouse.domain.journal import naming
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.naming import NamedSpan, Names
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.mutant import Mutant
from tests.simulation.wrong_journal import always

_Tenants = partial(Mutant, with_tenants=True)


def _come_with_their_segments(right: type[NamedSpan]) -> object:
    """Let what was open when a record was frozen count as if the record had it."""

    def span(*parts: Any) -> NamedSpan:
        return right(*parts)._replace(generation=-1)

    return span


TENANTS = (
    _Tenants(
        "names tenants anew at each closing", InMemoryLedger, "names", always(Names()), seed=2
    ),
    _Tenants("writes no names down", InMemoryLedger, "write_names", always(answer=True), seed=2),
    _Tenants(
        "counts an event for each license of its hour", LogFold, "_payers", always(None), seed=2
    ),
    _Tenants(
        "takes what was open for frozen", naming, "NamedSpan", _come_with_their_segments, seed=31
    ),
)
