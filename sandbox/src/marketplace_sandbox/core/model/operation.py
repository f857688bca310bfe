"""The operations of AWS's API that the sandbox answers."""

from enum import StrEnum


class Operation(StrEnum):
    """The operations of AWS Marketplace Metering and Entitlement that the sandbox performs."""

    BATCH_METER_USAGE = "BatchMeterUsage"
    RESOLVE_CUSTOMER = "ResolveCustomer"
    METER_USAGE = "MeterUsage"
    REGISTER_USAGE = "RegisterUsage"
    GET_ENTITLEMENTS = "GetEntitlements"
