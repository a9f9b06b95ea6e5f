"""spf_tree: what an SPF record leads to (RFC 7208), where nothing matches until the end: lookups and void lookups (§4.6.4),
faults behind includes and redirects, the result for everybody else, and how many addresses pass."""
import re

from tests.world import spf

LOOKUPS, FOLLOWED, VOIDS, EXCHANGES = 10, 50, 2, 10
EMPTY = ("nodata", "nxdomain", "cname-loop")
ALL = {4: [(0, 2 ** 32 - 1)], 6: [(0, 2 ** 128 - 1)]}
MESSAGE = re.compile(r"%\{[slipvh]", re.I)   # macros of which a domain alone knows nothing
MACRO = re.compile(r"%(?:\{([do])([0-9]*)(r?)([.\-+,/_=]*)\}|([%_-]))", re.I)


def expand(text, domain, origin):
    """§7.3; None where it takes a message."""
    if MESSAGE.search(text.replace("%%", "")):
        return None

    def one(found):
        letter, digits, reverse, delimiters, other = found.groups()
        if other:
            return {"%": "%", "_": " ", "-": "%20"}[other]
        parts = re.split("[" + re.escape(delimiters or ".") + "]", domain if letter in "dD" else origin)
        if reverse:
            parts.reverse()
        return ".".join(parts[-int(digits or 0):])
    name = MACRO.sub(one, text).lower()
    name = name[:-1] if name.endswith(".") else name
    while len(name) > 253 and "." in name:
        name = name.split(".", 1)[1]
    return name


def askable(name):
    return len(name) <= 253 and all(0 < len(label) < 64 for label in name.split("."))


def without(ranges, holes):
    for low, high in holes:
        ranges = [(a, b) for first, last in ranges for a, b in ((first, min(last, low - 1)), (max(first, high + 1), last))
                  if a <= b]
    return ranges


def count(ranges, bits):
    """Networks of so many host bits with something of the ranges in them."""
    total, behind = 0, 0
    for first, last in sorted((a >> bits, b >> bits) for a, b in ranges):
        first = max(first, behind)
        total += max(0, last - first + 1)
        behind = max(behind, last + 1)
    return total


