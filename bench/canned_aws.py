"""AWS on the loopback with one answer for each operation: at once, and the same for everybody."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import botocore.httpsession

from bench.own_certificate import serving_context

LICENSE_ARN = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"
# An account without any usage, to which everything can be written.
ANSWERS: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
    "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
    "ResolveCustomer": {
        "ProductCode": "3cxm4ss7bq0p1v9d2ak6t8ynz",
        "CustomerAWSAccountId": "123456789012",
        "LicenseArn": LICENSE_ARN,
    },
    "SearchAgreements": {
        "agreementViewSummaries": [
            {
                "agreementId": "agmt-1a2b3c4d5e6f7g8h9i0jklmno",
                "acceptor": {"accountId": "123456789012"},
                "proposalSummary": {
                    "resources": [{"id": "prod-atlas00000001", "type": "SaaSProduct"}]
                },
                "status": "ACTIVE",
                "startTime": 1_795_300_000,
                "lastUpdateTime": 1_795_300_061,
                "initialAgreementId": "agmt-1a2b3c4d5e6f7g8h9i0jklmno",
                "entitlements": [{"licenseArn": LICENSE_ARN}],
            }
        ]
    },
    "GetAgreementEntitlements": {
        "agreementEntitlements": [
            {
                "status": "PROVISIONED",
                "statusReasonCode": "AGREEMENT_ACTIVE",
                "licenseArn": LICENSE_ARN,
            }
        ]
    },
}


class CannedAws(ThreadingHTTPServer):
    """The server, and the operations that it was asked for.

    `authorities` is a file of those that botocore trusts and of this server's own: reading it takes
    a client as long as reading botocore's.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        context, own = serving_context(folder)
        # The handshake is the business of the thread that answers.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        trusted = Path(botocore.httpsession.DEFAULT_CA_BUNDLE)
        self.authorities = folder / "authorities.pem"
        self.authorities.write_bytes(trusted.read_bytes() + own.read_bytes())
        self.operations: list[str] = []
        self.facts: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer in two parts would wait for the client to confirm the first.
    disable_nagle_algorithm = True
    server: CannedAws

    def do_POST(self) -> None:
        """Answer a call of one of AWS's JSON protocols."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.server.operations.append(operation)
        body = json.dumps(self._answer(operation, asked)).encode()
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer as an account without usage does, which knows the facts that it was told."""
        item = asked.get("Item", {})
        if operation == "PutItem" and item.get("sk", {}).get("S", "").startswith("fact#"):
            self.server.facts.append(item)
        partition = asked.get("ExpressionAttributeValues", {}).get(":pk")
        told = [
            one for one in self.server.facts if partition is not None and one["pk"] == partition
        ]
        if operation == "Query" and told:
            return {"Items": told[:1], "Count": 1, "ScannedCount": 1}
        return ANSWERS.get(operation, {})

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def canned_aws() -> Iterator[CannedAws]:
    """Serve while the block lasts."""
    with tempfile.TemporaryDirectory() as folder, CannedAws(Path(folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
