"""generate: a world of N domains from a seed: the description and the list.

usage: python3 -m tests.world.generate --domains N --seed S DESCRIPTION.jsonl LIST.csv
"""
import argparse
import csv
import math

from tests.world import addresses, gallery, names
from tests.world.maker import Maker

NAMES_FOR_GALLERY = 0.35   # of a small world; a large one has all of the gallery and is ordinary beyond it


def ordinary(maker, line, rank):
    """A domain as most are: hosted or with a host of its own, or without mail."""
    rng = maker.rng
    luck = rng.random()
    if luck < 0.02:
        line["exists"] = False
        return
    if rng.random() < 0.06:
        maker.description.zone(line["domain"], "signed")
    line["a"] = [addresses.WEB]
    if luck < 0.18:
        line["mx"] = []
        if luck < 0.05:
            line["a"] = []
        if rng.random() < 0.3:
            line["spf"] = dict(case="nothing")
        return
    if luck < 0.21:
        line["mx"] = [[0, "."]]
        line["spf"] = dict(case="nothing")
        line["dmarc"] = dict(case="reject-only")
        return
    if rng.random() < 0.6:
        maker.hosted(line)
        line["spf"] = dict(case=rng.choices(["operator", "with-others", "redirect"], [85, 10, 5])[0], operator=line["operator"])
    else:
        self_hosted(maker, line)
    maker.reporting(line, rank)


def self_hosted(maker, line):
    rng = maker.rng
    behaviour = rng.choices(["ok", "no-starttls", "tls12", "tls10", "refused", "greeting-554", "split", "starttls-454"],
                            [90, 4, 3, 0.5, 0.7, 0.7, 0.8, 0.3])[0]
    kind = rng.choices(["good", "self-signed", "expired", "missing-intermediate", "untrusted-root"], [82, 9, 4, 3, 2])[0]
    other = ["www." + line["domain"]] if rng.random() < 0.06 else None
    host = maker.own_host(line, rng.choice(["mx", "mail", "smtp", "mx1"]), behaviour=behaviour, kind=kind, names=other)
    if maker.description.zones.get(line["domain"]) == "signed" and rng.random() < 0.5:
        host["tlsa"] = [dict(usage=3, selector=1, matching=1, of="leaf")]
    if rng.random() < 0.2:
        backup = maker.host_for(line, "backup")
        line["mx"].append([50, backup["host"]])
    if rng.random() < 0.85:
        line["spf"] = dict(case=rng.choices(["mx", "addresses", "macros", "with-others", "all-missing", "several",
                                             "term-unknown", "ptr", "lookups"], [50, 25, 2, 12, 3, 0.5, 1, 3, 2])[0])


def generate(domains, seed, fixed_names=None):
    """A description of so many domains; of these names where they are given, in their order."""
    maker = Maker(seed)
    if fixed_names:
        maker.names.used.update(fixed_names)
    maker.make_operators()
    rng = maker.rng
    exhibits = [e for e in gallery.exhibits() if not (fixed_names and e[0] in gallery.ADDS_NAMES)]
    # A small world shows a part of the gallery, another seed another part.
    room = len(exhibits) if domains >= 1000 else math.ceil(domains * NAMES_FOR_GALLERY)
    shown = exhibits if room >= len(exhibits) else rng.sample(exhibits, room)
    reserved = 0 if fixed_names else sum(name.startswith("names ") for name, _ in shown) + 2
    maker.rank = domains - reserved
    listed = fixed_names or [maker.names.domain() for _ in range(domains - reserved)]
    plan = dict(zip(rng.sample(_shows(listed), len(shown)), shown))
    for rank, domain in enumerate(listed, 1):
        line = maker.description.domain(domain, rank=rank, input={"sector": rng.choice(names.SECTORS)})
        if domain in plan:
            line["a"] = [addresses.WEB]
            line["spf"] = dict(case="mx")
            maker.hosted(line)
            name, exhibit = plan[domain]
            exhibit(maker, line)
            line["exhibit"] = name
        else:
            ordinary(maker, line, rank)
    while not fixed_names and maker.rank < domains:   # exactly so many
        maker.extra(maker.names.domain(), mx=[], a=[addresses.WEB])
    return maker.description


def _shows(listed):
    """Names that an exhibit may change: zones of their own with nothing listed above or below them."""
    zones = [names.registrable(d) for d in listed]
    several = {z for z in zones if zones.count(z) > 1} if len(zones) < 2000 else _several(zones)
    return [d for d, z in zip(listed, zones) if d == z and z not in several and not names.is_suffix(d)]


def _several(zones):
    seen, twice = set(), set()
    for zone in zones:
        (twice if zone in seen else seen).add(zone)
    return twice


def write_list(path, description):
    lines = sorted(description.listed(), key=lambda d: d["rank"])
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["rank", "domain", "sector"])
        for line in lines:
            writer.writerow([line.get("rank") or "", line.get("written", line["domain"]), line.get("input", {}).get("sector", "")])


def main():
    parser = argparse.ArgumentParser(description="a world from a seed")
    parser.add_argument("--domains", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("description")
    parser.add_argument("list")
    args = parser.parse_args()
    description = generate(args.domains, args.seed)
    description.write(args.description)
    write_list(args.list, description)


if __name__ == "__main__":
    main()