class Tree:
    """ask(name, kind): the answer, as model.py has it; usable(target): can an MX have it."""

    def __init__(self, ask, usable, domain, record):
        self.ask, self.usable, self.origin = ask, usable, domain
        self.lookups = self.voids = self.possible = 0
        self.faults, self.unresolved, self.unfollowed = set(), [], []
        self.approximate = False
        self.lookups_known = self.voids_known = self.faults_known = True
        self.all, self.passing = self.record(domain, record, [domain])
        self.over = self.lookups > LOOKUPS
        if self.voids + self.possible > VOIDS:
            self.faults_known = False

    def members(self, verdict):
        found = {"effective_all": self.all, "unfollowed": sorted(set(self.unfollowed)), "unresolved": sorted(set(self.unresolved))}
        if self.lookups_known:
            found["lookups"] = self.lookups
        if self.voids_known and not self.over and not self.possible:
            found["void_lookups"] = self.voids
        if verdict == "valid" and not self.unresolved:
            found["authorised"] = {"ip4": count(self.passing[4], 0), "ip6_48": count(self.passing[6], 80)}
            if self.approximate:
                found["authorised"]["approximate"] = True
        return found

    def record(self, domain, record, path):
        passing, others = {4: [], 6: []}, {4: [], 6: []}

        def decide(result, match):
            for family in (4, 6):
                if result == "pass":
                    passing[family] += without(match[family], others[family])
                else:
                    others[family] += match[family]
        for result, name, target, more in record.terms:
            decide(result, self.match(domain, path, name, target, more))
        if record.all == "pass":
            decide("pass", ALL)
        if record.all is None and record.redirect:
            self.lookup()
            last, match = self.follow(domain, path, record.redirect, "redirect")
            decide("pass", match)
            return last, passing
        return record.all or "neutral", passing

    def match(self, domain, path, name, target, more):
        if name in ("ip4", "ip6"):
            found = {4: [], 6: []}
            found[more.version].append((int(more[0]), int(more[-1])))
            return found
        self.lookup()
        if name == "include":
            return self.follow(domain, path, target, "include")[1]
        if name == "ptr":
            self.approximate = True
            return {4: [], 6: []}
        at = domain if target is None else self.name(target, domain)
        if at is None or self.lookups > LOOKUPS:
            return {4: [], 6: []}
        return getattr(self, name)(at, more)

    def lookup(self):
        self.lookups = min(self.lookups + 1, FOLLOWED + 1)
        if self.lookups > LOOKUPS:
            self.faults.add("spf-too-many-lookups")

    def void(self):
        if self.lookups <= LOOKUPS:
            self.voids += 1
            if self.voids > VOIDS:
                self.faults.add("spf-too-many-voids")

    def name(self, text, domain):
        name = expand(text, domain, self.origin)
        if name is None:
            self.unfollowed.append(text)
            self.approximate = True
        return name

    def found(self, name, kind):
        """data, nothing, failed, or no-name; and the answer."""
        answer = self.ask(name, kind)
        if not askable(name):
            return "no-name", None   # the engine says so, and no query is sent
        if answer.outcome == "ok":
            return "data", answer
        if answer.outcome in EMPTY:
            return "nothing", answer
        self.unresolved.append(name)
        return "failed", answer

    def follow(self, domain, path, text, how):
        nothing = None, {4: [], 6: []}
        name = self.name(text, domain)
        if name is None or self.lookups > FOLLOWED:
            return nothing
        if name in path:
            self.faults.add("spf-loop")
            return nothing
        state, answer = self.found(name, "TXT")
        if state == "nothing":
            self.void()
        if state == "failed":
            self.lookups_known = self.voids_known = self.faults_known = False
            return nothing
        if state != "data" or not any(spf.is_record(r) for r in answer.rdatas):
            self.faults.add(f"spf-{how}-none")
            return nothing
        record = spf.record_of(answer.rdatas)
        if record is None:
            self.faults.add(f"spf-{how}-invalid")
            return nothing
        return self.record(name, record, path + [name])

    def host(self, name, lengths, match):
        """The addresses of one host, added to match; what its lookups came to."""
        states = []
        for kind, family, bits in (("A", 4, 32), ("AAAA", 6, 128)):
            state, answer = self.found(name, kind)
            states.append(state)
            for text in answer.rdatas if state == "data" else []:
                size = bits - lengths[family == 6]
                first = int(spf.ipaddress.ip_address(text)) >> size << size
                match[family].append((first, first + 2 ** size - 1))
        return next((s for s in ("data", "failed", "nothing", "no-name") if s in states))

    def a(self, name, lengths):
        match = {4: [], 6: []}
        state = self.host(name, lengths, match)
        self.count_voids([state])
        return match

    def count_voids(self, states):
        if "nothing" in states:
            self.void()
        elif "failed" in states:
            self.possible += 1

    def mx(self, name, lengths):
        match = {4: [], 6: []}
        state, answer = self.found(name, "MX")
        if state == "nothing":
            self.void()
        if state == "failed":
            self.voids_known = self.faults_known = False
        if state != "data":
            return match
        hosts = set(filter(self.usable, (target for _, target in answer.rdatas)))
        if len(hosts) > EXCHANGES:
            self.faults.add("spf-too-many-mx")
            return match
        self.count_voids([self.host(host, lengths, match) for host in sorted(hosts)])
        return match

    def exists(self, name, _):
        state, _ = self.found(name, "A")
        self.count_voids([state])
        return {k: list(v) for k, v in ALL.items()} if state == "data" else {4: [], 6: []}
