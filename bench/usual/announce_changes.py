"""`announce_changes` the usual way: Powertools and boto3 as their documentation shows them.

Whatever was written is told, each in a call of its own.
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
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
buses = boto3.client("events")


@tracer.capture_method
def record_handler(record: DynamoDBRecord) -> None:
    """Tell that one state was written."""
    if record.dynamodb is None or record.dynamodb.new_image is None:
        return
    detail = json.dumps(record.dynamodb.new_image, default=str)
    bus = os.environ["EVENT_BUS"]
    answer = buses.put_events(
        Entries=[
            {"EventBusName": bus, "Source": "usual", "DetailType": "Changed", "Detail": detail}
        ]
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["Entries"][0]["ErrorMessage"])
    metrics.add_metric(name="EventsAnnounced", unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Announce one batch."""
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
