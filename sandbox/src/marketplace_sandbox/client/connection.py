"""Requests of the control API of a sandbox that is being served, and what can become of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import httpx

type Instant = datetime | str
"""A time, aware of its offset; as a text in ISO 8601, such as 2026-11-22T18:00:00Z."""

type Amount = Decimal | int | str
"""An exact number; as a text, such as 0.002."""

type Duration = timedelta | int | str
"""How long something is: as a number in the unit that its name says, as a text such as 36h."""

type _Method = Literal["GET", "POST", "PUT", "DELETE"]

_SAFE_IN_PATHS = "/:=@"  # what product codes may hold
_SECOND = timedelta(seconds=1)
_TIMEOUT_SECONDS = 120  # moving the clock over years may take a while


class SandboxError(Exception):
    """A sandbox did not do what it was asked; the message says what to do."""


class SandboxRefusedError(SandboxError):
    """The sandbox refused a command, which has changed nothing.

    Attributes:
        code: what is wrong, in a word that stays the same.
        status: of HTTP.

    """

    def __init__(self, message: str, code: str, status: int) -> None:
        super().__init__(message, code, status)
        self.message = message
        self.code = code
        self.status = status

    def __str__(self) -> str:
        """Return the sandbox's sentence."""
        return self.message


class SandboxUnreachableError(SandboxError):
    """Nothing answers at the address, or what answers there is no sandbox."""


class Connection:
    """A sandbox at one address; used in a `with` block, it closes its connections.

    Raises SandboxUnreachableError if the address is none.
    """

    def __init__(self, url: str, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._url = url.rstrip("/")
        try:
            self._client = httpx.Client(
                base_url=f"{self._url}/_sandbox/",
                timeout=timeout_seconds,
                trust_env=False,  # a proxy of the machine must not be asked
                # Whom to trust is read from a file: longer than most calls, and for nothing here.
                verify=not self._url.startswith("http:"),
            )
        except httpx.InvalidURL as error:
            raise SandboxUnreachableError(f"{url} is no address") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client is of no use after that."""
        self._client.close()

    # What a path answers is known to the method that asks it.
    def _ask[T](self, method: _Method, path: str, /, **said: object) -> T:  # type: ignore[type-var]
        answer = self._send(method, path, said)
        try:
            document: T = answer.json()
        except ValueError as error:
            raise _no_sandbox(answer) from error
        return document

    def _ask_text(self, path: str, /, **fields: object) -> str:
        return self._send("GET", path, fields).text

    def _send(self, method: _Method, path: str, fields: Mapping[str, object]) -> httpx.Response:
        said = {name: _written(value) for name, value in fields.items() if value is not None}
        try:
            answer = self._client.request(
                method,
                quote(path, safe=_SAFE_IN_PATHS),
                params={name: str(value) for name, value in said.items() if method == "GET"},
                json=said if method in {"POST", "PUT"} else None,
            )
        except httpx.ConnectError as error:
            raise SandboxUnreachableError(
                f"nothing answers at {self._url}; start a sandbox with: sandbox serve"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SandboxUnreachableError(f"{self._url} does not answer: {error}") from error
        if answer.is_error:
            raise _refusal(answer)
        return answer


def _written(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case timedelta():
            return _written_duration(value)
        case _:
            return value


def _written_duration(duration: timedelta) -> str:
    if not duration % _SECOND:
        return f"{duration // _SECOND}s"
    return format(Decimal(duration // timedelta.resolution).scaleb(-6).normalize(), "f")


def _refusal(answer: httpx.Response) -> SandboxError:
    try:
        problem = answer.json()["error"]
        return SandboxRefusedError(problem["message"], problem["code"], answer.status_code)
    except (ValueError, KeyError, TypeError):
        return _no_sandbox(answer)


def _no_sandbox(answer: httpx.Response) -> SandboxUnreachableError:
    return SandboxUnreachableError(
        f"{answer.url} answered with {answer.status_code}: this is no sandbox"
    )
