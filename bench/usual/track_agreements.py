"""`track_agreements` the usual way: Powertools and boto3 as their documentation shows them.

The last event that came says what a subscription is at.
"""

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer()
processor = BatchProcessor(event_type=EventType.SQS)
table = boto3.resource("dynamodb").Table(os.environ["SUBSCRIPTIONS_TABLE"])


@tracer.capture_method
def record_handler(record: SQSRecord) -> None:
    """Store what one event says of an agreement."""
    event = json.loads(record.body)
    detail = event["detail"]
    table.update_item(
        Key={"pk": detail["agreement"]["id"], "sk": "state"},
        UpdateExpression="SET told = :told, told_at = :told_at, license_arn = :license_arn",
        ExpressionAttributeValues={
            ":told": event["detail-type"],
            ":told_at": event["time"],
            ":license_arn": detail.get("license", {}).get("arn"),
        },
    )
    metrics.add_metric(name="AgreementEvents", unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Learn from one batch."""
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
