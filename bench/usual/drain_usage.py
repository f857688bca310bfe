"""`drain_usage` the usual way: Powertools and boto3 as their documentation shows them.

An event is an item, written once: AWS's sample for usage from a queue does as much.
"""

import json
import os
from decimal import Decimal
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
usage_table = boto3.resource("dynamodb").Table(os.environ["USAGE_TABLE"])
queue = boto3.client("sqs")
metering = boto3.client("meteringmarketplace")


@tracer.capture_method
def record_handler(record: SQSRecord) -> None:
    """Store the usage of one message."""
    usage = json.loads(record.body, parse_float=Decimal)
    usage_table.put_item(
        Item={"pk": usage["subscription"], "sk": f"{usage['time']}#{usage['id']}", **usage},
        ConditionExpression="attribute_not_exists(pk)",
    )
    metrics.add_metric(name="EventsAccepted", unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Drain one batch."""
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
