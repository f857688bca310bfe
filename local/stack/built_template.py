"""The template that `sam build` wrote, and the artefacts it points at."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.stack.errors import StackError

# Which property of a resource names the folder that `sam deploy` would upload.
_ARTEFACT_PROPERTIES: Mapping[str, str] = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
# Zip files cannot express an earlier moment; equal content gives an equal archive.
_ARCHIVE_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class BuiltTemplate:
    """A parsed template and the folder that its relative paths start from."""

    document: dict[str, Any]
    folder: Path

    def parameter_names(self) -> frozenset[str]:
        """List the parameters that the template declares."""
        return frozenset(self.document.get("Parameters", {}))

    def artefacts(self) -> dict[str, Path]:
        """Map each logical id to the built folder that it ships."""
        return {
            logical_id: self.folder / resource["Properties"][_ARTEFACT_PROPERTIES[resource["Type"]]]
            for logical_id, resource in self.document["Resources"].items()
            if resource["Type"] in _ARTEFACT_PROPERTIES
        }

    def with_artefacts_at(self, addresses: Mapping[str, str]) -> str:
        """Return the template as JSON whose artefacts lie at these addresses (`s3://…`)."""
        document: dict[str, Any] = json.loads(json.dumps(self.document))
        for logical_id, address in addresses.items():
            resource = document["Resources"][logical_id]
            resource["Properties"][_ARTEFACT_PROPERTIES[resource["Type"]]] = address
        return json.dumps(document, separators=(",", ":"))


class _TemplateLoader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms, such as `!Ref Name`."""


def _construct_short_form(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            scalar = loader.construct_scalar(node)
            return {name: str(scalar).split(".", 1) if suffix == "GetAtt" else scalar}
        case yaml.SequenceNode():
            return {name: loader.construct_sequence(node, deep=True)}
        case _:
            assert isinstance(node, yaml.MappingNode)
            return {name: loader.construct_mapping(node, deep=True)}


_TemplateLoader.add_multi_constructor("!", _construct_short_form)


def read_built_template(path: Path) -> BuiltTemplate:
    """Read a built template; a StackError says how to build when it is absent."""
    if not path.exists():
        raise StackError(f"the application is not built ({path} is absent): run `make build`")
    document = yaml.load(path.read_text(), _TemplateLoader)  # noqa: S506 - extends SafeLoader
    return BuiltTemplate(document=document, folder=path.parent)


def archive_folder(folder: Path) -> bytes:
    """Zip a built folder as it is: names in order, one moment, permissions kept.

    Not compressed: the archive travels over the loopback only, and every start of a function
    unpacks it again.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), _ARCHIVE_MOMENT)
            entry.external_attr = (file.stat().st_mode & 0xFFFF) << 16
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()
