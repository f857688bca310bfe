"""Starting the local stack: sandbox, emulator, deployment, routes, first invocations."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.stack import emulator
from local.stack.adaptations import adapt_to_emulator, adapt_to_sandbox_time
from local.stack.addresses import StackAddresses, write_addresses
from local.stack.agreement_events import have_events_sent
from local.stack.aws_clients import AwsAccess, AwsAccount
from local.stack.built_template import read_built_template
from local.stack.deployment import Deployment, deploy
from local.stack.errors import StackError
from local.stack.http_routes import create_routes
from local.stack.layout import BUILT_TEMPLATE, StackFiles
from local.stack.parameters import choose_parameters, write_overrides
from local.stack.ports import StackPorts, choose_ports, read_ports, write_ports
from local.stack.services import SANDBOX, start_emulator, start_sandbox
from local.stack.warm_up import warm_up


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What to start, and on which ports."""

    ports: StackPorts = field(default_factory=StackPorts)
    template: Path = BUILT_TEMPLATE
    parameters: Mapping[str, str] = field(default_factory=dict)


def start_stack(files: StackFiles, plan: StackPlan, say: Callable[[str], None]) -> StackAddresses:
    """Start everything and return when a message and a form POST would be served.

    Whoever calls this stops what was started when it raises.
    """
    emulator.find_executable()
    template = adapt_to_sandbox_time(adapt_to_emulator(read_built_template(plan.template)))
    parameters = choose_parameters(template.parameter_names(), plan.parameters)
    ports = choose_ports(plan.ports, read_ports(files.ports))
    _prepare_directory(files)
    sandbox_url = start_sandbox(files, port=ports.sandbox)
    say(f"the Marketplace sandbox listens on {sandbox_url}")
    emulator_url = start_emulator(files, port=ports.emulator, marketplace_url=sandbox_url)
    say(f"the AWS emulator listens on {emulator_url}")
    account = AwsAccount(
        emulator_url, emulator.REGION, emulator.ACCESS_KEY_ID, emulator.SECRET_ACCESS_KEY
    )
    with AwsAccess(account) as aws:
        deployment = deploy(aws, template, parameters)
        say(f"deployed {len(deployment.physical_ids)} resources of {plan.template}")
        addresses = _find_addresses(aws, deployment, sandbox_url)
        warm_up(aws, addresses)
    have_events_sent(sandbox_url, addresses.agreement_events_queue_url, account, parameters)
    say("the functions answered their first invocations")
    write_addresses(addresses, files.addresses)
    write_ports(ports, files.ports)
    write_overrides(plan.parameters, files.parameters)
    return addresses


def _prepare_directory(files: StackFiles) -> None:
    files.directory.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(files.temporary, ignore_errors=True)
    files.temporary.mkdir()
    for stale in (
        files.log_file(SANDBOX),
        files.log_file(emulator.NAME),
        files.functions_log,
        files.addresses,
    ):
        stale.unlink(missing_ok=True)


def _find_addresses(aws: AwsAccess, deployment: Deployment, sandbox_url: str) -> StackAddresses:
    api_id, routes = create_routes(aws, deployment)
    account = aws.account
    form_paths = [
        route.path for route in routes if route.method in {"POST", "ANY"} and not route.is_signed
    ]
    if len(form_paths) != 1:
        raise StackError(f"expected one route that takes a form POST, found {form_paths}")
    return StackAddresses(
        aws_endpoint_url=account.endpoint_url,
        aws_default_region=account.region,
        aws_access_key_id=account.access_key_id,
        aws_secret_access_key=account.secret_access_key,
        sandbox_url=sandbox_url,
        register_url=emulator.http_api_url(account.endpoint_url, api_id) + form_paths[0],
        api_url=emulator.http_api_url(account.endpoint_url, api_id) + "/$default",
        usage_queue_url=deployment.output("UsageQueueUrl"),
        usage_dlq_url=deployment.output("UsageDeadLetterQueueUrl"),
        rejected_usage_queue_url=deployment.output("RejectedUsageQueueUrl"),
        agreement_events_queue_url=deployment.output("AgreementEventsQueueUrl"),
        agreement_events_dlq_url=deployment.output("AgreementEventsDeadLetterQueueUrl"),
        unannounced_changes_queue_url=deployment.output("UnannouncedChangesQueueUrl"),
        event_bus=deployment.output("EventBusName"),
        subscriptions_table=deployment.output("SubscriptionsTableName"),
        usage_table=deployment.output("UsageTableName"),
        register_function=deployment.output("RegisterFunctionName"),
        track_function=deployment.output("TrackAgreementsFunctionName"),
        sweep_function=deployment.output("SweepFunctionName"),
        announce_function=deployment.output("AnnounceFunctionName"),
        api_function=deployment.output("ApiFunctionName"),
        drain_function=deployment.output("DrainFunctionName"),
        reconcile_function=deployment.output("ReconcileFunctionName"),
    )
