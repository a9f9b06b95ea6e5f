"""Rows of a CSV file, and choices among them."""

import csv


class Rows:
    """The rows of one file, or some of them, in its order: each a dict by column; `columns` in the file's order."""

    def __init__(self, file, columns, rows):
        self.file = file
        self.columns = columns
        self.rows = rows

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def having(self, *names):
        """Does the file have all these columns?"""
        return all(name in self.columns for name in names)

    def chosen(self, test):
        return Rows(self.file, self.columns, [row for row in self.rows if test(row)])

    def where(self, **wanted):
        """Those whose cells equal these."""
        return self.chosen(lambda row: all(row.get(name) == value for name, value in wanted.items()))

    def among(self, name, values):
        """Those whose cell is one of the values, in the values' order."""
        place = {value: i for i, value in enumerate(values)}
        found = [row for row in self.rows if row.get(name) in place]
        return Rows(self.file, self.columns, sorted(found, key=lambda row: place[row[name]]))

    def first(self, n):
        return Rows(self.file, self.columns, self.rows[:n])

    def one(self, **wanted):
        """The first whose cells equal these, or None."""
        return next(iter(self.where(**wanted)), None)


def read(path, file):
    """The rows of a CSV file; None where there is none. ValueError: it cannot be read as one."""
    try:
        with open(path, newline="", encoding="utf-8", errors="replace") as f:
            reader = csv.DictReader(f, restkey=None, restval="")
            return Rows(file, list(reader.fieldnames or []), [dict(row) for row in reader])
    except FileNotFoundError:
        return None
    except (OSError, csv.Error) as e:
        raise ValueError(f"{path}: {e}") from e
