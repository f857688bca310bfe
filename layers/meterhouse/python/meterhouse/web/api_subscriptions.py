"""Routes that read subscriptions."""

from dataclasses import dataclass
from urllib.parse import unquote

from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.identity import SubscriptionKey, read_name
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import ApiRefusedError, UnreadableError
from meterhouse.ports.subscriptions import SubscriptionStates
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, refuse_others

_NO_PARAMETERS = frozenset[str]()
# DynamoDB takes keys of 2,048 bytes, and no name of ours is nearly so long.
_NAME_LENGTH_MAX = 600


@dataclass(frozen=True, slots=True)
class SubscriptionRoutes:
    """What is known of subscriptions, as announcements tell it."""

    states: SubscriptionStates

    def show(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /subscriptions/{subscription}`."""
        refuse_others(request.query, _NO_PARAMETERS, "parameter")
        return ApiAnswer({"subscription": content(find_subscription(self.states, request))})


def find_subscription(states: SubscriptionStates, request: ApiRequest) -> State:
    """Return the state of the subscription in a request's path; under a former name, too.

    Raises ApiRefusedError if there is none that is told of: whatever its name looks like, the
    answer is the same.
    """
    key = read_place(request.places["subscription"])
    state = None if key is None else states.read(key)
    if state is not None and state.alias_of is not None:
        state = states.read(SubscriptionKey(state.alias_of))
    if state is None or content(state) is None:
        raise ApiRefusedError(
            404,
            "subscription_unknown",
            "There is no such subscription. Name it by its key as announcements have it, "
            "percent-encoded (license%23l-…), or by its license ARN.",
        )
    return state


def read_place(written: str) -> SubscriptionKey | None:
    """Read a subscription in a path; None if nobody is named like that."""
    # API Gateway decodes it, and other servers of the same events do not. Every key has a #.
    name = written if "#" in written else unquote(written)
    if len(name) > _NAME_LENGTH_MAX:
        return None
    try:
        return read_name(name)
    except UnreadableError:
        return None
