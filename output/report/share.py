"""A share as the CSV files have it: counts, the share, and the bounds that the unknown leave open."""

import math


def number(cell):
    """The number of a cell; None where there is none."""
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def counted(cell):
    """The count that a cell holds; 0 where there is none."""
    return int(number(cell) or 0)


def grouped(cell):
    """ "1234567" as "1,234,567"; text that is no whole number stays as it is."""
    try:
        return f"{int(cell):,}"
    except (TypeError, ValueError):
        return cell


def digits(denominator):
    """How many digits behind the point of a percentage so many domains can bear."""
    return max(0, min(3, len(str(int(denominator))) - 2))


def written_digits(cell):
    """How many digits behind the point of a percentage the cell itself has."""
    return max(0, len(cell.partition(".")[2]) - 2)


def percent(value, denominator, cell=""):
    """A share from 0 to 1 in percent, with the digits that its denominator bears; without one, those of its cell."""
    if value is None:
        return "–"
    return f"{100 * value:.{written_digits(cell) if denominator is None else digits(denominator)}f}%"


class Share:
    """One row's share; all members are None (the counts: 0) where the row has none."""

    def __init__(self, row):
        self.numerator = int(number(row.get("numerator")) or 0)
        self.denominator = int(number(row.get("denominator")) or 0)
        self.unknown = int(number(row.get("unknown")) or 0)
        self.population_unknown = int(number(row.get("population_unknown")) or 0)
        self.value = number(row.get("share"))
        self.low = number(row.get("low"))
        self.high = number(row.get("high"))

    def __str__(self):
        return percent(self.value, self.denominator)

    def open(self):
        """Do the unknown leave more open than the digits show?"""
        return None not in (self.low, self.high) and self.text(self.low) != self.text(self.high)

    def text(self, value):
        return percent(value, self.denominator)

    def range(self):
        return f"{self.text(self.low)} to {self.text(self.high)}"


class Count(Share):
    """So many of a base, shown as both; perhaps more, up to high."""

    def __init__(self, count, base, high=None):
        def of(n):
            return None if n is None or not base else n / base
        super().__init__({"numerator": count, "denominator": base, "share": of(count), "low": of(count), "high": of(high)})

    def __str__(self):
        whole = self.denominator > 0 and {0: "0%", self.denominator: "100%"}.get(self.numerator)  # no digits of what is exact
        return f"{self.numerator:,} ({whole or self.text(self.value)})"
