"""What happened: the log of calls."""

import json

from loopback_console.forms import Form
from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.fault_words import FAULT_WORDS
from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.views.calls import view_calls
from marketplace_sandbox.console.visits import reading
from marketplace_sandbox.core.answer_request import to_jsonable
from marketplace_sandbox.core.calls.cloudtrail import write_log_file
from marketplace_sandbox.core.model.calls import CallFilter
from marketplace_sandbox.core.model.faults import FaultKind
from marketplace_sandbox.core.model.operation import Operation


class CallPages(Pages):
    """The pages under `/calls`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/calls", self.show_calls),
            reading("/calls/cloudtrail.json", self.download_cloudtrail),
        ]

    def show_calls(self, visit: Visit) -> Response:
        """Show the calls that a filter lets through."""
        calls = self._desks.calls.calls(read_filter(visit.query))
        return self._layout.page(
            "calls.html",
            visit,
            section="calls",
            view=view_calls(calls),
            filter=visit.query,
            operations=[("", "any"), *((one.value, one.value) for one in Operation)],
            faults=[("", "any or none"), *((kind.value, FAULT_WORDS[kind]) for kind in FaultKind)],
            fault_words=FAULT_WORDS,
        )

    def download_cloudtrail(self, visit: Visit) -> Response:
        """Hand out the calls as a CloudTrail log file (`trail.logged`)."""
        events = self._desks.calls.cloudtrail(read_filter(visit.query))
        return hand_out_json(write_log_file(events), "cloudtrail.json")


def read_filter(query: Form) -> CallFilter:
    """Read which calls are asked for; what is empty lets everything through."""
    return CallFilter(
        operation=query.text("operation"),
        outcome=query.text("outcome"),
        account=query.text("account"),
        region=query.text("region"),
        product_code=query.text("product_code"),
        license_arn=query.text("license_arn"),
        dimension=query.text("dimension"),
        fault=query.text("fault"),
    )


def hand_out_json(document: object, name: str) -> Response:
    """Answer with a document to save; never fails on a character that UTF-8 cannot hold."""
    body = json.dumps(document, default=to_jsonable, indent=1).encode("ascii")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type="application/json")
