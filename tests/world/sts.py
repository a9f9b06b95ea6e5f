"""sts: sts_funnel.csv, sts_errors.csv, mx_certs.csv and policy_hosts.csv as they must be, from the joined views of expected records (adoption.py).
Who is self-managed, who a third party: the name, then the curated lists, then the thresholds of the study of 2025."""
import collections
import csv
import os

from tests.world import names
from tests.world.adoption import TOP, both, either, pattern_matches, sendable

DATASETS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "datasets")
MANY, FEW, LARGE = 50, 5, 1000000
GROUPS = ["all", "self-managed", "third-party", "unclassified"]
STEPS = ["dns", "connect", "tls", "http", "syntax", "done"]
COMPONENT = {"dns": "policy-dns", "connect": "policy-tcp", "tls": "policy-tls", "http": "policy-http", "syntax": "policy-syntax"}
# A note spoils nothing; every other violation of a record or a policy is a fault.
NOTES = {"sts-field-repeated", "policy-field-repeated", "policy-media-type", "policy-line-blank", "policy-field-case",
         "policy-max-age-short", "policy-mx-address"}
FAULTS = ["expired", "not-yet-valid", "self-signed", "untrusted-root", "incomplete-chain", "bad-signature", "not-a-ca",
          "wrong-purpose", "weak-key", "revoked", "other", "name-mismatch", "no-certificate", "tls-below-1.2", "no-starttls",
          "tls-failed"]
NEARNESS = ["typo", "third-level-mta-sts", "third-level", "tld", "whole-domain"]


def plain(value):
    """Of what timing decides, any value: the step and outcome of policies are given."""
    return getattr(value, "values", [value])[0]


def curated(name, column):
    with open(f"{DATASETS}/{name}", newline="", encoding="utf-8") as text:
        return {row["suffix"]: row[column] for row in csv.DictReader(text)}


def on_list(known, name):
    for suffix in [name] + list(names.ancestors(name)):
        if suffix in known:
            return known[suffix]
    return None


def by_count(served, size):
    if served >= MANY:
        return "third-party"
    return "self-managed" if served <= FEW and size >= LARGE else "unclassified"


