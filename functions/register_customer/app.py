"""Lambda handler: a buyer coming from AWS Marketplace becomes a known customer."""

from typing import TYPE_CHECKING, Any

from meterhouse.runtime import registration_wiring
from meterhouse.runtime.observability import logger, publish_metrics
from meterhouse.web.firewall import came_through
from meterhouse.web.registration import WebAnswer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one request to the HTTP API, in its payload format 2.0."""
    web = registration_wiring.registration_web(context.get_remaining_time_in_millis)
    http, headers = event["requestContext"]["http"], event.get("headers") or {}
    # A stage or a domain's mapping may stand before it; the API's routes lead nothing else here.
    match http["method"], http["path"].rpartition("/")[2]:
        case _ if not came_through(event.get("stageVariables") or {}, headers):
            answer = web.turn_away()
        case "GET", "register":
            # API Gateway hands cookies on apart, other servers of such events in their header.
            cookies = event.get("cookies") or headers.get("cookie", "").split("; ")
            answer = web.show(event.get("rawQueryString", ""), cookies)
        case "POST", "register":
            kind, is_base64 = headers.get("content-type"), bool(event.get("isBase64Encoded"))
            answer = web.submit(event.get("body") or "", kind, is_base64=is_base64)
        case _:
            answer = WebAnswer(404, "")
    return {
        "statusCode": answer.status_code,
        "headers": answer.headers,
        "body": answer.body,
        "isBase64Encoded": False,
    }
