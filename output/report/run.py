"""A run directory, as far as the report reads it."""

import json
import os

from . import rows


class Run:
    """run.json and the CSV files. ValueError: the directory is not that of a run."""

    def __init__(self, directory, datasets):
        self.directory = directory
        self.datasets = datasets
        self._tables = {}
        self.file = self._run_file()
        self.name = str(self.file.get("run") or os.path.basename(os.path.abspath(directory)))
        self.list = self.file.get("list") or {}
        self.settings = self.file.get("settings") or {}
        self.counts = self.file.get("counts") or {}

    def _run_file(self):
        path = os.path.join(self.directory, "run.json")
        try:
            with open(path, encoding="utf-8") as f:
                content = json.load(f)
        except (OSError, ValueError) as e:
            raise ValueError(f"{path}: {getattr(e, 'strerror', None) or e}") from e
        if not isinstance(content, dict) or content.get("v") != 1:
            raise ValueError(f"{path}: not that of a run of version 1")
        return content

    @property
    def finished(self):
        return self.file.get("finished")

    def _said(self, column):
        """What stats says in every row of its files, by the tables that were asked for; None: nothing."""
        tables = (table for table in self._tables.values() if table is not None and table.having(column))
        return next((row[column] for table in tables for row in table), None)

    @property
    def incomplete(self):
        """What the run lacks: "records lost: 9 of 10 domains"; None: nothing."""
        return self._said("incomplete")

    @property
    def max_skew(self):
        """As text, the seconds from a domain beyond which stats counted as unknown what was seen; None: it had no such limit."""
        return self._said("max_skew")

    @property
    def reservations(self):
        """What a reader of a figure alone must know, in a line; None: nothing."""
        skew = self.max_skew and f"unknown: what was seen more than {self.max_skew} s from its domain"
        return "; ".join(said for said in (self.incomplete, skew) if said) or None

    def table(self, name):
        """The rows of RUN/name; None where the run has no such file."""
        if name not in self._tables:
            self._tables[name] = rows.read(os.path.join(self.directory, name), name)
        return self._tables[name]

    def reference(self):
        """What others have published; it comes with the program, not with the run."""
        return rows.read(os.path.join(self.datasets, "reference.csv"), "datasets/reference.csv")
