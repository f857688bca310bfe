"""`serve_seller_api` the usual way: Powertools' own router and boto3, as documented."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.conditions import Key

logger, metrics, tracer = Logger(), Metrics(), Tracer()
app = APIGatewayHttpResolver()
table = boto3.resource("dynamodb").Table(os.environ["SUBSCRIPTIONS_TABLE"])


@app.get("/subscriptions")
@tracer.capture_method
def find() -> dict[str, Any]:
    """Return what stands in the table."""
    phase = app.current_event.query_string_parameters.get("phase")
    answer = table.query(IndexName="phase", KeyConditionExpression=Key("phase").eq(phase))
    metrics.add_metric(name="RequestsAnswered", unit=MetricUnit.Count, value=1)
    found = [{name: str(value) for name, value in one.items()} for one in answer["Items"]]
    return {"subscriptions": found}


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)
