"""A request's body, as far as the sandbox reads it."""

from starlette.requests import Request

from marketplace_sandbox.core.model.errors import ControlError, ControlProblem

# Above AWS's limit of 1 MB, so that the core gets to refuse what is only a little too large.
BODY_SIZE_BYTES_MAX = 8_000_000


async def read_body(request: Request) -> bytes:
    """Read a request's body, but never more than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_SIZE_BYTES_MAX:
            raise ControlError(
                ControlProblem.TOO_LARGE,
                "RequestEntityTooLarge",
                f"the sandbox reads at most {BODY_SIZE_BYTES_MAX} bytes",
            )
    return bytes(body)
