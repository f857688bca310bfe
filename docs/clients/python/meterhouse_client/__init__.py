"""A client of the seller's API, to copy into your product: httpx, and the signer of AWS's own SDK.

    session = botocore.session.get_session()
    api = SellerApi(api_url, session.get_credentials(), session.get_config_variable("region"))
    for result in api.send_usage(events):
        if result["status"] == "rejected":
            log.error("not billed", extra=result)

Every request may be sent again: what is here waits and repeats where the API, or the network, says
that a later try may succeed.
"""

import json
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Literal, NotRequired, TypedDict
from urllib.parse import quote

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TRIES_MAX = 5
PAUSE_SECONDS_MAX = 60.0
# What POST /usage takes at a time.
REQUEST_EVENTS_MAX = 2_000
REQUEST_BYTES_MAX = 1_000_000
_AGAIN = {429, 500, 502, 503, 504}
_USAGE_ANSWERS = {202, 207, 422}

type Json = Mapping[str, Any]


class Held(TypedDict):
    """What a contract holds of a dimension, which may be there several times.

    A `quantity` is exact as text: `Decimal(held["value"])`; a `flag` is true or false.
    """

    dimension: str
    kind: Literal["quantity", "flag", "name"]
    value: str | bool
    expires_at: NotRequired[str]


class Entitlements(TypedDict):
    """All that a contract holds, as AWS said at `asked_at`."""

    asked_at: str
    all: list[Held]


class Subscription(TypedDict):
    """One subscription as it stands; events/schemas/subscription.v1.schema.json has all fields."""

    key: str
    phase: Literal["scheduled", "pending", "active", "ending", "ended", "superseded"]
    has_access: bool
    flags: list[str]
    entitlements: Entitlements | None
    license_arn: NotRequired[str]
    account_id: NotRequired[str]
    agreement_id: NotRequired[str]
    tenant: NotRequired[str]


class Allowance(TypedDict):
    """Units of a dimension that a contract includes in a period; quantities are exact as texts.

    `granted` and `left` are None as long as AWS has not said what the buyer is entitled to.
    """

    dimension: str
    period: str
    is_current: bool
    ends_at: str | None
    granted: str | None
    taken: str
    left: str | None


class Fault(TypedDict):
    """A rule that a usage event breaks."""

    code: str
    message: str


class UsageResult(TypedDict):
    """What became of the event at a position of those that were sent."""

    position: int
    status: Literal["accepted", "rejected"]
    id: NotRequired[str]
    faults: NotRequired[list[Fault]]


