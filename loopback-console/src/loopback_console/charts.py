"""Charts as plain SVG: no script, no style and nothing from elsewhere, so a page can hold them."""

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pygal  # type: ignore[import-untyped]  # it ships no types
from markupsafe import Markup

from loopback_console.drawing import show_plainly, show_quantity

# Its finder is of a kind that Python knows no more, and pytest's own imports stumble over it.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

_WIDTH, _HEIGHT = 560, 170
_LABELS_MAX = 6  # along the axis: more would overlap
# What pygal adds for its own script and style sheet; the console's style sheet colours the bars.
_UNUSED_CLASSES = ("overlay", "tooltip", "titles")


def draw_bars(title: str, bars: Sequence[tuple[str, Decimal]]) -> Markup:
    """Draw one bar for each label; `title` says in words what the chart shows.

    Lengths of bars are floats, which only the eye sees; each bar's title says the exact number.
    """
    labels = [label for label, _ in bars]
    return _draw(pygal.Bar, title, labels, {"": [value for _, value in bars]})


def draw_stacks(
    title: str, labels: Sequence[str], parts: Mapping[str, Sequence[Decimal]]
) -> Markup:
    """Draw a bar for each label, of one part on the other; each part has a value for each label.

    The style sheet colours the parts, up to four of them, in their order; the page says which is
    which, and has the numbers for whoever tells no colours apart.
    """
    return _draw(pygal.StackedBar, title, labels, parts)


def _draw(
    kind: type[Any], title: str, labels: Sequence[str], parts: Mapping[str, Sequence[Decimal]]
) -> Markup:
    chart: Any = kind(
        width=_WIDTH,
        height=_HEIGHT,
        js=[],
        css=[],
        margin=8,
        show_legend=False,
        disable_xml_declaration=True,
        no_data_text="",
        min_scale=2,
        max_scale=4,
        x_labels_major_every=max(1, len(labels) // _LABELS_MAX),
        show_minor_x_labels=False,
        truncate_label=-1,
        value_formatter=lambda value: show_quantity(Decimal(str(value))),
    )
    chart.x_labels = [_plain(label) for label in labels]
    titles: list[str] = []
    for name, values in parts.items():
        chart.add("", [{"value": float(value)} for value in values])
        what = f" {_plain(name)}" if name else ""
        titles += [
            f"{_plain(label)}: {show_quantity(value)}{what}"
            for label, value in zip(labels, values, strict=True)
        ]
    root: ET.Element = chart.render_tree()
    _strip(root)
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", _plain(title))
    drawn = [one for one in root.iter() if one.get("class") == "bar"]
    for bar, text in zip(drawn, titles, strict=True):
        ET.SubElement(bar, "title").text = text
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - pygal's tree, escaped


def _strip(element: ET.Element) -> None:
    for child in list(element):
        classes = str(child.get("class", "")).split()
        is_unused = any(name in classes for name in _UNUSED_CLASSES)
        is_unused |= child.tag in {"title", "desc", "defs", "style", "script"}
        if is_unused or not isinstance(child.tag, str):  # a comment's tag is a function
            element.remove(child)
        else:
            child.attrib.pop("style", None)
            _strip(child)


def _plain(text: str) -> str:
    return str(show_plainly(text))
