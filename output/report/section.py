"""A section of the report, and a figure in it: what to draw, and the rows that it is drawn from."""

from dataclasses import dataclass, field
from typing import Callable, Optional

from .rows import Rows
from .share import counted


@dataclass
class Plot:
    name: str  # of its files, and of its ids in the page
    caption: str  # one sentence: what is seen, of whom
    rows: Rows  # what is drawn, as its table
    draw: Optional[Callable] = None  # the Drawing of a width in inches; None: a table alone
    _drawn: dict = field(default_factory=dict)  # by width

    def drawn(self, width):
        """The Drawing of that width, made once."""
        if width not in self._drawn:
            self._drawn[width] = self.draw(width)
        return self._drawn[width]


@dataclass
class Section:
    name: str
    heading: str
    content: list = field(default_factory=list)  # paragraphs, as text or Markup
    plots: list = field(default_factory=list)
    missing: Optional[str] = None  # why there is nothing to show

    def lacks(self, file, how):
        """There is no such file in the run directory."""
        self.missing = f"There is no {file} in the run directory. {how}"
        return self


def left_out(rows, names, column):
    """A paragraph on those that are in no share, row by row by its name in the column; none where there are none, or where the
    file is of before they were counted."""
    told = [f"{names.get(row[column], row[column])}: {counted(row.get('unknown')):,}" for row in rows if counted(row.get("unknown")) > 0]
    return [f"Of so many domains it could not be found out, and they are in no share. {'; '.join(told)}."] if told else []
