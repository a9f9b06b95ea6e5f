"""Figures: drawn once with matplotlib, kept as SVG and PDF for a paper, and as SVG that lives inside a page."""

import io
import re
import warnings
from xml.etree import ElementTree

import matplotlib

matplotlib.use("svg")
from matplotlib import figure  # noqa: E402  the backend is chosen first

from . import palette  # noqa: E402

WIDE, NARROW = 6.9, 3.75  # inches: a column of text, a telephone

STYLE = {
    "svg.fonttype": "none",  # text stays text: to be read aloud, searched and copied
    "svg.hashsalt": "mxcensus",  # the same run gives the same bytes
    "pdf.fonttype": 42,
    "text.parse_math": False,  # a stranger's "$" is a dollar
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": palette.LIGHT["ink"],
    "axes.edgecolor": palette.LIGHT["rule"],
    "axes.labelcolor": palette.LIGHT["quiet"],
    "axes.titlecolor": palette.LIGHT["ink"],
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": palette.LIGHT["quiet"],
    "ytick.color": palette.LIGHT["ink"],
    "grid.color": palette.LIGHT["rule"],
    "grid.linewidth": 0.6,
    "errorbar.capsize": 2.5,
}
matplotlib.rcParams.update(STYLE)
warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has more fonts than are looked at here


def new(width, height):
    return figure.Figure(figsize=(width, height), layout="constrained")


def _attribute(name, key, value):
    """An attribute of the SVG, as it is inside a page."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return value.replace("#", f"#{name}-", 1)
    value = value.replace("url(#", f"url(#{name}-")
    value = re.sub(r"font: ([\d.]+)px [^;]*", r"font-size: \1px", value)
    for colour, drawn in palette.LIGHT.items():
        value = value.replace(drawn, f"var(--{colour})")
    return value


class Drawing:
    """A finished figure."""

    def __init__(self, drawn):
        self._drawn = drawn
        out = io.BytesIO()
        self._save(out, "svg", Date=None)
        self._svg = out.getvalue()

    def _save(self, where, kind, **metadata):
        """Without a date: the same run gives the same bytes."""
        self._drawn.savefig(where, format=kind, metadata=metadata)

    def save(self, stem):
        """As stem.svg and stem.pdf."""
        with open(stem + ".svg", "wb") as f:
            f.write(self._svg)
        self._save(stem + ".pdf", "pdf", CreationDate=None)

    def inline(self, name, label):
        """As an element of a page: its colours are the page's, its ids are nobody else's, its name is the label."""
        svg = ElementTree.fromstring(self._svg)
        for parent in list(svg.iter()):
            for child in list(parent):
                if child.tag.endswith("}metadata"):
                    parent.remove(child)
        for element in svg.iter():
            element.tag = element.tag.rpartition("}")[2]
            element.attrib = {key.rpartition("}")[2]: _attribute(name, key.rpartition("}")[2], value)
                              for key, value in element.attrib.items()}
        svg.attrib = {"viewBox": svg.attrib["viewBox"], "role": "img", "aria-label": label}
        return ElementTree.tostring(svg, encoding="unicode")
