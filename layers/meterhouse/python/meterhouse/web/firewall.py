"""Whether a request to the page came through the firewall of template-firewall.yaml.

AWS WAF protects no HTTP API, but CloudFront in front of one, and whoever knows the API's own
address walks past it. So CloudFront adds a secret to what it hands on, in the place of whatever a
visitor wrote there: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
"""

from collections.abc import Mapping
from hmac import compare_digest

from meterhouse.domain.subscriptions.registration import sha256_hex

# The stack knows the secret's digest alone: who may read its settings cannot walk past.
DIGESTS_VARIABLE = "firewall_digests"
SECRET_HEADER = "x-firewall-secret"  # noqa: S105 - the name of a header


def came_through(stage: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Tell whether a request has a secret whose digest the API's stage names, if it names any.

    Two may be named, so that the secret can be changed while buyers come.
    """
    if DIGESTS_VARIABLE not in stage:
        return True
    digest = sha256_hex(headers.get(SECRET_HEADER, ""))
    return any(compare_digest(digest, one) for one in stage[DIGESTS_VARIABLE].split(","))
