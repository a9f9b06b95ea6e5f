"""The command: report.html and figures/ of a run directory."""

import argparse
import errno
import os
import sys

from . import figure, page
from .run import Run
from .sections import sections

OK, RUN_DIRECTORY, DISK, INCOMPLETE = 0, 4, 7, 10  # exit statuses, those of the program (scanner/base/exits.h)


def _refuse_link(path):
    """A directory of somebody else's: a link in the place of what is written may lead to any file of ours."""
    if os.path.islink(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _write(path, text):
    """Beside, then renamed over: a reader finds the page of before or the new one, whole."""
    beside = path + ".new"
    _refuse_link(beside)
    with open(beside, "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(beside, path)


def _report(run, path):
    figures = os.path.join(run.directory, "figures")
    _refuse_link(figures)
    os.makedirs(figures, exist_ok=True)
    for name in os.listdir(figures):
        _refuse_link(os.path.join(figures, name))
    found = sections(run)
    reservations = run.reservations
    for plot in (plot for section in found for plot in section.plots if plot.draw):
        plot.drawn(figure.WIDE).save(os.path.join(figures, plot.name), reservations)
    _write(path, page.page(run, found))


def main(arguments, datasets):
    """The exit status; where it is a trouble, one line on standard error."""
    parser = argparse.ArgumentParser(prog="report", description="The report of a run: report.html, and figures/ as SVG and PDF.")
    parser.add_argument("directory", metavar="RUN_DIRECTORY")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not tell where it is")
    options = parser.parse_args(arguments)
    path = os.path.join(options.directory, "report.html")
    try:
        run = Run(options.directory, datasets)
        _report(run, path)
    except ValueError as e:
        print(f"report: {e}", file=sys.stderr)
        return RUN_DIRECTORY
    except KeyError as e:
        print(f"report: {options.directory}: a CSV file lacks the column {e}: mxcensus stats makes them anew", file=sys.stderr)
        return RUN_DIRECTORY
    except OSError as e:
        print(f"report: {e.filename or options.directory}: {e.strerror}", file=sys.stderr)
        return DISK
    if not options.quiet:
        print(f"The report is {path}")
    return OK if run.finished and not run.reservations else INCOMPLETE
