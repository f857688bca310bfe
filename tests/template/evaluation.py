"""What CloudFormation makes of a value of a template, for chosen parameters."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_VARIABLE = re.compile(r"\$\{([\w.:]+)\}")
# Of arguments whose own functions have been carried out.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Fn::Equals": operator.eq,
    "Fn::Not": operator.not_,
    "Fn::And": lambda *conditions: all(conditions),
    "Fn::Or": lambda *conditions: any(conditions),
    "Fn::Select": lambda index, items: items[index],
    "Fn::Split": lambda separator, text: text.split(separator),
    "Fn::Join": lambda separator, items: separator.join(items),
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Carries out the functions in values; what only a deployment knows stays as it is."""

    parameters: Mapping[str, str]
    conditions: Mapping[str, Any]

    def of(self, value: Any) -> Any:
        """Return a value with its functions carried out."""
        match value:
            case {"Fn::If": [str(name), chosen, otherwise]}:
                return self.of(chosen if self.holds(name) else otherwise)
            case {"Fn::Sub": [str(text), dict(variables)]}:
                return _filled(text, {**self.parameters, **self.of(variables)})
            case {"Fn::Sub": str(text)}:
                return _filled(text, self.parameters)
            case dict():
                return self._of_mapping(value)
            case list():
                return [self.of(member) for member in value]
            case _:
                return value

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds, which a resource or another one names."""
        return bool(self.of(self.conditions[condition]))

    def _of_mapping(self, value: dict[str, Any]) -> Any:
        if "Ref" in value:
            return self.parameters.get(value["Ref"], value)
        if {*value} == {"Condition"} and value["Condition"] in self.conditions:
            return self.holds(value["Condition"])
        evaluated = {key: self.of(member) for key, member in value.items()}
        if len(evaluated) != 1:
            return evaluated
        ((name, arguments),) = evaluated.items()
        return _FUNCTIONS[name](*arguments) if name in _FUNCTIONS else evaluated


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)
