"""The page: report.html out of the sections of a run."""

import os

from . import figure, markup, palette, tables
from .markup import Markup, element

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
HERE = os.path.dirname(os.path.abspath(__file__))


def _style():
    with open(os.path.join(HERE, "style.css"), encoding="utf-8") as f:
        style = f.read()
    return Markup(f"<style>:root {{ {palette.variables(palette.LIGHT)} }}\n@media screen and (prefers-color-scheme: dark) "
                  f"{{ :root {{ {palette.variables(palette.DARK)} }} }}\n{style}</style>")


def _chart(plot):
    """The figure at both widths; the style sheet shows the one that fits."""
    widths = (("wide", figure.WIDE), ("narrow", figure.NARROW))
    return [element("div", Markup(plot.drawn(width).inline(f"{plot.name}-{name}", plot.caption)), class_=name)
            for name, width in widths]


def _plot(plot):
    parts = _chart(plot) if plot.draw else []
    parts.append(element("figcaption", plot.caption))
    file = plot.rows.file
    files = [markup.csv_link(plot.rows, f"{plot.name}.csv"), " from ",
             file if "/" in file else element("a", file, href=file)]  # what is elsewhere is not linked
    if plot.draw:
        svg, pdf = (element("a", kind.upper(), href=f"figures/{plot.name}.{kind}") for kind in ("svg", "pdf"))
        files += ["; the figure as ", svg, " and ", pdf]
    parts.append(element("details", element("summary", "Table and data"),
                         tables.table(plot.rows, plot.caption), element("p", *files, class_="files")))
    return element("figure", *parts, id=f"figure-{plot.name}")


def _section(section):
    content = [element("h2", section.heading, id=section.name)]
    content += [part if isinstance(part, Markup) else element("p", part) for part in section.content]
    content += [_plot(plot) for plot in section.plots]
    if section.missing:
        content.append(element("p", section.missing, class_="missing"))
    return element("section", markup.lines(*content), aria_labelledby=section.name)


def _top(run):
    parts = [element("h1", "Census ", markup.stranger(run.name))]
    when = f"finished {run.finished}" if run.finished else "not finished"
    parts.append(element("p", f"{run.list.get('accepted', 0):,} domains, {when}"
                         + (f", seen from {run.file['vantage']}" if run.file.get("vantage") else "") + ".",
                         class_="lead"))
    if not run.finished:
        recorded = run.counts.get("domains")
        parts.append(_warning("This run is not finished.", "Every figure below is of the "
                              + (f"{recorded:,} " if recorded else "") + "domains recorded so far, and will change."))
    elif run.incomplete:
        parts.append(_warning("This run lacks something.", f"Every figure below is of what could be read; {run.incomplete}."))
    if run.max_skew:
        parts.append(element("p", f"What was seen more than {run.max_skew} s from its domain is counted as unknown (--max-skew)."))
    return element("header", *parts)


def _warning(what, then):
    return element("p", element("strong", what), " " + then, class_="warning", role="alert")


def _contents(sections):
    items = (element("li", element("a", s.heading, href=f"#{s.name}")) for s in sections)
    return element("nav", element("ul", *items), aria_label="Sections")


def page(run, sections):
    """The whole file."""
    body = element("main", _top(run), _contents(sections), markup.lines(*(_section(s) for s in sections)))
    head = markup.lines(Markup('<meta charset="utf-8">'),
                        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
                        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
                        Markup('<meta name="color-scheme" content="light dark">'),
                        element("title", f"Census {run.name}"), _style())
    return Markup(f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n')
