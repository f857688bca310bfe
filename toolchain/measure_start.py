"""Measure what byte code in the artefact saves at a cold start: `make measure-start`.

Imports the built drain function and makes its clients in fresh interpreters, alternating between
the artefact as it is and a copy without byte code, and prints the ratio of the medians.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
BUILT = Path(".aws-sam/build")
PARTS = ("DrainUsageFunction", "MeterhouseLayer/python", "DependenciesLayer/python")
START = """
import app
import boto3
for service in ("dynamodb", "sqs", "meteringmarketplace"):
    boto3.client(service, region_name="us-east-1")
"""


def start_seconds(built: Path) -> float:
    """Return how long one cold start takes with the artefact in `built`."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(built / part) for part in PARTS),
        "PYTHONDONTWRITEBYTECODE": "1",
        "POWERTOOLS_SERVICE_NAME": "measure",
    }
    began = time.perf_counter()
    subprocess.run([sys.executable, "-S", "-c", START], env=environment, check=True)  # noqa: S603
    return time.perf_counter() - began


def main() -> None:
    """Print both medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "build"
        shutil.copytree(BUILT, bare, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        pairs = [(start_seconds(BUILT.resolve()), start_seconds(bare)) for _ in range(ROUNDS)]
    with_code, without = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = without / with_code
    print(f"with byte code {with_code:.2f} s, without {without:.2f} s: {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
