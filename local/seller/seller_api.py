"""The seller's API as a system of the seller's calls it: every request signed for execute-api."""

from collections.abc import Generator, Mapping
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.stack.aws_clients import AwsAccount

ANSWER_SECONDS_MAX = 60.0


class Signature(httpx.Auth):
    """Signs requests as the SDK does for its own."""

    requires_request_body = True

    def __init__(self, account: AwsAccount) -> None:
        key = Credentials(account.access_key_id, account.secret_access_key)
        self._signer = SigV4Auth(key, "execute-api", account.region)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the headers of the signature."""
        # A path is signed as it is sent, and then encoded once more.
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        if "content-type" in request.headers:
            signed.headers["Content-Type"] = request.headers["content-type"]
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def call_api(
    api_url: str,
    method: str,
    path: str,
    *,
    auth: httpx.Auth | None,
    document: object = None,
    **more: Any,  # noqa: ANN401 - what httpx takes
) -> httpx.Response:
    """Send one request and return the answer, whatever it is."""
    if document is not None:
        more["json"] = document
    return httpx.request(
        method, api_url + path, auth=auth, timeout=ANSWER_SECONDS_MAX, trust_env=False, **more
    )


def error_code(answer: httpx.Response) -> str:
    """Return the code of an error in the API's form; raises KeyError if it is another answer."""
    error: Mapping[str, str] = answer.json()["error"]
    if set(error) - {"details"} != {"code", "message", "request_id"}:
        raise KeyError(f"not the form of errors: {error}")
    return error["code"]
