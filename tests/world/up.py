"""up: make a world and start it; run by scripts/world inside the network namespace.

usage: python3 -m tests.world.up FOLDER [--build DIR] (--domains N --seed S | --list FILE | --replay FILE | --description FILE)
"""
import argparse
import gc
import os
import sys
import time

from tests.world import addresses, description, generate, grow, replay, servers
from tests.world.world import World

# Temporary failures are few and slow: short patience, one more try.
CENSUS = ("--resolver {resolver} --trust-store {dir}/ca.pem --allow-addresses {allow} --attempts 2 --retry-delay 2 "
          "--dns-timeout 8 --connect-timeout 3 --banner-timeout 3 --command-timeout 4 --tls-timeout 3 --probe-timeout 15 "
          "--fetch-timeout 5 --per-address 8 --per-network 1000 --per-operator 1000 --ehlo scanner.mxworld --vantage world "
          "--user-agent mxcensus-test")


def described(args):
    if args.description:
        return description.read(args.description)
    if args.list:
        return grow.grow(args.list, args.seed)
    if args.replay:
        return replay.replay(args.replay, args.seed)
    return generate.generate(args.domains, args.seed)


def start(args, say):
    running = servers.Servers(args.folder, args.build)
    running.start_knot()
    described_world = described(args)
    described_world.write(f"{args.folder}/description.jsonl")
    generate.write_list(f"{args.folder}/list.csv", described_world)
    say(f"{len(described_world.listed())} domains described")
    world = World(described_world, args.folder)
    say("names and authorities made")
    key = running.knot_key()
    say("the key is known")
    world.write_zones(key)
    say("zones written")
    running.begin_nsd()
    running.reload_knot()   # both load while we go on
    world.write_hosts()
    say(f"{len(world.authority.chains)} certificates made")
    if world.postfix:
        running.begin_postfix()
    running.wait_nsd(world.model)
    running.wait_knot(world.model)
    say(f"{len(world.model.zones)} zones loaded, signed ones signed")
    for name in ["unbound", "nginx", "peer"] + ["postfix"] * world.postfix:
        getattr(running, "start_" + name)()
        say(f"{name} started")
    write_census(args.folder)


def write_census(folder):
    with open(f"{folder}/census.conf", "w", encoding="utf-8") as out:
        out.write(CENSUS.format(dir=folder, resolver=addresses.RESOLVER,
                                allow=addresses.NETWORK + "," + addresses.NETWORK6) + "\n")


def main():
    parser = argparse.ArgumentParser(description="make a world and start it")
    parser.add_argument("folder")
    parser.add_argument("--build", default="build")
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list")
    parser.add_argument("--replay")
    parser.add_argument("--description")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    args.folder = os.path.abspath(args.folder)
    begin = time.monotonic()
    gc.disable()   # hundreds of thousands of objects that all stay

    def say(text):
        if args.verbose:
            print(f"world: {time.monotonic() - begin:6.2f} s  {text}", file=sys.stderr)
    try:
        start(args, say)
    except BaseException:
        servers.stop(args.folder)
        raise
    print(f"world: up in {time.monotonic() - begin:.1f} s: {args.folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
