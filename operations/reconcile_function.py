"""The function `reconcile_usage`, as an operator starts it with a command."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from operations.errors import OperationError
from operations.remedies import told_plainly
from operations.showing import waiting

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class ReconcileFunction:
    """Runs it and waits for its answer, up to five minutes."""

    kind: ClassVar = "ReconcileFunction"

    def __init__(self, client: "LambdaClient", name: str) -> None:
        self.name = name
        self._client = client

    def command(self, command: Mapping[str, object]) -> dict[str, Any]:
        """Return what it answers; raises OperationError when it failed or cannot be started."""
        with (
            told_plainly(f"function {self.name} cannot be called: "),
            waiting(f"Function {self.name} is at work"),
        ):
            called = self._client.invoke(
                FunctionName=self.name, Payload=json.dumps(command).encode()
            )
            answer: dict[str, Any] = json.loads(called["Payload"].read())
        if called.get("FunctionError"):
            failure = f"{answer.get('errorType')}: {answer.get('errorMessage')}"
            raise OperationError(f"function {self.name} failed: {failure}")
        return answer
