"""What runs in buyers' accounts, and RegisterUsage's public keys, over the control API."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from marketplace_sandbox.control.answers import Document, created, refusals
from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.control.field_types import TEXT_LENGTH_MAX, Command, Text
from marketplace_sandbox.control.marketplace_in_use import Marketplace, OfProduct
from marketplace_sandbox.control.resource_documents import (
    PublicKeyDocument,
    PublicKeyListDocument,
    ResourceDocument,
    ResourceListDocument,
)
from marketplace_sandbox.core.model.callers import REGION_DEFAULT, Platform
from marketplace_sandbox.desks.resources import PublicKey

declare(PublicKeyDocument, PublicKey)
router = APIRouter(tags=["resources"])

ResourceId = Annotated[str, Path(description="The resource's id.", max_length=TEXT_LENGTH_MAX)]


class LaunchCommand(Command):
    """Start something in a buyer's account, subscribed or not."""

    product_code: Text
    account_id: Text
    platform: Platform
    region: Text = REGION_DEFAULT


@router.get(
    "/resources", response_model=ResourceListDocument, responses=refusals(HTTPStatus.NOT_FOUND)
)
def list_resources(chosen: OfProduct, marketplace: Marketplace) -> Document:
    """List what runs, or ran, in buyers' accounts."""
    return Document({"resources": chosen.among(marketplace.desks.resources.resources())})


@router.post(
    "/resources",
    response_model=ResourceDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def launch_resource(command: LaunchCommand, marketplace: Marketplace) -> Document:
    """Start an instance, a task, a pod or a session in a buyer's account."""
    resource = marketplace.desks.resources.launch(
        command.product_code, command.account_id, command.platform, command.region
    )
    return created(resource)


@router.get(
    "/resources/{resource_id}",
    response_model=ResourceDocument,
    responses=refusals(HTTPStatus.NOT_FOUND),
)
def show_resource(resource_id: ResourceId, marketplace: Marketplace) -> Document:
    """Show one."""
    return Document(marketplace.desks.resources.resource(resource_id))


@router.post(
    "/resources/{resource_id}/stop",
    response_model=ResourceDocument,
    responses=refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def stop_resource(resource_id: ResourceId, marketplace: Marketplace) -> Document:
    """End one: its keys expire."""
    return Document(marketplace.desks.resources.stop(resource_id))


@router.get("/public-keys", response_model=PublicKeyListDocument, responses=refusals())
def list_public_keys(marketplace: Marketplace) -> Document:
    """List the keys that check RegisterUsage's signatures."""
    return Document({"public_keys": marketplace.desks.resources.public_keys()})


@router.post(
    "/public-keys",
    response_model=PublicKeyDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.CONFLICT),
)
def rotate_public_key(marketplace: Marketplace) -> Document:
    """Make a new version the current one."""
    return created(marketplace.desks.resources.rotate_public_key())
