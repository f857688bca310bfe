"""The registration page over HTTP on the loopback, as the function answers it, for a browser."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from meterhouse.web.registration import RegistrationWeb, WebAnswer
from tests.integration.adapters.loopback import QuietHandler, serving

_AWS_FORM = """<title>AWS</title><form method="post" action="{url}">
<input type="hidden" name="x-amzn-marketplace-token" value="token">
<button>Set up your account</button></form>"""


@dataclass(slots=True)
class ServedPage:
    """Where the page is and what browsers asked for; `shown` stands in for whatever it answers."""

    web: RegistrationWeb
    url: str = ""
    requests: list[str] = field(default_factory=list)
    shown: WebAnswer | None = None

    def answer(self, method: str, target: str, body: str, cookies: str) -> WebAnswer:
        """Answer as the handler does, and hand out a page that is AWS's."""
        self.requests.append(f"{method} {target}")
        parts = urlsplit(target)
        if parts.path == "/elsewhere":
            form = _AWS_FORM.format(url=self.url)
            return WebAnswer(200, form, {"Content-Type": "text/html"})
        if parts.path != "/register":
            return WebAnswer(404, "")
        if self.shown is not None:
            return self.shown
        if method == "POST":
            return self.web.submit(body, is_base64=False)
        return self.web.show(parts.query, [one.strip() for one in cookies.split(";")])


@contextlib.contextmanager
def serving_page(web: RegistrationWeb) -> Iterator[ServedPage]:
    """Serve a registration page until the block ends."""
    page = ServedPage(web)

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            cookies = self.headers.get("Cookie") or ""
            answer = page.answer(self.command, self.path, body, cookies)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body.encode())

        do_POST = do_GET  # noqa: N815 - as above

    with serving(Handler) as url:
        page.url = f"{url}/register"
        yield page
