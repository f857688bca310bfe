"""`sweep_agreements` the usual way: Powertools and boto3 as their documentation shows them."""

import os
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement.type_defs import AgreementViewSummaryTypeDef

logger, metrics, tracer = Logger(), Metrics(), Tracer()
table = boto3.resource("dynamodb").Table(os.environ["SUBSCRIPTIONS_TABLE"])
agreements = boto3.client("marketplace-agreement", region_name="us-east-1")


@tracer.capture_method
def store(found: "AgreementViewSummaryTypeDef") -> None:
    """Store what AWS holds of an agreement."""
    agreement_id = found["agreementId"]
    entitlements = agreements.get_agreement_entitlements(agreementId=agreement_id)
    table.put_item(
        Item={
            "pk": agreement_id,
            "sk": "state",
            "status": found["status"],
            "starts_at": found["startTime"].isoformat(),
            "entitled": [one["status"] for one in entitlements["agreementEntitlements"]],
        }
    )


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Look up all agreements, and say how many there are."""
    pages = agreements.get_paginator("search_agreements").paginate(
        filters=[
            {"name": "PartyType", "values": ["Proposer"]},
            {"name": "AgreementType", "values": ["PurchaseAgreement"]},
        ]
    )
    found = [one for page in pages for one in page["agreementViewSummaries"]]
    for one in found:
        store(one)
    metrics.add_metric(name="AgreementsSwept", unit=MetricUnit.Count, value=len(found))
    logger.info("swept", extra={"swept": len(found), "schedule": event["id"]})
    return {"swept": len(found)}
