"""What happened in a served sandbox: calls and refusals."""

from typing import TypedDict, Unpack

from marketplace_sandbox.client.connection import Connection, Instant
from marketplace_sandbox.control.call_documents import (
    CallListDocument,
    CloudTrailDocument,
    RefusalListDocument,
)


class CallChoice(TypedDict, total=False):
    """Which calls: all that is said must hold; `after` is the last sequence that was seen."""

    operation: str | None
    outcome: str | None
    account: str | None
    region: str | None
    product_code: str | None
    license_arn: str | None
    dimension: str | None
    fault: str | None
    since: Instant | None
    until: Instant | None
    after: int | None
    limit: int | None


class CallMethods(Connection):
    """The journal of AWS's API."""

    def list_calls(self, **chosen: Unpack[CallChoice]) -> CallListDocument:
        """List the calls of AWS's API, oldest first."""
        return self._ask("GET", "calls", **chosen)

    def list_calls_as_cloudtrail(self, **chosen: Unpack[CallChoice]) -> CloudTrailDocument:
        """List the calls as AWS CloudTrail writes them down."""
        return self._ask("GET", "calls/cloudtrail", **chosen)

    def list_refusals(self) -> RefusalListDocument:
        """List what AWS's rules refused, oldest first."""
        return self._ask("GET", "refusals")
