"""What to do about a call that AWS did not serve: its own words, and after them the remedy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore import exceptions as of
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from operations.errors import OperationError

# Every failure of a call: what the client finds out by itself, and what AWS answers.
CALL_FAILURES = (BotoCoreError, ClientError, ResponseParserError)

_SIGN_IN = (
    "Sign in again with `aws login` or `aws sso login`, or set AWS_ACCESS_KEY_ID, "
    "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew."
)
_UNKNOWN_KEYS = (
    "AWS does not know these credentials there: see AWS_PROFILE and the keys. In a region that "
    "is not enabled for the account it answers the same."
)
_WRONG_SIGNATURE = "The secret key does not belong to its id, or this machine's clock is wrong."
_ABSENT = (
    "Name it exactly; each account and region has its own, so see AWS_PROFILE and AWS_REGION. If "
    "it is of the local stack, `make down` and `make up` write its names anew."
)
_BUSY = "Too many calls at this moment: try again in a minute."
_AWS_FAILS = "AWS fails at this moment: try again, and see https://health.aws.amazon.com/."
_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
_FAILED_STATUS = 500

_NO_CREDENTIALS = (
    "Sign in with `aws login` or `aws sso login`, or name a profile by AWS_PROFILE. Without "
    "--stack-name the local stack is read, which needs no credentials."
)

_BY_CLASS: tuple[tuple[tuple[type[BotoCoreError], ...], str], ...] = (
    (
        (of.NoCredentialsError, of.PartialCredentialsError, of.NoAuthTokenError),
        _NO_CREDENTIALS,
    ),
    ((of.ProfileNotFound,), "`aws configure list-profiles` shows the profiles that there are."),
    ((of.ConfigParseError, of.InvalidConfigError), "Mend that file; AWS_CONFIG_FILE names it."),
    ((of.RefreshWithMFAUnsupportedError,), _SIGN_IN),
    ((of.LoginError, of.SSOError), _SIGN_IN),
    ((of.CredentialRetrievalError, of.TokenRetrievalError), _SIGN_IN),
    ((of.NoRegionError,), "Set AWS_REGION to the region of the stack."),
    ((of.InvalidRegionError, of.EndpointProviderError), "AWS_REGION names no region of AWS."),
    ((of.ProxyConnectionError,), "HTTPS_PROXY names the proxy; mend it, or set NO_PROXY."),
    ((of.SSLError,), "AWS_CA_BUNDLE names the certificates to trust, such as a proxy's."),
)
_BY_CODE = {
    "ExpiredToken": _SIGN_IN,
    "ExpiredTokenException": _SIGN_IN,
    "RequestExpired": _SIGN_IN,
    "InvalidClientTokenId": _UNKNOWN_KEYS,
    "UnrecognizedClientException": _UNKNOWN_KEYS,
    "InvalidAccessKeyId": _UNKNOWN_KEYS,
    "AuthFailure": _UNKNOWN_KEYS,
    "InvalidSignatureException": _WRONG_SIGNATURE,
    "SignatureDoesNotMatch": _WRONG_SIGNATURE,
    "RequestTimeTooSkewed": _WRONG_SIGNATURE,
    "ResourceNotFoundException": _ABSENT,
    "AWS.SimpleQueueService.NonExistentQueue": _ABSENT,
    "QueueDoesNotExist": _ABSENT,
    "ProvisionedThroughputExceededException": _BUSY,
    "RequestLimitExceeded": _BUSY,
    "TooManyRequestsException": _BUSY,
}
_REFUSED = re.compile(r"AccessDenied|Unauthorized|AuthorizationError")
# “User: arn:… is not authorized to perform: dynamodb:Query on resource: arn:… because …”
_ACTION = re.compile(r"perform: (?P<action>[\w-]+:\w+)(?:.*? on resource: (?P<resource>\S+))?")


@contextmanager
def told_plainly(about: str = "") -> Iterator[None]:
    """Let a block's failed calls end as OperationError: what they were about, and what to do."""
    try:
        yield
    except CALL_FAILURES as error:
        raise OperationError(f"{about}{tell_failure(error)}") from error


def tell_failure(error: BaseException) -> str:
    """Return what failed and what to do about it; of what is no call, what failed alone."""
    if not isinstance(error, CALL_FAILURES):
        # What DynamoDB refused comes as an error of ours, with its code alone.
        cause = error.__cause__
        return tell_failure(cause) if isinstance(cause, CALL_FAILURES) else str(error)
    remedy = _of_answer(error) if isinstance(error, ClientError) else _of_client(error)
    said = str(error).strip()
    ended = said if said.endswith((".", "!", "?")) else f"{said}."
    return f"{ended} {remedy}".strip()


def _of_client(error: BotoCoreError | ResponseParserError) -> str:
    if isinstance(error, ResponseParserError):
        return "What answers there is not AWS: see AWS_ENDPOINT_URL, and HTTPS_PROXY."
    for classes, remedy in _BY_CLASS:
        if isinstance(error, classes):
            return remedy
    url = str(error.kwargs.get("endpoint_url", ""))
    if not url:
        return ""
    if urlsplit(url).hostname in _LOCAL_HOSTS:
        return (
            "If that is the local stack: `make status` says whether it is up, `make up` starts it."
        )
    return "See the network, and whether AWS_REGION and AWS_ENDPOINT_URL are right; then try again."


def _of_answer(error: ClientError) -> str:
    code = error.response["Error"].get("Code", "")
    if _REFUSED.search(code):
        return _permission(error)
    if "hrottl" in code:
        return _BUSY
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _BY_CODE.get(code, _AWS_FAILS if status >= _FAILED_STATUS else "")


def _permission(error: ClientError) -> str:
    message = error.response["Error"].get("Message", "")
    found = _ACTION.search(message)
    action = found["action"] if found else error.operation_name
    where = f" on {found['resource'].rstrip('.,')}" if found and found["resource"] else ""
    if "explicit deny" in message:
        return f"A policy denies {action}{where}: whoever keeps that policy has to change it."
    return (
        f"Whoever administers the account has to allow {action}{where} to this identity; or choose "
        "another one by AWS_PROFILE."
    )
