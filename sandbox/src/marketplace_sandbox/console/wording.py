"""How the pages name what the code knows by short values."""

from collections.abc import Mapping

from marketplace_sandbox.core.bill.double_billing import DoubleBillingCause
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    DimensionKind,
    MeteringMode,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.deliveries import Outcome
from marketplace_sandbox.core.model.disturbances import DisturbanceKind
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.invoices import ChargeKind
from marketplace_sandbox.core.model.offers import OfferKind
from marketplace_sandbox.core.model.targets import TargetKind

MODES: Mapping[MeteringMode, str] = {
    MeteringMode.LICENSE: "license",
    MeteringMode.LEGACY: "product code (legacy)",
    MeteringMode.MIGRATING: "both (migrating)",
}
DELIVERIES: Mapping[Delivery, str] = {
    Delivery.SAAS: "SaaS",
    Delivery.AMI: "AMI",
    Delivery.CONTAINER: "Container",
    Delivery.AGENTCORE: "AgentCore",
}
PRICINGS: Mapping[PricingModel, str] = {
    PricingModel.USAGE: "Usage",
    PricingModel.CONTRACT: "Contract",
    PricingModel.CONTRACT_WITH_CONSUMPTION: "Contract with consumption",
    PricingModel.HOURLY: "Hourly",
    PricingModel.FREE: "Free",
}
KINDS: Mapping[DimensionKind, str] = {
    DimensionKind.METERED: "metered usage",
    DimensionKind.ENTITLED: "entitlement",
    DimensionKind.BOTH: "entitlement and metered usage",
}
VALUE_TYPES: Mapping[ValueType, str] = {
    ValueType.INTEGER: "integer",
    ValueType.DOUBLE: "double",
    ValueType.BOOLEAN: "boolean",
    ValueType.STRING: "string",
}
VALUES: Mapping[ValueType, str] = {
    ValueType.INTEGER: "a whole number",
    ValueType.DOUBLE: "a number",
    ValueType.BOOLEAN: "yes or no",
    ValueType.STRING: "a text",
}
OFFER_KINDS: Mapping[OfferKind, str] = {
    OfferKind.PUBLIC: "public: anybody may accept",
    OfferKind.PRIVATE: "private: named accounts only",
}
PLATFORMS: Mapping[Platform, str] = {
    Platform.EC2: "EC2 instance",
    Platform.ECS: "ECS task",
    Platform.EKS: "EKS pod",
    Platform.AGENTCORE: "AgentCore session",
}
CHARGES: Mapping[ChargeKind, str] = {
    ChargeKind.USAGE: "usage",
    ChargeKind.CONTRACT: "contract, in advance",
    ChargeKind.RUNNING: "hours of running",
}
DOUBLE_BILLING: Mapping[DoubleBillingCause, str] = {
    DoubleBillingCause.TWO_IDENTITIES: "by product code and by license",
    DoubleBillingCause.TWO_REGIONS: "in two regions",
}
CHANNELS: Mapping[Channel, str] = {
    Channel.EVENTBRIDGE: "EventBridge",
    Channel.SNS_SUBSCRIPTION: "SNS, subscription topic",
    Channel.SNS_ENTITLEMENT: "SNS, entitlement topic",
}
TARGETS: Mapping[TargetKind, str] = {
    TargetKind.EVENTBRIDGE: "EventBridge bus",
    TargetKind.SQS: "SQS queue",
    TargetKind.SNS: "SNS topic",
    TargetKind.HTTP: "web address",
}
DISTURBANCES: Mapping[DisturbanceKind, str] = {
    DisturbanceKind.REPEAT: "comes again",
    DisturbanceKind.DELAY: "comes later",
    DisturbanceKind.DISORDER: "comes out of order",
    DisturbanceKind.DROP: "never comes",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DELIVERED: "delivered",
    Outcome.UNREACHED: "not reached",
    Outcome.FAILED: "given up",
    Outcome.DROPPED: "lost on purpose",
}
