"""AWS Marketplace behind the gate, at the level of boto3's client: it fails as AWS and networks do.

Every request is remembered: what was sent for one record must be the same on every send.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from marketplace_sandbox.testing import InProcessMarketplace

from tests.simulation.port_calls import CRASHES, Gate, port_call
from tests.simulation.tables import SimulatedQuota, aws_error
from tests.simulation.weather import Fault

_URL = "https://metering.marketplace.invalid"
_REQUEST_FAULTS = (
    *CRASHES,
    Fault.STALL,
    Fault.ARRIVES_LATE,
    Fault.THROTTLED,
    Fault.NOT_CONNECTED,
    Fault.SERVER_ERROR,
    Fault.SERVER_ERROR_AFTER,
    Fault.TIMEOUT,
    Fault.TIMEOUT_AFTER,
    Fault.DENIED,
    Fault.TRUNCATED,
)
_METERING_FAULTS = (
    *_REQUEST_FAULTS,
    Fault.UNPROCESSED,
    Fault.ALL_UNPROCESSED,
    Fault.MISSING,
    Fault.MISSING_NOT_APPLIED,
    Fault.UNKNOWN_STATUS,
    Fault.UNKNOWN_STATUS_NOT_APPLIED,
    Fault.UNKNOWN_CODE,
    Fault.SHORT_ARN,
)

Document = dict[str, Any]
RecordName = tuple[str, str, str]
"""Buyer, dimension and hour of a record, as they stand in a request."""


@dataclass(slots=True)
class SentRecords:
    """Everything that was ever sent: each record's wordings, and breaches of a call's limits."""

    wordings: dict[RecordName, Counter[str]] = field(default_factory=dict)
    last_at: dict[RecordName, datetime] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)

    def note(self, request: Mapping[str, Any], now: datetime) -> None:
        """Remember one request."""
        records = request["UsageRecords"]
        wordings = [json.dumps(record, default=str, sort_keys=True) for record in records]
        if not 1 <= len(records) <= 25:
            self.breaches.append(f"a call with {len(records)} records")
        if sum(map(len, wordings)) >= 1_000_000:
            self.breaches.append("a call of a megabyte")
        code = str(request.get("ProductCode"))
        for record, wording in zip(records, wordings, strict=True):
            name = name_of(record)
            self.last_at[name] = now
            self.wordings.setdefault(name, Counter())[f"{code} {wording}"] += 1

    def sends(self, name: RecordName) -> int:
        """Return how often a record was sent."""
        return sum(self.wordings.get(name, Counter[str]()).values())


def name_of(record: Mapping[str, Any]) -> RecordName:
    """Return which record a request's entry is."""
    moment = record["Timestamp"]
    assert isinstance(moment, datetime)
    buyer = record.get("LicenseArn") or record.get("CustomerIdentifier")
    return (
        str(buyer or record["CustomerAWSAccountId"]),
        str(record["Dimension"]),
        f"{moment:%Y-%m-%dT%H}",
    )


