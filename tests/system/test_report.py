#!/usr/bin/python3
"""The report of a run, as its readers have it: drawn by the program from run directories written here, opened in a headless
Chromium, its tables held against the CSV files cell by cell."""

import glob
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402
import census  # noqa: E402
import runs  # noqa: E402

sys.path.insert(0, census.TOP)
from output.report.sections import timeline  # noqa: E402

DISK, INCOMPLETE, TOOL = 7, 10, 12
SCREENS = ((900, False), (900, True), (390, False))  # width, dark
ALIVE = "window.poisoned === undefined"

# Every table in the page: its file, its header and its rows, the exact values.
TABLES = """[...document.querySelectorAll('table')].map(t => ({file: t.dataset.file,
    columns: [...t.tHead.rows[0].cells].map(c => c.querySelector('data').value),
    rows: [...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.querySelector('data')?.value ?? c.textContent)),
    scopes: [...t.querySelectorAll('th')].every(h => h.scope), caption: !!t.caption?.textContent}))"""
# Every chart that is shown: its size, and whether all of it is inside its frame.
CHARTS = """[...document.querySelectorAll('figure svg')].filter(s => s.getClientRects().length).map(s => {
    const b = s.getBoundingClientRect();
    return {width: b.width, height: b.height, label: s.getAttribute('aria-label'), shapes: s.querySelectorAll('path').length,
        cut: [...s.querySelectorAll('text')].filter(t => { const r = t.getBoundingClientRect();
            return r.left < b.left - 1 || r.right > b.right + 1 || r.top < b.top - 1 || r.bottom > b.bottom + 1; })
            .map(t => t.textContent)}; })"""
IDS = "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.length - new Set(ids).size; })()"
LOOSE = """[...document.querySelectorAll('[href]')].map(a => a.getAttribute('href')).filter(h => h.startsWith('#') &&
    !document.getElementById(h.slice(1)))"""


def report(directory, *words, **more):
    return subprocess.run([census.PROGRAM, "report", *words, directory], text=True, capture_output=True, timeout=300, **more)


def rows_of(directory, name):
    with open(os.path.join(census.TOP if "/" in name else directory, name), newline="") as f:
        return list(csv.reader(f))


def is_part(rows, whole):
    """Are these rows among those of the file, none twice?"""
    left = [tuple(row) for row in whole]
    for row in rows:
        if tuple(row) not in left:
            return False
        left.remove(tuple(row))
    return True


def check_tables(count, page, directory):
    tables = page.evaluate(TABLES)
    count.check(len(tables) > 0, f"{directory}: there are tables")
    for table in tables:
        whole = rows_of(directory, table["file"])
        count.check(table["columns"] == whole[0], f"{table['file']}: its columns are those of the table")
        count.check(table["rows"] and is_part(table["rows"], whole[1:]), f"{table['file']}: the cells of the table are the file's")
        count.check(table["scopes"] and table["caption"], f"{table['file']}: the table has a caption, and its headers a scope")


def check_screen(count, page, directory, width, dark):
    name = f"{directory} at {width} px{', dark' if dark else ''}"
    page.show(width, dark)
    page.open(os.path.join(directory, "report.html"))
    charts = page.evaluate(CHARTS)
    count.check(len(charts) >= 3, f"{name}: there are charts: {len(charts)}")
    for chart in charts:
        count.check(chart["width"] > 200 and chart["height"] > 50 and chart["shapes"] > 2, f"{name}: a chart is drawn: {chart}")
        count.check(chart["label"] and not chart["cut"], f"{name}: a chart is named, and no text of it is cut: {chart}")
    count.check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: nothing wider than the window")
    count.check(page.complaints() == [], f"{name}: the console is silent: {page.complaints()}")
    asked = page.requests()
    count.check(len(asked) == 1, f"{name}: nothing is asked for but the page: {asked}")


def check_page(count, page, directory):
    for width, dark in SCREENS:
        check_screen(count, page, directory, width, dark)
    count.check(page.evaluate(IDS) == 0, f"{directory}: no id stands twice")
    count.check(page.evaluate(LOOSE) == [], f"{directory}: every link within the page leads somewhere")
    count.check(page.evaluate("document.scripts.length") == 0, f"{directory}: no script")
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    count.check(levels[0] == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"{directory}: headings in order")
    check_tables(count, page, directory)


def check_figures(count, directory):
    figures = os.path.join(directory, "figures")
    names = sorted(os.listdir(figures))
    stems = {os.path.splitext(name)[0] for name in names}
    count.check(len(stems) >= 3 and names == sorted(f"{s}.{k}" for s in stems for k in ("svg", "pdf")), f"{figures}: {names}")
    for name in (name for name in names if name.endswith(".pdf")):
        told = subprocess.run(["pdfinfo", os.path.join(figures, name)], text=True, capture_output=True)
        count.check("Pages:           1\n" in told.stdout, f"{name}: a PDF of one page: {told.stdout}{told.stderr}")


