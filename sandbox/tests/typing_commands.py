"""The `sandbox` command as a person types it, and a page that buyers land on."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

from typer.testing import CliRunner, Result

from marketplace_sandbox.cli.app import app

NOWHERE = "http://127.0.0.1:9"


class Terminal:
    """Types commands, and reads what they print."""

    def __init__(self, url: str) -> None:
        self._runner = CliRunner(env={"SANDBOX_URL": url, "NO_COLOR": "1"})

    def type(self, *words: str) -> Result:
        return self._runner.invoke(app, words)

    def read(self, *words: str) -> str:
        result = self.type(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def read_json(self, *words: str) -> Any:
        return json.loads(self.read(*words, "--json"))


@contextmanager
def registration_page(status: int = 303) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Serve a seller's page that keeps the forms which browsers post to it."""
    forms: list[dict[str, list[str]]] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            forms.append(parse_qs(body.decode("ascii")))
            self.send_response(status)
            self.send_header("location", "/welcome")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/register", forms
        finally:
            server.shutdown()
            thread.join()
