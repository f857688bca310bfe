"""Another operation of AWS is one row and one file: nothing else of the package is changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import marketplace_sandbox

PACKAGE = Path(marketplace_sandbox.__file__).parent
LAST_ROW = "\n\ndef about(operation: str)"
ROW = """
    GET_AGREEMENT_CANCELLATION_REQUEST = (
        "GetAgreementCancellationRequest",
        About("marketplace-agreement", "agreement-marketplace.amazonaws.com", meters=False),
    )
"""
FILE = """
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.operations.performer import Applied, Performer
from marketplace_sandbox.core.protocol.peeking import peek_text


def _perform(state, call, _):
    agreement = state.agreements.by_id[call.document["agreementId"]]
    return Applied({"agreementId": agreement.agreement_id, "status": agreement.status})


def _subjects(state, call):
    agreement = state.agreements.by_id.get(peek_text(call.document, "agreementId"))
    yield Subject() if agreement is None else Subject(product_code=agreement.product_code)


PERFORMER = Performer(_perform, _subjects)
"""
PROGRAM = """
import boto3
from botocore.exceptions import ClientError
from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside

marketplace = InProcessMarketplace()
product = marketplace.create_product(code="atlas")
sold = marketplace.create_agreement("atlas")
asked = {"agreementId": sold.agreement_id, "agreementCancellationRequestId": "acr-1"}
with serve_beside(marketplace) as url:
    client = boto3.client(
        "marketplace-agreement", "us-east-1", endpoint_url=url,
        aws_access_key_id="any", aws_secret_access_key="thing",
    )
    ask = client.get_agreement_cancellation_request
    print(ask(**asked)["status"])
    for code in ("atlas", "other"):
        marketplace.inject_fault(
            "throttle", operation="GetAgreementCancellationRequest", product_code=code
        )
    print(ask(**asked)["ResponseMetadata"]["RetryAttempts"])
print([(str(c.operation), c.service, c.outcome, c.product_code) for c in marketplace.calls()])
print(marketplace.desks.calls.cloudtrail()[0]["eventSource"])
"""


def test_it_is_performed_matched_by_faults_logged_and_told_to_cloudtrail(tmp_path: Path) -> None:
    copy = tmp_path / "marketplace_sandbox"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    table = copy / "core" / "model" / "operation.py"
    text = table.read_text("utf-8")
    assert text.count(LAST_ROW) == 1
    table.write_text(text.replace(LAST_ROW, ROW + LAST_ROW), "utf-8")
    (copy / "core" / "operations" / "get_agreement_cancellation_request.py").write_text(
        FILE, "utf-8"
    )

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    answered = "('GetAgreementCancellationRequest', 'marketplace-agreement', 'Success', 'atlas')"
    throttled = answered.replace("Success", "ThrottlingException")
    assert done.stdout.splitlines() == [
        "ACTIVE",
        "1",
        f"[{answered}, {throttled}, {answered}]",
        "agreement-marketplace.amazonaws.com",
    ]
