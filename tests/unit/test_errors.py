"""Every error that Meterhouse raises on purpose stands in one file, and in the tree it draws."""

import ast
import re

from meterhouse import errors
from meterhouse.errors import MeterhouseError
from tests.unit.repository import PACKAGE_PREFIX, modules, nodes

_BRANCH = re.compile(r"^([│├└─ ]*)(\w+Error)", re.MULTILINE)
_INDENT = 4


def drawn() -> set[tuple[str, str]]:
    """Return each error of the drawing with the one that it hangs below."""
    pairs, path = set(), [""]
    for indent, name in _BRANCH.findall(errors.__doc__ or ""):
        depth = len(indent) // _INDENT
        path[depth + 1 :] = [name]
        pairs.add((path[depth], name))
    return pairs


def grown(error: type[MeterhouseError] = MeterhouseError, above: str = "") -> set[tuple[str, str]]:
    below = [grown(one, error.__name__) for one in error.__subclasses__()]
    return {(above, error.__name__)}.union(*below)


def test_the_tree_is_drawn_as_it_grows() -> None:
    assert drawn() == grown()


def test_no_error_stands_outside_the_tree() -> None:
    defined = {
        (name, node.name)
        for name, tree in modules().items()
        if name.startswith(PACKAGE_PREFIX) and not name.endswith("/errors.py")
        for node in nodes(tree)
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"(Error|Exception)$", ast.unparse(base)) for base in node.bases)
    }

    assert defined == set()
