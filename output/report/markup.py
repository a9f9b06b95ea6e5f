"""HTML: text of strangers is escaped here, and only Markup passes as it is."""

import base64
import csv
import html
import io


class Markup(str):
    """Text that is HTML already."""


def text(value):
    """A value as HTML: escaped unless it is Markup; what cannot be seen becomes a mark."""
    if isinstance(value, Markup):
        return value
    clean = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in str(value))
    return Markup(html.escape(clean))


def element(name, *content, **attributes):
    """An element; an attribute "class_" is a class, "data_file" is data-file, None is none."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
                      for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{written}>{''.join(text(c) for c in content)}</{name}>")


def lines(*content):
    return Markup("\n".join(text(c) for c in content))


def stranger(value):
    """Text of strangers inside a sentence: its direction stays its own."""
    return element("bdi", value)


def csv_link(rows, name):
    """A link that holds the rows as a CSV file in itself."""
    out = io.StringIO()
    writer = csv.DictWriter(out, rows.columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows.rows)
    data = base64.b64encode(out.getvalue().encode("utf-8", "replace")).decode()
    return element("a", "these rows as CSV", href=f"data:text/csv;base64,{data}", download=name)
