#!/usr/bin/python3
"""A run whose Redis lost its data is finished from what is on disk, with exactly one record each: everything is killed at a
seeded moment, RUN/redis removed, the run resumed. And the same in mid-run, where the census must mend itself."""

import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402
import processes  # noqa: E402

DOMAINS = 500
SEED = 41
AT_ONCE = 3  # scenes side by side: they wait most of the time


def before_the_first_commit(run, _):
    return run.await_state(lambda s: s.get("fed", 0) > 0)


def in_the_middle(run, rng):
    """When so many records are committed, of whatever kind."""
    enough = rng.randrange(100, 900)
    return run.await_state(lambda s: sum(s.get("done:" + kind, 0) for kind in ("domains", "policies", "mx")) >= enough)


def when_only_retries_remain(run, _):
    return run.await_state(lambda s: s.get("feed_done") == 1 and processes.waiting(s) == 0 and s["delayed"] > 0)


def after_the_last_commit(run, _):
    """The coordinator sleeps from the end of the feed on, so that results are committed and not collected."""
    if run.await_state(lambda s: s.get("feed_done") == 1) is None:
        return None
    os.kill(run.coordinator(), signal.SIGSTOP)
    return run.await_state(lambda s: processes.waiting(s) == 0 and s["delayed"] == 0)


MOMENTS = [before_the_first_commit, in_the_middle, in_the_middle, when_only_retries_remain, after_the_last_commit]


def begin(world, run_directory, moment, *more):
    # Longer than all that is slow, so that a time comes when nothing else is left.
    delay = ["--retry-delay", "15"] if moment is when_only_retries_remain else []
    return processes.Census(world, run_directory, "run", os.path.join(world.directory, "list.csv"), "-o", run_directory,
                            *world.options(), "--batch", "64", *delay, *more)


def finish(count, world, run_directory, name, times):
    """Resume until it is finished, losing Redis so many times more on the way."""
    said = ""
    for _ in range(times):
        again = processes.Census(world, run_directory, "resume", run_directory)
        again.await_state(lambda s: s.get("fed", 0) > 1)
        said += again.kill_all()[1]  # or it was over before
        shutil.rmtree(os.path.join(run_directory, "redis"), ignore_errors=True)
    done = processes.Census(world, run_directory, "resume", run_directory)
    status, text = done.wait(300)
    said += text
    count.check(status == 0, f"{name}: resume ended with {status}: {said[-2000:]}")
    count.check("building its queue again" in said, f"{name}: the queue was not built again: {said[-2000:]}")
    if status == 0:
        passed, failed, text = world.compare(run_directory)
        count.add(passed, failed, f"{name}:\n{text}")


def lose(count, world, runs, number, moment, rng):
    run_directory = os.path.join(runs, f"run{number}")
    name = f"{moment.__name__} ({number})"
    run = begin(world, run_directory, moment)
    state = moment(run, rng)
    status, said = run.kill_all()
    count.check(state is not None, f"{name}: the moment was missed: {said[-2000:]}")
    count.check(status != 0, f"{name}: it was finished before it was killed")
    shutil.rmtree(os.path.join(run_directory, "redis"), ignore_errors=True)
    finish(count, world, run_directory, name, times=2 if moment is in_the_middle else 0)


def lose_in_run(count, world, runs, rng):
    """Redis and its data go while the coordinator is looking elsewhere; nobody resumes anything."""
    run_directory = os.path.join(runs, "in-run")
    run = begin(world, run_directory, in_the_middle)
    state = in_the_middle(run, rng)
    count.check(state is not None, "in mid-run: the moment was missed")
    redis = run.redis()
    if redis is not None:
        os.kill(run.coordinator(), signal.SIGSTOP)
        time.sleep(0.1)
        os.kill(redis, signal.SIGKILL)
        shutil.rmtree(os.path.join(run_directory, "redis"))
        os.kill(run.coordinator(), signal.SIGCONT)
    status, said = run.wait(300)
    count.check(status == 0, f"in mid-run: ended with {status}: {said[-2000:]}")
    count.check("building its queue again" in said, f"in mid-run: the queue was not built again: {said[-2000:]}")
    if status == 0:
        passed, failed, text = world.compare(run_directory)
        count.add(passed, failed, f"in mid-run:\n{text}")


def hosts_of(run_directory):
    text = subprocess.run(["zstdcat", os.path.join(run_directory, "mx.jsonl.zst")], text=True, capture_output=True, check=True).stdout
    return sorted((r["host"], r["address"] or "") for r in map(json.loads, text.splitlines()))


def lose_with_primary(count, world, runs, rng):
    """The queue that is built again leads to the hosts that --mx chose, and to no others."""
    lost, undisturbed = os.path.join(runs, "primary"), os.path.join(runs, "undisturbed")
    done = world.run(undisturbed, "--mx", "primary")
    count.check(done.returncode == 0, f"--mx primary: exit status {done.returncode}: {done.stderr[-2000:]}")
    run = begin(world, lost, in_the_middle, "--mx", "primary")
    count.check(in_the_middle(run, rng) is not None, "--mx primary: the moment was missed")
    run.kill_all()
    shutil.rmtree(os.path.join(lost, "redis"), ignore_errors=True)
    status, said = processes.Census(world, lost, "resume", lost).wait(300)
    count.check(status == 0, f"--mx primary: resume ended with {status}: {said[-2000:]}")
    count.check("building its queue again" in said, f"--mx primary: the queue was not built again: {said[-2000:]}")
    if status == 0:
        more = set(hosts_of(lost)) - set(hosts_of(undisturbed))
        count.check(hosts_of(lost) == hosts_of(undisturbed), f"--mx primary: hosts that were not chosen: {sorted(more)[:5]}")


def play(act, world, runs, *more):
    """One scene with a count and a seed of its own."""
    count = census.Count()
    try:
        act(count, world, runs, *more, random.Random(f"{SEED} {act.__name__} {more}"))
    except Exception as trouble:  # pylint: disable=broad-except # one scene's, told with its name
        count.check(False, f"{act.__name__} {more}: {type(trouble).__name__}: {trouble}")
    return count


def main():
    count = census.Count()
    runs = tempfile.mkdtemp(prefix="mxcensus-run.")
    scenes = [(lose_in_run,), (lose_with_primary,), *((lose, number, moment) for number, moment in enumerate(MOMENTS))]
    try:
        with census.World("--domains", str(DOMAINS), "--seed", str(SEED)) as world:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                for played in [pool.submit(play, act, world, runs, *more) for act, *more in scenes]:
                    count.passed += played.result().passed
                    count.failed += played.result().failed
    finally:
        shutil.rmtree(runs, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
