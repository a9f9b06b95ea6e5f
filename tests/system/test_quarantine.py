#!/usr/bin/python3
"""A job that ends its worker twice is left alone and recorded as quarantined, and no innocent one ever is: a shim makes contact
with one address fatal. A worker that hangs in its loop is found out by its counter. SIGKILL never convicts anybody."""

import concurrent.futures
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "chaos")]
import census  # noqa: E402
import records  # noqa: E402
import subject  # noqa: E402

SHIM = os.path.join(census.BUILD, "shims", "crash.so")
SUSPECT = r"with job (\w+)/"


class Case:
    """A census in which contact with the address of one host, of mail or of a policy, ends in this way."""

    def __init__(self, count, world, folder, wanted):
        self.count, self.world, self.folder, self.wanted = count, world, folder, wanted

    def victim(self, kind):
        """A record and its address, which nobody else has."""
        found = [r[0] for r in self.wanted.kinds[kind].values() if "." in (r[0].get("address") or "") and
                 r[0]["outcome"] not in ("special-address", "opted-out", "not-probed")]
        addresses = [r[0].get("address") for k in ("mx", "policies") for r in self.wanted.kinds[k].values()]
        hosts = [r[0].get("host") for r in self.wanted.kinds["mx"].values()]
        return next(r for r in found if addresses.count(r["address"]) == 1 and hosts.count(r["host"]) <= 1)

    def run(self, kind, how):
        name = f"{kind}-{how}"
        record = self.victim(kind)
        one = subject.Subject(self.world, os.path.join(self.folder, name), name, ["--batch", "16"], subject.Survived())
        one.environment = [f"LD_PRELOAD={SHIM}", f"CHAOS_CRASH={record['address']} {how}"]
        one.start()
        status, said = one.execution.wait(240)
        return name, record, one.directory, status, said

    def deaths(self, said, how):
        return len(re.findall(r"has not moved for 30 s" if how == "hang" else r"ended by signal", said))

    def convicts(self, kind, how):
        """Two deaths, then the record says so; all others are there, once, and not quarantined."""
        name, record, directory, status, said = self.run(kind, how)
        self.count.check(status == 0, f"{name}: exit status {status}: {said[-1000:]}")
        self.count.check(self.deaths(said, how) == 2, f"{name}: {self.deaths(said, how)} workers died: {said[-1000:]}")
        stage = {"mx": "starttls", "policies": "policy"}[kind]
        self.count.check(re.findall(SUSPECT, said) == [stage, stage], f"{name}: suspects {re.findall(SUSPECT, said)}: {said[-1000:]}")
        found = records.Records(directory)
        subject_is = (lambda r: r["host"] == record["host"]) if kind == "mx" else (lambda r: r["domain"] == record["domain"])
        quarantined = [r[0] for k in ("domains", "policies", "mx") for r in found.kinds[k].values() if r[0].get("outcome") == "quarantined"]
        self.count.check(len(quarantined) == 1 and subject_is(quarantined[0]), f"{name}: quarantined: {quarantined}")
        for other in ("domains", "policies", "mx"):
            keys = [{key for key, r in side.kinds[other].items() if other != kind or not subject_is(r[0])} for side in (found, self.wanted)]
            self.count.check(keys[0] == keys[1], f"{name}: {other}: {list(keys[0] ^ keys[1])[:5]} are in one of both")
            self.count.check(all(len(r) == 1 for r in found.kinds[other].values()), f"{name}: {other} twice")
        self.count.add(*census.schema_check(directory))

    def convicts_nobody(self, how):
        """The kernel kills whoever comes near, again and again: the job stays, and the run goes on when that is over."""
        one = subject.Subject(self.world, os.path.join(self.folder, f"never-{how}"), how, ["--batch", "16"], subject.Survived())
        one.environment = [f"LD_PRELOAD={SHIM}", f"CHAOS_CRASH={self.victim('mx')['address']} {how}"]
        one.start()
        deaths = 0
        for _ in range(200):
            one.pause(0.2, 0.2)
            with open(one.execution.log, encoding="utf-8") as f:
                deaths = f.read().count("ended by signal 9")
            if deaths >= 4:
                break
        self.count.check(deaths >= 4, f"{how}: {deaths} workers died")
        one.kill("coordinator")
        one.end()
        one.finish()
        self.count.check(not one.wrong, f"{how}: {one.wrong}")
        found = records.Records(one.directory)
        for kind in ("domains", "policies", "mx"):
            self.count.check(found.kinds[kind].keys() == self.wanted.kinds[kind].keys(), f"{how}: {kind} are lost or too many")
            quarantined = [key for key, r in found.kinds[kind].items() if r[0].get("outcome") == "quarantined" or len(r) > 1]
            self.count.check(not quarantined, f"{how}: quarantined or twice: {quarantined}")


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-quarantine.")
    try:
        with census.World("--domains", "150", "--seed", "31") as world:
            done = world.run(os.path.join(folder, "undisturbed"), "--batch", "16")
            count.check(done.returncode == 0, f"undisturbed: {done.stderr[-1000:]}")
            case = Case(count, world, folder, records.Records(os.path.join(folder, "undisturbed")))
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                plays = [pool.submit(case.convicts, kind, how) for kind, how in (("mx", "hang"), ("mx", "abort"), ("policies", "segv"),
                                                                                ("policies", "abort"), ("mx", "bus"))]
                plays.append(pool.submit(case.convicts_nobody, "kill"))
                for play in plays:
                    play.result()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
