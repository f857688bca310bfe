"""`register_customer` the usual way: Powertools and boto3 as their documentation shows them."""

import os
import secrets
import time
from html import escape
from typing import Any
from urllib.parse import parse_qs

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

logger, metrics, tracer = Logger(), Metrics(), Tracer()
app = APIGatewayHttpResolver()
table = boto3.resource("dynamodb").Table(os.environ["SUBSCRIPTIONS_TABLE"])
metering = boto3.client("meteringmarketplace")


@app.get("/register")
def show_registration() -> Response[str]:
    """Explain the page."""
    return Response(200, content_types.TEXT_HTML, "<p>Come from AWS Marketplace.</p>")


@app.post("/register")
@tracer.capture_method
def register() -> Response[str]:
    """Resolve the token, make the subscription known, and ask for contact details."""
    form = parse_qs(app.current_event.decoded_body)
    customer = metering.resolve_customer(RegistrationToken=form["x-amzn-marketplace-token"][0])
    license_arn, reference = customer["LicenseArn"], secrets.token_urlsafe(32)
    table.put_item(
        Item={
            "pk": license_arn,
            "product_code": customer["ProductCode"],
            "account": customer["CustomerAWSAccountId"],
        }
    )
    expires_at = int(time.time()) + 1_800
    table.put_item(Item={"pk": f"reference#{reference}", "of": license_arn, "ttl": expires_at})
    metrics.add_metric(name="CustomersRegistered", unit=MetricUnit.Count, value=1)
    logger.info("customer_registered", extra={"subscription": license_arn})
    page = f'<form method="post"><input name="registration" value="{escape(reference)}"></form>'
    return Response(200, content_types.TEXT_HTML, page)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request to the HTTP API."""
    return app.resolve(event, context)
