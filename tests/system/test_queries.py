#!/usr/bin/python3
"""The recipes of output/QUERIES.md, each run on a generated run; its records as Parquet; and that its CSV has all that they say."""
import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.recount import generate, recount  # noqa: E402

QUERY = os.path.join(census.TOP, "scripts", "query")


def recipes(language):
    with open(os.path.join(census.TOP, "output", "QUERIES.md"), encoding="utf-8") as page:
        return re.findall(rf"^```{language}\n(.*?)^```", page.read(), re.S | re.M)


def ask(count, name, command, text=None):
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    count.check(done.returncode == 0, f"{name}: exit status {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def in_sql(count, run):
    blocks = recipes("sql")
    answers = ask(count, "SQL", [QUERY, run], "\n".join(blocks).replace("RUN/", run + "/")).strip().split("\n\n")
    count.check(len(answers) == len(blocks), f"{len(blocks)} questions, {len(answers)} answers")
    for block, answer in zip(blocks, answers):
        count.check(answer.count("\n") > 0, f"nothing is answered to {block}")


def in_parquet(count, run):
    out = os.path.join(run, "parquet")
    ask(count, "Parquet", [QUERY, run, "--parquet", out])
    for kind in ("domains", "policies", "mx", "certs", "joined"):
        path = os.path.join(out, kind + ".parquet")
        answer = ask(count, path, [QUERY, run], f"SELECT (SELECT count(*) FROM '{path}') = (SELECT count(*) FROM {kind}) AS same;")
        count.check(answer == "same\ntrue\n\n", f"{kind}.parquet: {answer}")


def in_others(count, run):
    for name, language, command, there in (
            ("pandas", "python", ["/usr/bin/python3", "-"], importlib.util.find_spec("pandas")), ("R", "r", ["Rscript", "-"], shutil.which("Rscript"))):
        if there is None:
            count.skip(f"recipes for {name}: it is not installed")
            continue
        for block in recipes(language):
            ask(count, name, command, block.replace("RUN/", run + "/"))


def members(schema, of, path=""):
    """Names of the columns that hold what a record may hold."""
    for name, member in of["properties"].items():
        if "$ref" in member:
            member = schema["$defs"][os.path.basename(member["$ref"])]
        if "properties" in member and name != "input":
            yield from members(schema, member, path + name + "_")
        elif path + name not in ("v", "input"):
            yield path + name


def in_csv(count, run):
    for kind in ("domains", "policies", "mx", "certs"):
        with open(os.path.join(census.TOP, "output", "schema", kind + ".schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        wanted = set(members(schema, schema))
        header = next(csv.reader([ask(count, "export", [census.PROGRAM, "export", run, "--kind", kind]).split("\n")[0]]))
        count.check(wanted <= set(header), f"export --kind {kind} lacks {sorted(wanted - set(header))}")


def main():
    count = census.Count()
    run = tempfile.mkdtemp(prefix="mxcensus-queries.")
    missing = recount.install()
    try:
        generate.generate(run, 400, 1)
        ask(count, "stats", [census.PROGRAM, "stats", "--quiet", run])
        if missing:
            count.skip(missing)
        else:
            in_sql(count, run)
            in_parquet(count, run)
        in_others(count, run)
        in_csv(count, run)
    finally:
        shutil.rmtree(run, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
