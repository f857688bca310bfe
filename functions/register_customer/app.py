"""Lambda handler: a buyer coming from AWS Marketplace becomes a known customer."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from meterhouse.runtime import wiring
from meterhouse.runtime.observability import logger, publish_metrics
from meterhouse.web.registration import RegistrationWeb, WebAnswer

app = APIGatewayHttpResolver()


@app.get("/register")
def show_registration() -> Response[str]:
    """Explain the page to a visitor who brings no token."""
    return _respond(_web().show())


@app.post("/register")
def submit_registration() -> Response[str]:
    """Take AWS Marketplace's form, or our own."""
    event, kind = app.current_event, app.current_event.headers.get("content-type")
    return _respond(_web().submit(event.body or "", kind, is_base64=bool(event.is_base64_encoded)))


def _web() -> RegistrationWeb:
    return wiring.registration_web(app.lambda_context.get_remaining_time_in_millis)


def _respond(answer: WebAnswer) -> Response[str]:
    return Response(answer.status_code, body=answer.body, headers=dict(answer.headers))


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request to the HTTP API."""
    return app.resolve(event, context)
