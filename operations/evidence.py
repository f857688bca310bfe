"""`evidence`: how billed hours came about, as a file that anyone can check."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from meterhouse.domain.calls.payload import UsageRecord, product_code_to_send, usage_record
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.settlement import Settlement
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.answers import RecordAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.options import (
    DEFAULT_DIRECTORY,
    Chosen,
    Directory,
    StackName,
    SubscriptionName,
    TableName,
    open_resource,
)
from operations.reads import read_record
from operations.resources import tell_time
from operations.showing import shown_progress, write_json
from operations.times import Month, read_hour
from operations.usage import month_of
from operations.verify_evidence import FORMAT, chained


def evidence(
    name: SubscriptionName,
    dimension: Annotated[str | None, typer.Argument(help="The dimension. Default: all.")] = None,
    hour: Annotated[
        datetime | None,
        typer.Argument(
            parser=read_hour,
            metavar="[hour]",
            help="The UTC hour, as 2026-11-22T18. Default: a whole month.",
        ),
    ] = None,
    *,
    month: Month = None,
    out: Annotated[
        Path | None, typer.Option(help="A file to write. Default: the standard output.")
    ] = None,
    table: TableName = None,
    stack_name: StackName = None,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Write how records came about: events, what was frozen, sends, AWS's receipts; with digests.

    `python verify_evidence.py FILE`, which is beside this command's modules, checks such a file and
    needs Python alone. Each hour is read whole. Exits with 2 if anything cannot be read.
    """
    if hour is not None and (dimension is None or month is not None):
        raise typer.BadParameter("give a dimension and an hour, or a month")
    chosen = Chosen(table, stack_name, directory)
    with open_resource(CarefulUsageTable, "evidence", chosen) as ledger:
        document = gather_evidence(
            ledger, name, dimension=dimension, hour=hour, month=month, now=tell_time(*chosen)
        )
    text = write_json(document)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n")
    records = len({one["record"] for one in document["entries"]})
    typer.echo(f"evidence: {records} record(s); digest {document['digest']}", err=True)


def gather_evidence(
    ledger: CarefulUsageTable,
    name: SubscriptionKey,
    *,
    dimension: str | None = None,
    hour: datetime | None = None,
    month: datetime | None = None,
    now: datetime,
) -> dict[str, Any]:
    """Return everything behind one record, or those of a month; OperationError if any is amiss."""
    shards = ledger.layout().shards
    if hour is not None:
        keys = [RecordKey(name, str(dimension), hour)]
    else:
        lines = ReadUsage(ledger, shards)(name, *month_of(month or now)).lines
        used = {(line.hour_at, line.dimension) for line in lines}
        keys = [RecordKey(name, of, hour_at) for hour_at, of in sorted(used)]
        keys = [one for one in keys if dimension in {None, one.dimension}]
    entries = [
        one
        for key in shown_progress(keys, "Reading hours")
        for one in _entries(_read(ledger, shards, key))
    ]
    told = [*chained(entries)]
    return {
        "format": FORMAT,
        "table": ledger.name,
        "subscription": name,
        "written_at": now,
        "entries": told,
        "digest": told[-1]["digest"] if told else FORMAT,
    }


def _read(ledger: CarefulUsageTable, shards: int, key: RecordKey) -> RecordAnswer:
    answer = read_record(ledger, shards, key, ledger.noted)
    for one in answer.unreadable:
        raise OperationError(f"{key}: {one.name} cannot be read: {one.why}")
    if answer.difference:
        raise OperationError(f"{key}: its units do not add up: `balance` names what is at fault")
    return answer


def _entries(answer: RecordAnswer) -> Iterator[dict[str, Any]]:
    """Yield everything about a record, with units as texts."""
    status, of_record = answer.status, {"record": answer.record}
    settlement = None if status is None else status.settlement
    # What nobody settled, and of which nothing is included, is digested as it always was.
    settled = {} if settlement is None else {"settlement": _settlement(settlement)}
    included = answer.frozen and answer.frozen.included
    of_contract = {"included": format_quantity(included)} if included else {}
    yield (
        of_record
        | settled
        | of_contract
        | {
            "kind": "record",
            "state": None if status is None else status.state.value,
            "reason": None if status is None else status.reason,
            "sends": 0 if status is None else status.sends,
            "receipt": None if status is None else status.metering_record_id,
            "batch": answer.batch,
            "journalled": format_quantity(answer.journalled),
            "standings": {
                place: format_quantity(units) for place, units in answer.standings.items()
            },
        }
    )
    for event in answer.events:
        yield of_record | {
            "kind": "event",
            "id": event.id,
            "quantity": format_quantity(event.quantity),
            "tags": dict(event.tags),
            "is_late": event.late_in is not None,
        }
    for kind, moves in (("carried_in", answer.carried_in), ("carried_out", answer.carried_out)):
        for move in moves:
            told = {"from": move.origin, "to": move.target, "units": format_quantity(move.units)}
            yield of_record | {"kind": kind} | told
    for stay in answer.not_carried:
        told = {"reason": stay.reason, "units": format_quantity(stay.units)}
        as_what = {} if stay.settled_as is None else {"settled_as": stay.settled_as}
        yield of_record | {"kind": "not_carried"} | told | as_what
    sent = sent_of(answer)
    if sent is not None:
        yield of_record | {"kind": "frozen"} | sent._asdict()


class Sent(NamedTuple):
    """What AWS is told of a record in every send."""

    product_code: str | None
    payload: UsageRecord


def sent_of(answer: RecordAnswer) -> Sent | None:
    """Return what AWS is told of a record; None of one of which nothing is ever sent."""
    frozen, status = answer.frozen, answer.status
    is_sent = status is not None and status.state is not RecordState.INCLUDED
    if frozen is None or frozen.identity is None or not is_sent:
        return None
    return Sent(product_code_to_send(frozen), usage_record(frozen))


def _settlement(one: Settlement) -> dict[str, Any]:
    return {
        "as": one.settled_as.value,
        "reason": one.settled_reason,
        "reference": one.reference,
        "caller": one.settled_by.caller,
        "name": one.settled_by.name,
        "at": one.settled_at.isoformat(),
    }
