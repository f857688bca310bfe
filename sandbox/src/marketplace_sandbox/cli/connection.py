"""The control API of a sandbox that is being served, as the commands use it."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

HOST_DEFAULT = "127.0.0.1"
PORT_DEFAULT = 8901
URL_DEFAULT = f"http://{HOST_DEFAULT}:{PORT_DEFAULT}"
_SAFE_IN_PATHS = "/:=@"  # what product codes may hold
_TIMEOUT_SECONDS = 120  # moving the clock over years may take a while


class SandboxRefusedError(Exception):
    """The sandbox refused, or cannot be reached; the message says what to do."""


class Connection:
    """A sandbox at one address; used in a `with` block, it closes its connections."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        try:
            self._client = httpx.Client(
                base_url=f"{self._url}/_sandbox/", timeout=_TIMEOUT_SECONDS, trust_env=False
            )
        except httpx.InvalidURL as error:
            raise SandboxRefusedError(f"{url} is no address") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: object) -> Any:  # noqa: ANN401 - a JSON document
        """Read a document; parameters that are None are left out."""
        return self._send("GET", path, parameters=parameters).json()

    def read_text(self, path: str, **parameters: object) -> str:
        """Read what is no JSON, such as CSV."""
        return self._send("GET", path, parameters=parameters).text

    def post(self, path: str, **fields: object) -> Any:  # noqa: ANN401 - a JSON document
        """Send a command; fields that are None are left out."""
        return self._send("POST", path, body=fields).json()

    def put(self, path: str, **fields: object) -> Any:  # noqa: ANN401 - a JSON document
        """Send a command that sets something."""
        return self._send("PUT", path, body=fields).json()

    def delete(self, path: str) -> Any:  # noqa: ANN401 - a JSON document
        """Send a command that removes something."""
        return self._send("DELETE", path).json()

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        query = {name: str(value) for name, value in _said(parameters).items()}
        try:
            answer = self._client.request(
                method,
                quote(path, safe=_SAFE_IN_PATHS),
                params=query,
                json=None if body is None else _said(body),
            )
        except httpx.ConnectError as error:
            raise SandboxRefusedError(
                f"nothing answers at {self._url}; start a sandbox with: sandbox serve"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SandboxRefusedError(f"{self._url} does not answer: {error}") from error
        if answer.is_error:
            raise SandboxRefusedError(_reason_of(answer))
        return answer


def _said(fields: Mapping[str, object] | None) -> dict[str, object]:
    return {name: value for name, value in (fields or {}).items() if value is not None}


def _reason_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered with {answer.status_code}: this is no sandbox"
