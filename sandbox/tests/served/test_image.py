"""What the Dockerfile starts and asks, run here without a container."""

import json
import re
import subprocess
import sys

import httpx

from marketplace_sandbox.cli.addresses import PORT_DEFAULT
from tests.served.serving import serving
from tests.typed_pages import CHECKOUT, DISTRIBUTION

DOCKERFILE = (DISTRIBUTION / "Dockerfile").read_text()


def words_of(instruction: str) -> list[str]:
    """Return the words of the only such instruction, as Docker takes them."""
    (found,) = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(found)
    return words


def ask_health(url: str) -> int:
    """Ask as the image's health check does, at another port."""
    _, *arguments = words_of(r" +CMD")
    port = url.rpartition(":")[2]
    asked = [word.replace(f":{PORT_DEFAULT}/", f":{port}/") for word in arguments]
    command = [sys.executable, *asked]
    return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode


def test_what_the_image_starts_is_healthy_and_known_as_sandbox() -> None:
    program, serve, *options = words_of("ENTRYPOINT") + words_of("CMD")

    with serving(*options) as (_, url):
        local = f"http://127.0.0.1:{url.rpartition(':')[2]}/_sandbox/health"
        known, strange = (
            httpx.get(local, headers={"host": host}).status_code for host in ("sandbox", "stranger")
        )
        health = ask_health(url)

    assert [program, serve] == ["sandbox", "serve"]
    assert (known, strange) == (200, 403)
    assert health == 0
    assert ask_health(url) != 0, "nobody listens any more"


def test_the_port_that_the_image_names_is_the_one_of_the_command() -> None:
    assert f"EXPOSE {PORT_DEFAULT}\n" in DOCKERFILE
    assert f":{PORT_DEFAULT}/_sandbox/health" in DOCKERFILE


def test_the_image_is_built_by_the_uv_of_this_repository() -> None:
    tag = re.search(r"^FROM ghcr\.io/astral-sh/uv:(\S+) AS uv$", DOCKERFILE, re.MULTILINE)

    assert tag is not None
    assert f"uv_version={tag[1]} " in (CHECKOUT / "toolchain" / "bootstrap.sh").read_text()
