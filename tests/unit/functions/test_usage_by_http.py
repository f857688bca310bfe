"""POST /usage as Lambda calls it: what API Gateway hands on as Base64 is read like all else."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from functions.serve_seller_api.app import lambda_handler
from tests.unit.domain.builders import CLOUD_EVENT
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import example


def post(content_type: str, **request: object) -> tuple[int, dict[str, Any]]:
    event = example("api-request.json") | {"routeKey": "POST /usage"} | request
    del event["queryStringParameters"]
    event["headers"] |= {"content-type": content_type}
    answer = lambda_handler(event, FakeContext())
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("is_base64", [False, True], ids=["text", "Base64"])
def test_usage_is_in_the_queue_when_the_answer_goes_out(
    deployment: Deployment, *, is_base64: bool
) -> None:
    event = CLOUD_EVENT | {"time": datetime.now(UTC).isoformat(), "source": "urn:gr\u00f6\u00dfe"}
    written = json.dumps(event, ensure_ascii=False)
    body = base64.b64encode(written.encode()).decode() if is_base64 else written

    status, document = post("application/cloudevents+json", body=body, isBase64Encoded=is_base64)

    assert (status, document["accepted"]) == (202, 1)
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=deployment.usage_queue)
    assert [message["Body"] for message in answer["Messages"]] == [written]
    assert "urn:gr" not in deployment.printed()
