"""AWS Marketplace Metering through the SDK: metering without hidden retries."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ProxyConnectionError,
)

from meterhouse.adapters.marketplace_failures import (
    BROKEN_ANSWERS,
    THROTTLING_CODES,
    code_of,
    is_server_error,
    status_of,
)
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import (
    Accepted,
    CallAnswer,
    Duplicate,
    Missing,
    NotSent,
    NotSubscribed,
    OutcomeUnknown,
    Processed,
    RecordAnswer,
    RefusalCause,
    Refused,
    Throttled,
    UnknownStatus,
    Unprocessed,
    refusal,
)
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.errors import MarketplaceError, MarketplaceRoleRefusedError, UnreadableError

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient
    from mypy_boto3_meteringmarketplace.type_defs import (
        BatchMeterUsageRequestTypeDef,
        BatchMeterUsageResultTypeDef,
        UsageRecordTypeDef,
    )

# A retry inside the SDK would hide a send whose answer was lost, and with it whether a later
# DuplicateRecord is our own doing. So there is none, and the use case repeats what it means to.
METERING_CONFIG = Config(
    connect_timeout=3,
    read_timeout=15,
    # As wide as the waves of records that are sent at the same time.
    max_pool_connections=16,
    retries={"mode": "standard", "total_max_attempts": 1},
)

_DENIED = (401, 403)
_SECONDS_PER_HOUR = 3_600

_EchoKey = tuple[str, str, str, int]


class MeteringApi:
    """Implements `ports.marketplace.Metering` with the SDK."""

    def __init__(self, client: "MarketplaceMeteringClient") -> None:
        self._client = client

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Make one call and return what AWS answered as a value; see the port."""
        request: BatchMeterUsageRequestTypeDef = {"UsageRecords": [_wire(one) for one in records]}
        if product_code is not None:
            request["ProductCode"] = product_code
        try:
            answer = self._client.batch_meter_usage(**request)
        except (ClientError, MarketplaceError, *BROKEN_ANSWERS) as error:
            return _without_result(error)
        return Processed(tuple(_read_answers(records, answer)))


def _without_result(error: Exception) -> CallAnswer:
    match error:
        case ClientError():
            return _call_error(error)
        case MarketplaceError():
            return _without_credentials(error)
        case ParamValidationError():
            return refusal("ParamValidationError")
        case NoCredentialsError() | CredentialRetrievalError() | NoRegionError():
            return Refused(AwsCode(type(error).__name__), RefusalCause.DEPLOYMENT)
        case ConnectTimeoutError() | EndpointConnectionError() | ProxyConnectionError():
            return NotSent(type(error).__name__)
        case _:
            return OutcomeUnknown(type(error).__name__)


def _without_credentials(error: MarketplaceError) -> CallAnswer:
    """Say what it means that there were none of the role: no request was signed, or sent."""
    if isinstance(error, MarketplaceRoleRefusedError):
        return Refused(Reason.ROLE_REFUSED, RefusalCause.DEPLOYMENT)
    return NotSent(str(error))


def _call_error(error: ClientError) -> CallAnswer:
    code = code_of(error)
    if code in THROTTLING_CODES:
        return Throttled()
    if is_server_error(error):
        return OutcomeUnknown(code)
    if status_of(error) in _DENIED:
        return Refused(AwsCode(code), RefusalCause.DEPLOYMENT)
    return refusal(code)


def _wire(record: UsageRecord) -> "UsageRecordTypeDef":
    # The SDK takes the epoch as an aware datetime; naive ones it would read as UTC without a word.
    wire = {**record, "Timestamp": datetime.fromtimestamp(record["Timestamp"], UTC)}
    return cast("UsageRecordTypeDef", wire)


def _read_answers(
    records: Sequence[UsageRecord], answer: "BatchMeterUsageResultTypeDef"
) -> list[RecordAnswer]:
    """Return an answer for each record of the request, in order.

    A record that the reply does not name is Missing, which proves nothing about it: AWS prints one
    license in several shapes, and an echo that we fail to recognise may be a billed record.
    """
    named: dict[_EchoKey, RecordAnswer] = {}
    for echo in answer.get("UnprocessedRecords", []):
        _name(named, echo, Unprocessed())
    for result in answer.get("Results", []):
        record_answer = _read_status(result.get("Status", ""), result.get("MeteringRecordId"))
        _name(named, result.get("UsageRecord", {}), record_answer)
    return [named.get(_echo_keys(_wire(record))[0], Missing()) for record in records]


def _name(
    named: dict[_EchoKey, RecordAnswer], echo: Mapping[str, object], answer: RecordAnswer
) -> None:
    for position, key in enumerate(_echo_keys(echo)):
        # What AWS adds to the echo must not stand in the way of another record's own name.
        if position == 0 or key not in named:
            named[key] = answer


def _read_status(status: str, receipt: str | None) -> RecordAnswer:
    match status:
        case "Success":
            return Accepted(receipt or "")
        case "CustomerNotSubscribed":
            return NotSubscribed()
        case "DuplicateRecord":
            return Duplicate(receipt)
        case _:
            return UnknownStatus(status)


def _echo_keys(record: Mapping[str, object]) -> list[_EchoKey]:
    """Return the keys by which an echoed record is recognised, the most specific first.

    AWS bills by hour, so the timestamp counts by its hour; and it may name the customer in more
    ways than we did.
    """
    moment = record.get("Timestamp")
    if not isinstance(moment, datetime):
        return []
    hour = int(moment.timestamp()) // _SECONDS_PER_HOUR
    dimension = str(record.get("Dimension"))
    return [
        (field, _license_id(str(record[field])), dimension, hour)
        for field in ("LicenseArn", "CustomerIdentifier", "CustomerAWSAccountId")
        if record.get(field)
    ]


def _license_id(name: str) -> str:
    """Return what all shapes of a license ARN share; other names stay as they are."""
    try:
        return license_key(name)
    except UnreadableError:
        return name
