#!/usr/bin/python3
"""Censuses in a simulated Internet whose processes are killed, stopped and starved at moments drawn from a seed, then left
alone to finish. Each must equal a census that nobody disturbed: every domain, policy, address of a mail host and certificate
once, with the same findings, and every row of adoption.csv the same.

usage: chaos.py [--domains N] [--kills N] [--seed S] [--list] [SCENARIO...]    all of them, unless some are named"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "system"), os.path.dirname(os.path.abspath(__file__))]
import census  # noqa: E402
import records  # noqa: E402
import scenarios  # noqa: E402
import subject  # noqa: E402

OPTIONS = ["--batch", "16"]  # small batches: more commits, more moments between them
PATIENCE = ["--connect-timeout", "15", "--banner-timeout", "15", "--command-timeout", "15", "--tls-timeout", "15", "--probe-timeout", "50",
            "--fetch-timeout", "30", "--dns-timeout", "20"]  # in a large world nobody is to be late because the machine is busy


def undisturbed(world, folder):
    """The census that the others are compared with."""
    directory = os.path.join(folder, "undisturbed")
    done = world.run(directory, *OPTIONS, timeout=3600)
    if done.returncode != 0:
        raise SystemExit(f"chaos: the undisturbed census ended with {done.returncode}: {done.stderr[-1000:]}")
    return records.Records(directory)


class Theatre:
    """A world, the census that is wanted of it, and the plays."""

    def __init__(self, args, world, folder):
        self.args, self.world, self.folder = args, world, folder
        self.wanted = undisturbed(world, folder)
        self.count, self.survived = census.Count(), subject.Survived()

    def play(self, scenario, number):
        """One scenario upon one run directory."""
        folder = os.path.join(self.folder, f"{scenario.name}-{number}")
        os.mkdir(folder)
        one = subject.Subject(self.world, os.path.join(folder, "run"), f"{self.args.seed} {scenario.name} {number}", OPTIONS, self.survived)
        one.domains, one.blows = self.args.domains, 12 + self.args.domains // 100
        try:
            scenario.act(one)
            one.finish()
            found = records.Records(one.directory)
            wrong = one.wrong + list(found.differences(self.wanted))
            self.count.add(found.total(), 0, "")
        except Exception as trouble:  # pylint: disable=broad-except # this scenario's, told with its name
            wrong = one.wrong + [f"{type(trouble).__name__}: {trouble}"]
            one.kill_all()
        for text in wrong:
            self.count.check(False, f"{scenario.name} {number}: {text}")
        if os.path.ismount(folder):
            subprocess.run(["umount", "-l", folder], check=False)
        if not wrong:
            shutil.rmtree(folder)

    def repeat(self, scenario):
        """Until it has had its share of the kills."""
        before, number = self.survived.kills(), 0
        while number == 0 or self.survived.kills() - before < scenario.share * self.args.kills:
            number += 1
            self.play(scenario, number)
        print(f"{scenario.name}: {number} times; {self.survived}", file=sys.stderr, flush=True)


def read_words():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20, help="in `kills`, at least, and part of them in `slow-fsync`")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--list", action="store_true", help="the scenarios, and what each does")
    parser.add_argument("scenarios", nargs="*")
    args = parser.parse_args()
    OPTIONS.extend(PATIENCE if args.domains > 1000 else [])
    unknown = set(args.scenarios) - {s.name for s in scenarios.ALL}
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; --list has them")
    return args


def have_mounts():
    """A full disk is a small one of its own, which nobody else is to see."""
    if "CHAOS_MOUNTS" not in os.environ and subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.environ["CHAOS_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "-m", *sys.orig_argv])
    return "CHAOS_MOUNTS" in os.environ


def main():
    args = read_words()
    if args.list:
        for scenario in scenarios.ALL:
            print(f"{scenario.name:16} {scenario.act.__doc__}")
        return 0
    mounts, folder = have_mounts(), tempfile.mkdtemp(prefix="mxcensus-chaos.")
    try:
        with census.World("--domains", str(args.domains), "--seed", "23") as world:
            theatre = Theatre(args, world, folder)
            for scenario in scenarios.ALL:
                if args.scenarios and scenario.name not in args.scenarios:
                    continue
                if scenario.name == "full-disk" and not mounts:
                    theatre.count.skip("full-disk: a mount namespace is not permitted here")
                else:
                    theatre.repeat(scenario)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(theatre.survived)
    return theatre.count.report()


if __name__ == "__main__":
    sys.exit(main())
