"""Figures: drawn with matplotlib, kept as SVG and PDF for a paper, and as SVG that lives inside a page."""

import io
import re
import warnings
from xml.etree import ElementTree

import matplotlib
from matplotlib import figure
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.transforms import Bbox

from . import palette

WIDE, NARROW = 6.9, 3.75  # inches: a column of text, a telephone
SIZE = 9  # of the font
NOTE = 16  # points of height of a line below a figure

STYLE = {
    "svg.fonttype": "none",  # text stays text: to be read aloud, searched and copied
    "svg.hashsalt": "mxcensus",  # the same run gives the same bytes
    "pdf.fonttype": 42,
    "text.parse_math": False,  # a stranger's "$" is a dollar
    "font.family": "sans-serif",
    "font.size": SIZE,
    "text.color": palette.LIGHT["ink"],
    "axes.edgecolor": palette.LIGHT["rule"],
    "axes.labelcolor": palette.LIGHT["quiet"],
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": palette.LIGHT["quiet"],
    "ytick.color": palette.LIGHT["quiet"],
    "grid.color": palette.LIGHT["rule"],
    "grid.linewidth": 0.6,
    "errorbar.capsize": 2.5,
}
matplotlib.rcParams.update(STYLE)
warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has more fonts than are looked at here


def new(width, height):
    """A figure, so many inches wide and points high."""
    return figure.Figure(figsize=(width, height / 72))


def place(drawn, x, y):
    """Points from the left and the bottom, as matplotlib has them."""
    return x / 72 / drawn.get_figwidth(), y / 72 / drawn.get_figheight()


def axes(drawn, x, y, width, height):
    """Axes in a rectangle of points."""
    return drawn.add_axes((*place(drawn, x, y), *place(drawn, width, height)))


def _attribute(name, key, value):
    """An attribute of the SVG, as it is inside a page."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return value.replace("#", f"#{name}-", 1)
    value = value.replace("url(#", f"url(#{name}-")
    value = re.sub(r"font: ([^;]*?)([\d.]+)px [^;]*", lambda m: f"font-size: {m[2]}px" + (
        "; font-weight: 600" if m[1] else ""), value)
    for colour, drawn in palette.LIGHT.items():
        value = value.replace(drawn, f"var(--{colour})")
    return value


class Drawing:
    """A finished figure. Without a date: the same run gives the same bytes."""

    def __init__(self, drawn):
        self._drawn = drawn
        out = io.StringIO()
        FigureCanvasSVG(drawn).print_svg(out, metadata={"Date": None})
        self._svg = out.getvalue()

    def save(self, stem, note=None):
        """As stem.svg and stem.pdf, which go where no page is around them: with a line below that says what is to be said."""
        if note is None:
            with open(stem + ".svg", "w", encoding="utf-8") as f:
                f.write(self._svg)
            FigureCanvasPdf(self._drawn).print_pdf(stem + ".pdf", metadata={"CreationDate": None})
            return
        line = self._drawn.text(*place(self._drawn, 2, 5 - NOTE), note, fontsize=SIZE, color=palette.LIGHT["red"])
        box = Bbox([[0, -NOTE / 72], self._drawn.get_size_inches()])
        for kind, date in (("svg", "Date"), ("pdf", "CreationDate")):
            self._drawn.savefig(f"{stem}.{kind}", bbox_inches=box, metadata={date: None})
        line.remove()

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