class SimulatedClient:
    """boto3's `meteringmarketplace` client of one deployment."""

    def __init__(
        self,
        gate: Gate,
        marketplace: InProcessMarketplace,
        quota: SimulatedQuota,
        *,
        answers_duplicate: bool,
    ) -> None:
        self.gate = gate
        self.sent = SentRecords()
        self.cursed: set[str] = set()
        """Dimensions that AWS refuses with a code of which nobody heard."""
        self._marketplace = marketplace
        self._quota = quota
        self._answers_duplicate = answers_duplicate
        self._receipts: set[str] = set()
        self._nameless: dict[str, bool] = {}

    def resolve_without_license(self, agreement_id: str, *, with_agreement: bool) -> None:
        """Leave the license out of answers about an agreement, and perhaps its id."""
        self._nameless[agreement_id] = with_agreement

    def resolve_all(self) -> None:
        """Answer with everything again."""
        self._nameless.clear()

    def failure(self) -> Exception:
        """Fail without saying whether anything was done."""
        return ReadTimeoutError(endpoint_url=_URL)

    @port_call(*_REQUEST_FAULTS)
    def resolve_customer(self, *, RegistrationToken: str) -> Document:  # noqa: N803 - boto3's name
        answer = self._marketplace.resolve_customer(RegistrationToken=RegistrationToken)
        agreement_id = answer.get("Metadata", {}).get("AgreementId")
        if agreement_id in self._nameless:
            hidden = {"LicenseArn", "CustomerIdentifier"}
            if not self._nameless[agreement_id]:
                hidden.add("Metadata")
            answer = {name: value for name, value in answer.items() if name not in hidden}
        return answer

    def batch_meter_usage(self, **request: Any) -> Document:
        scheduler = self.gate.scheduler
        self.sent.note(request, scheduler.now())
        # Where clocks are right and nothing fails, each call waits for its place.
        if not self.gate.weather.rate and scheduler.now() < self._quota.places[scheduler.task]:
            self.sent.breaches.append("a call before its place in the quota")
        return self._batch_meter_usage(**request)

    @port_call(*_METERING_FAULTS)
    def _batch_meter_usage(self, /, **request: Any) -> Document:
        return self._meter(request)

    def _meter(self, request: Document) -> Document:
        """Let the sandbox decide; identical records sent again get either of AWS's two answers."""
        if any(record["Dimension"] in self.cursed for record in request["UsageRecords"]):
            raise aws_error("LicenseLimitExceededException", 400)
        answer = self._marketplace.batch_meter_usage(**request)
        for result in answer["Results"]:
            receipt = result.get("MeteringRecordId")
            if result["Status"] == "Success" and receipt in self._receipts:
                result["Status"] = "DuplicateRecord" if self._answers_duplicate else "Success"
            if receipt:
                self._receipts.add(receipt)
        return answer

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        if fault in _AFTER_EFFECT:
            effect()
        if fault is Fault.ARRIVES_LATE:
            self.gate.delay("batch_meter_usage", effect)
        error = _ERRORS.get(fault)
        if error is not None:
            raise error()
        return self._answer_oddly(fault, effect)

    def _answer_oddly[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        """Answer a metering call in a way that needs a close look."""
        request: Document = effect.keywords  # type: ignore[attr-defined] # the gate hands over partials
        records = request["UsageRecords"]
        hit = set(self._choose(len(records), all_of_them=fault is Fault.ALL_UNPROCESSED))
        applied = [
            record
            for position, record in enumerate(records)
            if position not in hit or fault in _APPLIED
        ]
        answer: Document = {"Results": [], "UnprocessedRecords": []}
        if applied:
            answer = deepcopy(self._meter({**request, "UsageRecords": applied}))
        chosen = [records[position] for position in sorted(hit)]
        match fault:
            case Fault.UNPROCESSED | Fault.ALL_UNPROCESSED:
                answer["UnprocessedRecords"].extend(chosen)
            case Fault.MISSING:
                names = [name_of(record) for record in chosen]
                answer["Results"] = [
                    one for one in answer["Results"] if name_of(one["UsageRecord"]) not in names
                ]
            case Fault.UNKNOWN_STATUS:
                for position in hit:
                    answer["Results"][position]["Status"] = "PendingReview"
            case Fault.UNKNOWN_STATUS_NOT_APPLIED:
                answer["Results"] += [
                    {"UsageRecord": record, "Status": "PendingReview"} for record in chosen
                ]
            case Fault.SHORT_ARN:
                for result in answer["Results"]:
                    _shorten(result["UsageRecord"])
            case _:
                assert fault is Fault.MISSING_NOT_APPLIED
        return answer  # type: ignore[return-value] # the document that `effect` returns

    def _choose(self, count: int, *, all_of_them: bool) -> Sequence[int]:
        random = self.gate.weather.random
        return (
            range(count) if all_of_them else random.sample(range(count), random.randint(1, count))
        )


_ERRORS: dict[Fault, Callable[[], Exception]] = {
    Fault.THROTTLED: partial(aws_error, "ThrottlingException", 400),
    Fault.NOT_CONNECTED: partial(EndpointConnectionError, endpoint_url=_URL),
    Fault.SERVER_ERROR: partial(aws_error, "InternalServiceErrorException", 500),
    Fault.SERVER_ERROR_AFTER: partial(aws_error, "InternalServiceErrorException", 500),
    Fault.ARRIVES_LATE: partial(ReadTimeoutError, endpoint_url=_URL),
    Fault.TIMEOUT: partial(ReadTimeoutError, endpoint_url=_URL),
    Fault.TIMEOUT_AFTER: partial(ConnectionClosedError, endpoint_url=_URL),
    Fault.TRUNCATED: partial(ResponseParserError, "simulated"),
    Fault.DENIED: partial(aws_error, "AccessDeniedException", 403),
    Fault.UNKNOWN_CODE: partial(aws_error, "ConflictingUsageException", 400),
}
_AFTER_EFFECT = {Fault.SERVER_ERROR_AFTER, Fault.TIMEOUT_AFTER, Fault.TRUNCATED}
_APPLIED = {Fault.MISSING, Fault.UNKNOWN_STATUS, Fault.SHORT_ARN}


def _shorten(echo: Document) -> None:
    """Print a license as AWS does in its events."""
    if "LicenseArn" in echo:
        echo["LicenseArn"] = echo["LicenseArn"].removeprefix("arn:")