class ApiError(Exception):
    """The API did not do what was asked; its message says what to do."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(f"{status} {error['code']}: {error['message']} ({error['request_id']})")
        self.status = status
        self.code: str = error["code"]
        self.details: list[Fault] = error.get("details", [])


class _Signature(httpx.Auth):
    """Signs each request, and each repetition of one, for API Gateway."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        key = self._credentials.get_frozen_credentials()  # fresh ones, if they expire
        SigV4Auth(key, "execute-api", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


class SellerApi:
    """The routes; `credentials` have the managed policies of the stack for those that you use."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        region: str,
        *,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.Client(auth=_Signature(credentials, region), timeout=30)
        self._pause = pause

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def redeem(self, reference: str) -> Json:
        """Learn who came to your sign-up page with a reference; it can be redeemed once."""
        # The repetition of a request has the token of the first one: it is no second sign-up.
        document = {"reference": reference, "client_token": str(uuid.uuid4())}
        return self._call("POST", "/registrations/redeem", document)

    def subscriptions(self, wanted: Mapping[str, str]) -> Iterator[Subscription]:
        """Yield all subscriptions with the `phase`, or the `account`, that is wanted."""
        query = dict(wanted)
        while True:
            page = self._call("GET", "/subscriptions", query=query)
            yield from page["subscriptions"]
            if not page.get("next_page"):
                return
            query["page"] = page["next_page"]

    def subscription(self, subscription: str) -> Subscription:
        """Return a subscription by its key or its license ARN."""
        found: Subscription = self._call("GET", _path("subscriptions", subscription))[
            "subscription"
        ]
        return found

    def allowances(self, subscription: str) -> list[Allowance]:
        """Return what a contract includes, by dimension and period, and what is left of it."""
        path = _path("subscriptions", subscription, "allowances")
        found: list[Allowance] = self._call("GET", path)["allowances"]
        return found

    def usage(self, subscription: str, since: str, until: str) -> Json:
        """Return what became of a subscription's usage between two times."""
        path = _path("subscriptions", subscription, "usage")
        return self._call("GET", path, query={"from": since, "to": until})

    def stopped(self, subscription: str, stopped_at: str | None = None) -> Json:
        """Say that your product sends no more usage of a subscription, now or since a time."""
        document = {} if stopped_at is None else {"stopped_at": stopped_at}
        return self._call("POST", _path("subscriptions", subscription, "stopped"), document)

    def tenant(self, tenant: str) -> Json:
        """Return the subscriptions that pay for a tenant of yours."""
        return self._call("GET", _path("tenants", tenant))

    def link(self, tenant: str, subscription: str) -> Json:
        """Let a subscription pay for a tenant of yours."""
        return self._call("PUT", _path("tenants", tenant, "subscriptions", subscription))

    def unlink(self, tenant: str, subscription: str) -> Json:
        """Let a subscription pay for a tenant no longer."""
        return self._call("DELETE", _path("tenants", tenant, "subscriptions", subscription))

    def send_usage(self, events: Iterable[Json]) -> Iterator[UsageResult]:
        """Send usage events, each with its own id and time; yield what became of each, in order.

        They go in as few requests as the API takes. If one fails for good, this raises; whatever
        was not yielded yet may be sent again as it is.
        """
        position = 0
        for share in _shares(events):
            body = b'{"events":[' + b",".join(share) + b"]}"
            results: list[UsageResult] = self._call("POST", "/usage", body, wanted=_USAGE_ANSWERS)[
                "results"
            ]
            for result in results:
                result["position"] += position
                yield result
            position += len(share)

    def _call(
        self,
        method: str,
        path: str,
        document: Json | bytes | None = None,
        *,
        query: Json | None = None,
        wanted: Iterable[int] = range(200, 300),
    ) -> dict[str, Any]:
        content = None
        if document is not None:
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
        request = self._http.build_request(
            method,
            self._url + path,
            params=query,
            content=content,
            headers={} if content is None else {"Content-Type": "application/json"},
        )
        answer = self._try_until_answered(request)
        if answer.status_code not in wanted:
            raise ApiError(answer.status_code, _error_in(answer))
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _try_until_answered(self, request: httpx.Request) -> httpx.Response:
        for tries in range(1, TRIES_MAX + 1):
            pause_seconds = 2.0 ** (tries - 1)
            try:
                answer = self._http.send(request)
            except httpx.TransportError:
                if tries == TRIES_MAX:
                    raise
            else:
                if answer.status_code not in _AGAIN or tries == TRIES_MAX:
                    return answer
                pause_seconds = float(answer.headers.get("retry-after", pause_seconds))
            self._pause(min(pause_seconds, PAUSE_SECONDS_MAX))
        raise AssertionError


def _shares(events: Iterable[Json]) -> Iterator[list[bytes]]:
    share: list[bytes] = []
    size = room = REQUEST_BYTES_MAX - len('{"events":[]}')
    for event in events:
        written = json.dumps(event, ensure_ascii=False).encode()
        size -= len(written) + 1
        if share and (size < 0 or len(share) == REQUEST_EVENTS_MAX):
            yield share
            share, size = [], room - len(written) - 1
        share.append(written)
    if share:
        yield share


def _path(*parts: str) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _error_in(answer: httpx.Response) -> Json:
    """Return the error of the API's form, or what API Gateway says before it gets that far."""
    try:
        document = answer.json()
    except ValueError:
        document = {}
    gateway = {
        "code": "refused",
        "message": document.get("message", answer.reason_phrase),
        "request_id": answer.headers.get("apigw-requestid", ""),
    }
    error: Json = document.get("error", gateway)
    return error