def check_print(count, page, directory, here):
    """On paper the tables are open, and the page is dark on light whatever the screen prefers."""
    page.show(900, dark=True)
    page.open(os.path.join(directory, "report.html"))
    page.show(900, dark=False, media="print")
    pdf = os.path.join(here, "print.pdf")
    page.paper(pdf)
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], text=True, capture_output=True).stdout
    count.check("In short" in text and "denominator" in text, "the print holds the report, and its tables open")


def check_block(count, page):
    """Hosts that hang up on one worker from an hour on: its line rises, and the scale with it; the outcomes are those that may pass."""
    texts = "[...document.querySelectorAll('#figure-timeline-{} .narrow svg text')].map(t => t.textContent)"
    shown = page.evaluate(texts.format("starttls"))
    count.check("40%" in shown and "two" in shown, f"the block is seen: {shown}")
    count.check("40%" not in page.evaluate(texts.format("dns")), "and none where there is none")
    with open(os.path.join(census.TOP, "scanner", "base", "outcome.h"), encoding="utf-8") as f:
        passing = set(re.findall(r'X\(\w+, "([a-z-]+)", 1,', f.read()))
    count.check(timeline.PASSING == passing, f"outcomes that may pass: {timeline.PASSING ^ passing}")


def check_unknown(count, page):
    """What could not be found out of a component is told beside its errors."""
    count.check(page.evaluate("document.body.textContent.includes(\"in no share. The policy's syntax: 13.\")"), "the unknown are told")


def check_words(count, page):
    """What a reader takes from the words: names that are whole, shares with the digits that their base bears, one meaning of good."""
    for name in ("operators-largest", "reference-transport", "reference-sender"):
        shown = page.evaluate(f"[...document.querySelectorAll('#figure-{name} svg text')].map(t => t.textContent)")
        count.check(shown and not [text for text in shown if text.endswith("…")], f"{name}: the names are whole: {shown}")
    cells = page.evaluate("""Object.fromEntries(['sts_funnel.csv', 'providers.csv', 'policy_hosts.csv'].map(file => [file,
        [...document.querySelectorAll(`table[data-file="${file}"] td data`)].map(d => d.textContent).filter(t => t.endsWith('%'))]))""")
    for name, shares in cells.items():
        count.check(shares and not [share for share in shares if len(share.partition(".")[2]) > 4], f"{name}: digits of its shares: {shares[:9]}")
    shown = page.evaluate("[...document.querySelectorAll('#figure-resolvers .wide svg text')].map(t => t.textContent)")
    count.check([text for text in shown if text.startswith("88,900 (")], f"89,000 were answered, and 100 of them late: {shown}")
    told = page.evaluate("document.body.textContent")
    count.check("Good is TLS 1.2 or later with a certificate" in told, "what a good certificate is, as mx_certs.csv counts it")
    count.check("from its top" not in told, "the list is not worked on from its top")
    count.check("sts record" not in told and "sts enforce" not in told, "populations have names")
    count.check(" 1 domains" not in told, "one domain is one")


def check_same(count, directory):
    """The same run gives the same bytes, in silence where that is wished."""
    def content():
        found = {}
        for folder in (directory, os.path.join(directory, "figures")):
            for name in os.listdir(folder):
                if name.rpartition(".")[2] in ("html", "svg", "pdf"):
                    with open(os.path.join(folder, name), "rb") as f:
                        found[name] = f.read()
        return found
    before = content()
    done = report(directory, "-q")
    count.check((done.returncode, done.stdout, done.stderr) == (0, "", ""), f"-q says nothing: {done}")
    count.check(content() == before, f"{directory}: drawn again, it is the same")


def check_good(count, page, here):
    directory = os.path.join(here, "good")
    runs.good(directory)
    done = report(directory)
    count.check(done.returncode == 0 and done.stdout == f"The report is {directory}/report.html\n" and done.stderr == "",
                f"a report is drawn: {done}")
    check_page(count, page, directory)
    check_block(count, page)
    check_unknown(count, page)
    check_words(count, page)
    check_figures(count, directory)
    check_print(count, page, directory, here)
    check_same(count, directory)


def check_short_list(count, page, here):
    """Where the tenth operator has one domain, nothing is said of the ten largest."""
    directory = os.path.join(here, "short")
    shutil.copytree(os.path.join(here, "good"), directory)
    count.check("of the 10 largest" in page.evaluate("document.body.textContent"), "of a long list it is")
    with open(os.path.join(directory, "providers.csv"), "a", encoding="utf-8") as f:
        f.write("10,tenth.example,1,0.000125,tenth.example,spf_valid,yes,1,1,0,1.000000,1.000000,1.000000\n")
    done = report(directory)
    page.open(os.path.join(directory, "report.html"))
    count.check(done.returncode == 0 and "10 largest" not in page.evaluate("document.querySelector('.cards').textContent"),
                f"the ten largest of a short list: {done}")


