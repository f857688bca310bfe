"""`reconcile_usage` the usual way: Powertools and boto3 as their documentation shows them."""

import os
import time
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.conditions import Key

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace.type_defs import UsageRecordTypeDef

logger, metrics, tracer = Logger(), Metrics(), Tracer()
usage_table = boto3.resource("dynamodb").Table(os.environ["USAGE_TABLE"])
metering = boto3.client("meteringmarketplace")


@tracer.capture_method
def submit(items: list[dict[str, Any]]) -> None:
    """Send usage that is due."""
    for start in range(0, len(items), 25):
        records: list[UsageRecordTypeDef] = [
            {
                "LicenseArn": item["subscription"],
                "CustomerAWSAccountId": item["account"],
                "Dimension": item["dimension"],
                "Quantity": int(item["quantity"]),
                "Timestamp": item["hour"],
            }
            for item in items[start : start + 25]
        ]
        metering.batch_meter_usage(UsageRecords=records)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Look for what is due, send it, and say how much it was."""
    due = usage_table.query(
        IndexName="due",
        KeyConditionExpression=Key("due_shard").eq("due") & Key("due_at").lte(int(time.time())),
    )["Items"]
    submit(due)
    metrics.add_metric(name="RecordsDue", unit=MetricUnit.Count, value=len(due))
    logger.info("reconciled", extra={"due": len(due), "schedule": event["id"]})
    return {"due": len(due)}
