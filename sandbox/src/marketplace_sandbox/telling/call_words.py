"""What became of a call of AWS's API, in one line: for `sandbox serve` and `sandbox call list`."""

from collections import Counter
from collections.abc import Mapping

from marketplace_sandbox.core.model.calls import SUCCESS, CallEntry

_NO_REASONS: Mapping[str, str] = {}


def describe_call(call: CallEntry, reasons: Mapping[str, str] = _NO_REASONS) -> str:
    """Write `BatchMeterUsage 3 records of atlas for 444455556666: 2 Success, 1 DuplicateRecord`."""
    words = [call.operation]
    if call.records:
        words.append("1 record" if call.records == 1 else f"{call.records} records")
    if call.product_code:
        words.append(f"of {call.product_code}")
    buyers = {one.customer for one in call.record_outcomes if one.customer}
    if buyers:
        words.append(f"for {buyers.pop()}" if len(buyers) == 1 else f"for {len(buyers)} buyers")
    if call.resource_id:
        words.append(f"by {call.resource_id}")
    return f"{' '.join(words)}: {describe_outcome(call, reasons)}"


def describe_outcome(call: CallEntry, reasons: Mapping[str, str] = _NO_REASONS) -> str:
    """Write `2 Success, 1 DuplicateRecord`, or the error's status, name and reason.

    `reasons` tell by the status of a record why AWS refused it.
    """
    if call.outcome != SUCCESS:
        status = "" if call.http_status is None else f"{call.http_status} "
        reason = "" if call.message is None else f": {call.message}"
        outcome = f"{status}{call.outcome}{reason}"
    elif call.record_outcomes:
        counts = Counter(one.status for one in call.record_outcomes)
        outcome = ", ".join(
            f"{count} {status}" + (f" ({reasons[status]})" if status in reasons else "")
            for status, count in counts.items()
        )
    else:
        outcome = SUCCESS
    return outcome if call.fault is None else f"{outcome} (fault {call.fault})"
