"""The seller's API over the fakes: requests as API Gateway hands them on, and their answers."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from meterhouse.use_cases.accounting.read_allowances import ReadAllowances
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from meterhouse.use_cases.subscriptions.read_subscriptions import ReadHistory
from meterhouse.use_cases.subscriptions.redeem_registration import RedeemRegistration
from meterhouse.use_cases.subscriptions.say_stopped import SayStopped
from meterhouse.web.api_allowances import AllowanceRoutes
from meterhouse.web.api_sign_up import SignUpRoutes
from meterhouse.web.api_subscriptions import SubscriptionRoutes
from meterhouse.web.api_usage_reports import UsageReportRoutes
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, Route, SellerApi
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.fakes.states import InMemoryStates
from tests.fakes.tenants import InMemoryTenants

ONE = "/subscriptions/{subscription}"


@dataclass(frozen=True, slots=True)
class Backend:
    """A system of the seller's; `started` has the subscriptions for which a run was started."""

    house: Meterhouse
    started: list[str]

    def routes(self) -> dict[str, Route]:
        house = self.house
        states = InMemoryStates(house.subscriptions)
        stop = SayStopped(house.keeper(), self.started.extend, house.report)
        history = ReadHistory(house.subscriptions)
        tenants = InMemoryTenants(house.subscriptions)
        linking = LinkTenants(tenants, tenants, house.subscriptions, house.keeper(), house.clock)
        subscriptions = SubscriptionRoutes(states, history, stop, linking, house.clock)
        usage = UsageReportRoutes(states, lambda: ReadUsage(house.ledger, 1), house.clock)
        allowances = AllowanceRoutes(states, self._read_allowances, house.clock)
        sign_up = SignUpRoutes(
            RedeemRegistration(house.subscriptions, states, house.clock, house.report)
        )
        return {
            "GET /subscriptions": subscriptions.find,
            f"GET {ONE}": subscriptions.show,
            f"GET {ONE}/history": subscriptions.history,
            f"GET {ONE}/allowances": allowances.show,
            f"GET {ONE}/usage": usage.report,
            "POST /registrations/redeem": sign_up.redeem,
            f"POST {ONE}/stopped": subscriptions.stopped,
        }

    def _read_allowances(self) -> ReadAllowances:
        assert isinstance(self.house.ledger, InMemoryLedger)
        return ReadAllowances(self.house.ledger, self.house.policy.included)

    def call(self, request: ApiRequest) -> ApiAnswer:
        return SellerApi(self.routes(), self.house.report)(request)

    def ask(self, route: str, key: str = "", **query: str) -> ApiAnswer:
        """Send a GET to a route; `key` is the subscription in its path."""
        return self.call(self.request(f"GET {route}", key, query=query))

    def say(self, route: str, key: str = "", request_id: str = "r1", **said: Any) -> ApiAnswer:
        """Send a POST to a route, with an object unless there is nothing to say."""
        body = json.dumps(said).encode() if said else b""
        return self.call(self.request(f"POST {route}", key, body=body, request_id=request_id))

    def request(self, route: str, key: str = "", **more: Any) -> ApiRequest:
        method, _, path = route.partition(" ")
        path = path.replace("{subscription}", quote(key, safe="", errors="replace"))
        places = {"subscription": key} if key else {}
        return ApiRequest(
            **{"route": route, "method": method, "path": path, "request_id": "r1"}
            | {"places": places, "headers": {"content-type": "application/json"}}
            | more
        )


def body_of(answer: ApiAnswer) -> dict[str, Any]:
    """Return the document of an answer as its reader gets it."""
    read: dict[str, Any] = json.loads(json.dumps(answer.document))
    return read


def refusal(answer: ApiAnswer) -> tuple[int, str]:
    """Return status and code of an error in the one form that there is."""
    error = body_of(answer)["error"]
    assert (
        {"code", "message", "request_id"}
        <= error.keys()
        <= {*("code", "message", "request_id", "details")}
    )
    assert error["message"]
    return answer.status_code, error["code"]
