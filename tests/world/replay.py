"""replay: a world of real domains: MX, SPF, DKIM and MX aliases from records as in mail-domains.jsonl.zst, where DMARC,
MTA-STS, TLS-RPT and the SPF records that others include, which those records lack, come from a seed.

usage: python3 -m tests.world.replay RECORDS.jsonl[.zst] --seed S DESCRIPTION.jsonl LIST.csv
"""
import argparse
import collections
import json
import random
import re

from tests.world import addresses, certificates, generate, grow, names
from tests.world.maker import Maker
from tests.world.model import SPECIAL

SHARED = 20        # hosts below one parent that show they are one operator's
SERVERS_MAX = 64   # addresses of an operator
TARGET = re.compile(r"(?:^|\s)[+?~-]?(?:include:|redirect=)(\S+)", re.I)
HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+")


def a_labels(name):
    """Lower-case A-labels; escapes of master files become what they stand for."""
    name = re.sub(r"\\([0-9]{3})", lambda n: chr(int(n.group(1))), name.lower())
    return ".".join(names.a_label(label) for label in name.split("."))


class Replay:
    def __init__(self, path, seed):
        self.maker, self.seed = Maker(seed), seed
        self.rng = self.maker.rng
        self.lines = [json.loads(line) for line in grow.text_of(path).splitlines()]
        self.aliases = {}
        targets = {m for line in self.lines for m in line.get("mx", [])}
        self.parents = collections.Counter(m.split(".", 1)[1] for m in targets if m.count(".") > 1)   # a TLD is no operator
        self.servers = {}    # parent with many hosts: its servers

    def describe(self):
        for line in self.lines:
            self.aliases.update(line.get("mx_cnames", {}))
        for rank, line in enumerate(self.lines, 1):
            self.domain(line, rank)
        for alias, target in self.aliases.items():
            self.alias(alias.lower(), target.lower())
        included = collections.Counter(t.lower().rstrip(".") for line in self.lines for t in TARGET.findall(line.get("spf") or ""))
        for target, customers in included.items():
            self.included(target, customers, 0)
        return self.maker.description

    def included(self, name, customers, depth):
        """The SPF record of a name that is in no list: what operators publish for their customers, most of it in order, and
        all of it where there are many of them."""
        described = self.maker.description
        if name in described.domains or name in described.hosts or not HOST.fullmatch(name) or names.is_suffix(name) \
                or names.tld(name) in SPECIAL:
            return
        rng = random.Random(f"{self.seed} {name}")
        luck, end = rng.uniform(0.05 if customers >= SHARED else 0, 1), rng.choice(["~all", "~all", "-all", "?all"])
        networks = " ".join(f"ip4:127.{rng.randrange(64, 128)}.{rng.randrange(256)}.0/{rng.randrange(20, 33)}"
                            for _ in range(rng.randrange(1, 6))) + rng.choice(["", "", f" ip6:fd64:6d78:{rng.randrange(9999)}::/48"])
        below = [f"_spf{i}.{name}" for i in range(rng.randrange(2, 5))] if 0.05 < luck < 0.2 and depth < 2 else []
        if luck < 0.02:
            return   # gone
        if luck < 0.05:
            texts = rng.choice([[f"v=spf1 {networks} nonsense {end}"], ["v=spf1 -all", f"v=spf1 {networks} {end}"], ["x"]])
        elif luck < 0.25:
            texts = [" ".join(["v=spf1", *(f"include:{b}" for b in below), networks, end])]
        elif luck < 0.3:
            texts = [f"v=spf1 a mx {networks} {end}"]
        else:
            texts = [f"v=spf1 {networks} {end}"]
        self.maker.spf("", name, *texts)
        for name in below:
            self.included(name, customers, depth + 1)

    def domain(self, real, rank):
        name = a_labels(real["domain"].lower())
        maker = self.maker
        if name in maker.description.domains:
            return
        line = maker.description.domain(name, rank=rank, input={})
        if name != real["domain"]:
            line["written"] = real["domain"]
        if self.rng.random() < 0.04 and names.registrable(name) == name:
            maker.description.zone(name, "signed")
        line["mx"] = [[10 * (i + 1), a_labels(t.lower()) if t else "."] for i, t in enumerate(real.get("mx", []))]
        if not line["mx"] and self.rng.random() < 0.8:
            line["a"] = [addresses.WEB]
        if real.get("spf"):
            line["spf"] = dict(txt=[real["spf"]])
        if real.get("dkim"):
            line["dkim"] = "node"
        for _, target in line["mx"]:
            self.host(target)
        if any(target != "." for _, target in line["mx"]):
            kept = line.pop("dkim", None)
            maker.reporting(line, 10000)
            line.pop("dkim", None)
            if kept:
                line["dkim"] = kept

    def host(self, target):
        maker = self.maker
        if target in maker.description.hosts or target in self.aliases or not HOST.fullmatch(target) \
                or target.replace(".", "").isdigit() or names.is_suffix(target):
            return
        if target.rsplit(".", 1)[-1] in SPECIAL or self.rng.random() < 0.005:
            return maker.description.host(target, exists=False)   # dangling
        if self.parents[target.split(".", 1)[1]] >= SHARED:
            return maker.description.host(target, **self.rng.choice(self.operator(target.split(".", 1)[1])))
        host = maker.description.host(target, **self.single(target))
        if self.rng.random() < 0.12:
            host["aaaa"] = [maker.space.v6()]
        return host

    def single(self, target):
        rng = self.rng
        behaviour = rng.choices(["ok", "no-starttls", "tls12", "tls10", "refused", "greeting-554", "starttls-454"],
                                [93, 3, 2, 0.4, 0.5, 0.5, 0.2])[0]
        kind = rng.choices(["good", "self-signed", "expired", "missing-intermediate"], [88, 6, 3, 3])[0]
        key = "rsa" if rng.random() < 0.2 else "p256"
        members = dict(behaviour=behaviour, a=[self.maker.space.v4()],
                       certificate=certificates.descriptor(kind, key, [target if rng.random() > 0.04 else "www." + target]))
        if self.maker.description.zones.get(names.registrable(target)) == "signed" and rng.random() < 0.4:
            members["tlsa"] = [dict(usage=3, selector=1, matching=1, of="leaf")]
        return members

    def operator(self, parent):
        if parent not in self.servers:
            count = min(SERVERS_MAX, 1 + self.parents[parent] // 20)
            what = certificates.descriptor("good", self.rng.choice(["p256", "rsa"]), ["*." + parent])
            self.servers[parent] = [dict(behaviour="ok", certificate=what, a=[self.maker.space.v4()],
                                         server=f"mx{i}.{parent}") for i in range(count)]
        return self.servers[parent]

    def alias(self, alias, target):
        if not HOST.fullmatch(target) or target == alias:
            return
        self.maker.description.host(alias, alias=target)
        if target not in self.maker.description.domains:
            self.host(target)


def replay(path, seed):
    return Replay(path, seed).describe()


def main():
    parser = argparse.ArgumentParser(description="a world of real domains")
    parser.add_argument("records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("description")
    parser.add_argument("list")
    args = parser.parse_args()
    description = replay(args.records, args.seed)
    description.write(args.description)
    generate.write_list(args.list, description)


if __name__ == "__main__":
    main()