def check_poison(count, page, here):
    """Names that strangers chose: shown as they are, and nothing of them is markup."""
    directory = os.path.join(here, "poison")
    runs.poison(directory)
    done = report(directory)
    count.check(done.returncode == 0 and done.stderr == "", f"a report of poison is drawn: {done}")
    check_page(count, page, directory)
    count.check(page.evaluate(ALIVE), "nothing of it has run")
    count.check(page.evaluate("document.querySelectorAll('img, iframe, b, i, s, object, form').length") == 0, "no element of theirs")
    shown = page.evaluate("document.body.textContent")
    for text in runs.POISON:
        count.check(text in shown, f"a text of theirs stands as it is: {text!r}")


def check_partial(count, page, here, finished, said, warning):
    """A run that is not finished, or has lost records: its status, the top of the page, every table and every figure say so."""
    directory = os.path.join(here, said.partition(":")[0])
    runs.partial(directory, finished, said)
    with open(os.path.join(directory, "foreign.csv"), "w", encoding="ascii") as f:  # no business of the report
        f.write("x" * 200000)
    done = report(directory)
    count.check(done.returncode == INCOMPLETE, f"{said}: the report has its own status: {done}")
    page.open(os.path.join(directory, "report.html"))
    top = page.evaluate("document.querySelector('header .warning')?.textContent ?? ''")
    count.check(warning in top, f"{said}: on top stands {top!r}")
    rows = page.evaluate("[...document.querySelectorAll('table')].map(t => t.textContent)")
    count.check(rows and all(said in row for row in rows), f"{said}: in every table")
    figures = glob.glob(os.path.join(directory, "figures", "*.*"))
    for path in figures:
        count.check(said in text_of(path), f"{path} says {said}")
    count.check(figures, f"{said}: there are figures")


def text_of(figure):
    """All words of an SVG or PDF."""
    if figure.endswith(".pdf"):
        return subprocess.run(["pdftotext", "-layout", figure, "-"], text=True, capture_output=True).stdout
    return " ".join(ElementTree.parse(figure).getroot().itertext())


def check_bare(count, page, here):
    """A run without any CSV file: every section says what is missing."""
    directory = os.path.join(here, "bare")
    runs.bare(directory)
    done = report(directory)
    count.check(done.returncode == 0, f"a report without a CSV file is drawn: {done}")
    page.open(os.path.join(directory, "report.html"))
    count.check(page.evaluate("document.querySelectorAll('.missing').length") >= 4, "and says what is missing")


def check_bad(count, here):
    empty = os.path.join(here, "empty")
    os.mkdir(empty)
    for directory, content in ((os.path.join(here, "nowhere"), None), (empty, None), (empty, "{"), (empty, '{"v": 2}'), (empty, "[]")):
        if content is not None:
            with open(os.path.join(empty, "run.json"), "w") as f:
                f.write(content)
        done = report(directory)
        count.check(done.returncode == 4 and done.stderr.count("\n") == 1 and "run.json" in done.stderr,
                    f"{directory} with {content}: one line: {done}")
    broken = os.path.join(here, "bare", "adoption.csv")
    with open(broken, "wb") as f:
        f.write(b"metric,population,group,share\r\n\x00\xff\"")
    done = report(os.path.dirname(broken))
    count.check(done.returncode in (0, 4) and "Traceback" not in done.stderr, f"a damaged CSV file: {done}")


def check_tool(count, here):
    """Without matplotlib: one line that says what to install."""
    shadow = os.path.join(here, "matplotlib.py")
    with open(shadow, "w") as f:
        f.write("raise ModuleNotFoundError('No module named matplotlib', name='matplotlib')\n")
    done = report(os.path.join(here, "bare"), env={**os.environ, "PYTHONPATH": here})
    os.unlink(shadow)
    count.check(done.returncode == TOOL and done.stderr.count("\n") == 1 and "python3-matplotlib" in done.stderr, f"one line: {done}")


def main():
    count = census.Count()
    if browser.PROGRAM is None:
        count.skip("no chromium: the report is not looked at")
        return count.report()
    with tempfile.TemporaryDirectory(prefix="mxcensus-report.") as here, browser.Browser() as page:
        check_good(count, page, here)
        check_short_list(count, page, here)
        check_poison(count, page, here)
        check_partial(count, page, here, False, "unfinished: 77 of 10000 domains", "not finished")
        check_partial(count, page, here, True, "records lost: 9 of 10 domains", "lacks something")
        check_bare(count, page, here)
        check_tool(count, here)
        check_bad(count, here)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