def edits(a, b):
    """Levenshtein's distance, by the whole table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def suffix_of(name):
    labels = name.split(".")
    return ".".join(names.registrable(name, private=True).split(".")[1:]) if len(labels) > 1 else name


def nearness(pattern, host):
    """How a pattern misses a host."""
    pattern, host = pattern.lower().removesuffix("."), host.lower()
    tail, off = host, False
    if pattern.startswith("*."):
        pattern, tail = pattern[2:], host.partition(".")[2]
        off = not tail or pattern.endswith("." + tail) or tail.endswith("." + pattern)   # by labels: no typing error
    p, h = names.registrable(pattern, private=True), names.registrable(host, private=True)
    if p.split(".")[0] == h.split(".")[0] and suffix_of(pattern) != suffix_of(host):
        return "tld"
    if not off and edits(pattern, tail) <= 3:
        return "typo"
    if p != h:
        return "whole-domain"
    return "third-level-mta-sts" if "mta-sts" in pattern.split(".") else "third-level"


def nearest(patterns, host):
    if any(pattern_matches(p, host) for p in patterns):
        return None
    return min((nearness(p, host) for p in patterns), key=NEARNESS.index, default="whole-domain")


def handshake_faults(tls):
    if not tls or not tls.get("chain"):
        return {"no-certificate"}
    found = set(tls["pkix"]["errors"])
    if not tls["name_match"]:
        found.add("name-mismatch")
    if tls.get("version") not in ("TLSv1.2", "TLSv1.3", None):
        found.add("tls-below-1.2")
    return found


def host_faults(host):
    found = set()
    for record in host.records:
        if record["outcome"] == "ok":
            found |= handshake_faults(record["tls"])
        elif record["outcome"] in ("starttls-absent", "starttls-declined", "starttls-injection"):
            found.add("no-starttls")
        elif record["outcome"] in ("tls-failed", "no-tls"):
            found.add("tls-failed")
    return found


class Sts:
    def __init__(self, views):
        self.views = list(views)
        self.policy_lists = curated("policy-operators.csv", "management")
        self.mail_lists = curated("operators.csv", "operator")
        self.served = collections.Counter(o for o in map(self.policy_operator, self.views) if o)
        self.mail = collections.Counter(self.mail_operator(v) for v in self.views if v.usable_mx() and self.mail_operator(v))

    # ---- who runs it ----

    @staticmethod
    def policy_operator(view):
        operator = (view.policy or {}).get("operator")
        return None if operator == names.registrable(view.record["domain"], private=True) else operator

    def policy_management(self, view):
        if view.policy is None:
            return "unclassified"
        operator = self.policy_operator(view)
        if operator is None:
            return "self-managed"
        return on_list(self.policy_lists, operator) or by_count(self.served[operator], len(self.views))

    def mail_operator(self, view):
        """None where name or list tell."""
        if not view.hosts:
            return None
        first = view.hosts[0][0]
        operator = names.registrable(first, private=True)
        own = operator == names.registrable(view.record["domain"], private=True)
        return None if own or on_list(self.mail_lists, first) else operator

    def mail_management(self, view):
        first = view.hosts[0][0]
        if names.registrable(first, private=True) == names.registrable(view.record["domain"], private=True):
            return "self-managed"
        if on_list(self.mail_lists, first):
            return "third-party"
        return by_count(self.mail[self.mail_operator(view)], len(self.views))

    # ---- where the policies lie ----

    def policy_hosts(self):
        found = {}
        for view in self.views:
            if view.policy is not None:
                found.setdefault(self.policy_operator(view), []).append(view)
        ranked = sorted((o for o in found if o), key=lambda o: (-len(found[o]), o.encode()))
        parts = [(str(i), o, self.policy_management(found[o][0]), found[o]) for i, o in enumerate(ranked[:TOP], 1)]
        parts.append(("", "(other)", "", [view for o in ranked[TOP:] for view in found[o]]))
        parts.append(("", "(own name)", "self-managed", found.get(None, [])))
        everybody = sum(map(len, found.values()))
        return {tuple(key): self.worth(those, everybody) for *key, those in parts if those}

    @staticmethod
    def worth(those, everybody):
        verdicts = collections.Counter(plain(view.policy["verdict"]) for view in those)
        modes = collections.Counter(plain(view.policy["mode"]) for view in those if plain(view.policy["verdict"]) == "valid")
        return {"domains": len(those), "share": len(those) / everybody, "valid": verdicts["valid"],
                "failed": verdicts["invalid"] + verdicts["absent"], "unknown": verdicts["unknown"],
                **{mode: modes[mode] for mode in ("enforce", "testing", "none")}}

    # ---- the funnel ----

    @staticmethod
    def good(view):
        return both(True, *[either(host.some(sendable), None if host.address is None else not host.address)
                            for _, host in view.hosts])

    @staticmethod
    def named(view):
        return both(True, *[either(any(pattern_matches(p, name) for p in view.policy["mx"]),
                                   None if host.address is None else not host.address) for name, host in view.hosts])

    @staticmethod
    def past(view, step):
        reached = plain(view.policy["step"])
        reached = "connect" if plain(view.policy["outcome"]) == "special-address" else reached
        if STEPS.index(reached) > STEPS.index(step):
            return True
        return None if view.policy["verdict"] == "unknown" else False

    def funnel(self):
        steps = [("mx", lambda v: v.usable_mx()), ("record", lambda v: v.present("mta_sts")),
                 ("record-valid", lambda v: v.valid("mta_sts"))]
        steps += [(COMPONENT[s], lambda v, s=s: self.past(v, s)) for s in STEPS[:-1]]
        steps += [("policy-mode", lambda v: v.bound()), ("mx-certificate", self.good), ("mx-policy", self.named)]
        counts = collections.Counter()
        for view in self.views:
            management = self.policy_management(view)
            for name, judge in steps:
                passed = judge(view)
                for group in ("all", management):
                    counts[name, group, passed] += 1
                if not passed:
                    break
        found = {}
        for name, _ in steps:
            for group in GROUPS if name not in ("mx", "record") else GROUPS[:1]:
                yes, no, unknown = (counts[name, group, x] for x in (True, False, None))
                found[name, group] = {"entered": yes + no + unknown, "passed": yes, "failed": no, "unknown": unknown,
                                      "share": yes / (yes + no) if yes + no else None}
        return found

    # ---- the errors ----

    def policy_errors(self, policy):
        step, outcome = plain(policy["step"]), plain(policy["outcome"])
        if outcome == "special-address":
            step = "connect"
        if step == "done":
            return None, set()
        if outcome == "http-status":
            return COMPONENT[step], {f"status-{policy['http']['status']}"}
        if outcome == "certificate":
            return COMPONENT[step], handshake_faults(policy["tls"])
        if outcome == "syntax":
            return COMPONENT[step], set(policy["violations"].values) - NOTES
        return COMPONENT[step], {outcome}

    def policy_parts(self, view):
        """No sender knows what waits behind a step that it may pass another time."""
        component, errors = self.policy_errors(view.policy)
        return {c: None if self.past(view, step) is None else errors if c == component else set() for step, c in COMPONENT.items()}

    @staticmethod
    def certificate_errors(view):
        """Some host's fault is one; there is none if each host that receives mail answered, and without any."""
        errors = set().union(*[host_faults(host) for _, host in view.hosts])
        silent = [host for _, host in view.hosts if host.address is not False and host.some(sendable) is None]
        return None if silent and not errors else errors

    @staticmethod
    def name_errors(view):
        misses = [(nearest(view.policy["mx"], name), host.address) for name, host in view.hosts]
        errors = {miss for miss, address in misses if address} - {None}
        return None if not errors and any(miss and address is None for miss, address in misses) else errors

    def errors_of(self, view):
        """component: its errors, or None where they could not be found out; of every component that the domain has."""
        found = {"record": set(getattr(view.record["mta_sts"].get("violations"), "values", [])) - NOTES,
                 **self.policy_parts(view), "mx-certificate": self.certificate_errors(view)}
        bound = view.bound()
        if bound is not False:
            found["mx-policy"] = self.name_errors(view) if bound else None
        return found

    def errors(self):
        counts, looked, unknown = collections.Counter(), collections.Counter(), collections.Counter()
        for view in self.views:
            if not (view.usable_mx() and view.present("mta_sts")):
                continue
            management = self.policy_management(view)
            for component, errors in self.errors_of(view).items():
                for group in ("all", management):
                    if errors is None:
                        unknown[component, group] += 1
                        continue
                    looked[component, group] += 1
                    for error in errors | ({"any"} if errors else set()):
                        counts[component, error, group] += 1
        shown = {(c, e) for c, e, _ in counts} | {(c, "any") for c in ["record", *COMPONENT.values(), "mx-certificate", "mx-policy"]}
        return {(component, error, group): {**shares(counts[component, error, group], looked[component, group]),
                                            "unknown": unknown[component, group]}
                for component, error in shown for group in GROUPS}

    # ---- the certificates of mail hosts ----

    @staticmethod
    def finding(view):
        good = [both(host.address, host.some(sendable)) for _, host in view.hosts]
        every = both(True, *[either(g, None if host.address is None else not host.address)
                             for g, (_, host) in zip(good, view.hosts)])
        some = either(False, *good)
        if some is False:
            return "none-good"
        if some and every is not None:
            return "all-good" if every else "some-good"
        return "unknown"

    def certificates(self):
        counts, unknown = collections.Counter(), collections.Counter()
        parts = {"mx": lambda v: True, "sts_record": lambda v: v.present("mta_sts"),
                 "sts_enforce": lambda v: both(v.bound(), v.policy_mode("enforce"))}
        findings = ["all-good", "some-good", "none-good"]
        for view in self.views:
            if not view.usable_mx():
                continue
            management = self.mail_management(view)
            shown = {self.finding(view)}.union(*[host_faults(host) for _, host in view.hosts])
            for part, belongs in parts.items():
                for finding in shown if belongs(view) else ():
                    counts[part, "all", finding] += 1
                    counts[part, management, finding] += 1
                for group in ("all", management) if belongs(view) else ():
                    counts[part, group, "those"] += 1
                    unknown[part, group, False] += self.finding(view) == "unknown"
                    unknown[part, group, True] += self.certificate_errors(view) is None
        return {(part, group, finding): {**shares(counts[part, group, finding], counts[part, group, "those"] - unknown[part, group, finding in FAULTS]),
                                         "unknown": unknown[part, group, finding in FAULTS]}
                for part in parts for group in GROUPS for finding in findings + FAULTS}


def shares(count, everybody):
    return {"domains": count, "denominator": everybody, "share": count / everybody if everybody else None}


def files(views):
    """The name of each file, how many of its columns are its key, and its rows by that key."""
    sts = Sts(views)
    return [("sts_funnel.csv", 2, sts.funnel()), ("sts_errors.csv", 3, sts.errors()), ("mx_certs.csv", 3, sts.certificates()),
            ("policy_hosts.csv", 3, sts.policy_hosts())]
