"""AWS STS and AWS Marketplace on the loopback: who signed which call, and what STS answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from tests.integration.adapters.loopback import QuietHandler, serving

_KEY = re.compile(r"Credential=([^/]+)/")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StsError:
    """What STS answers instead of credentials."""

    code: str
    status: int
    cut_bytes: int = 0


@dataclass(slots=True)
class RoleServer:
    """Hands out the keys ASIA1, ASIA2, …; `calls` are the operations and the keys they came with.

    Of `error` each AssumeRole gets the same; `lifetime` is what credentials are good for.
    """

    url: str
    error: StsError | None = None
    lifetime: timedelta = _HOUR
    asked: list[dict[str, str]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def assume(self, request: dict[str, str]) -> tuple[int, str]:
        self.asked.append(request)
        if self.error is not None:
            error = f"<Code>{self.error.code}</Code><Message>User: arn:me is not</Message>"
            return self.error.status, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        until = (datetime.now(UTC) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        return 200, (
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>ASIA{len(self.asked)}</AccessKeyId>"
            "<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
            f"<Expiration>{until}</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )


@contextmanager
def role_server() -> Iterator[RoleServer]:
    """Serve while the block lasts."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            cut_bytes = 0
            if body.startswith("Action=AssumeRole"):
                status, answer = found.assume(dict(parse_qsl(body)))
                cut_bytes = found.error.cut_bytes if found.error else 0
            else:
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                signed = _KEY.search(self.headers["Authorization"])
                found.calls.append((operation, signed[1] if signed else ""))
                status, answer = 200, json.dumps({"agreementViewSummaries": []})
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer) + cut_bytes))
            self.end_headers()
            self.wfile.write(answer.encode())

    with serving(Handler) as url:
        found = RoleServer(url)
        yield found
