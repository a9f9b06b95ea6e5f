"""model: the name space of a world: its zones, and what a perfect resolver answers. The zone files are written from it
and every expected answer is looked up in it, so that the two cannot differ."""
from tests.world import names

DEPTH = 11  # Unbound's max-query-restarts: longer chains of aliases, and loops, are a SERVFAIL there


SPECIAL = {"invalid", "test", "onion", "localhost"}   # a resolver answers for these by itself (RFC 6761, RFC 7686)


class Answer:
    """outcome as in the records; dnssec None where the outcome has none; rdatas as Zone keeps them."""
    __slots__ = ("outcome", "dnssec", "aliases", "rdatas")

    def __init__(self, outcome, dnssec, aliases=(), rdatas=()):
        self.outcome, self.dnssec = outcome, dnssec
        self.aliases, self.rdatas = list(aliases), list(rdatas)


class Zone:
    """Rdatas: A and AAAA text; CNAME and NS a name; MX (preference, target); TXT bytes; TLSA and CAA bytes of the RDATA."""
    __slots__ = ("name", "state", "nodes", "secure", "parent", "cuts", "inner")

    def __init__(self, name, state):
        self.name, self.state = name, state
        self.nodes = {name: {}}
        self.cuts = []         # zones delegated from here
        self.inner = None      # names with nothing but descendants, once complete
        self.secure = False
        self.parent = None


class Model:
    def __init__(self):
        self.zones = {}

    def zone(self, name, state="plain"):
        return self.zones.setdefault(name, Zone(name, state))

    def zone_of(self, name):
        if name in self.zones:
            return self.zones[name]
        for above in names.ancestors(name):
            if above in self.zones:
                return self.zones[above]
        return self.zones[""]

    def add(self, name, kind, rdata):
        rdatas = self.zone_of(name).nodes.setdefault(name, {}).setdefault(kind, [])
        if rdata not in rdatas:
            rdatas.append(rdata)

    def complete(self):
        """Link the zones once all are there, and find empty non-terminals."""
        for zone in sorted(self.zones.values(), key=lambda z: z.name.count(".") + bool(z.name)):
            if zone.name == "":
                zone.secure = True
                continue
            zone.parent = next((self.zones[a] for a in names.ancestors(zone.name) if a in self.zones), self.zones[""])
            zone.parent.cuts.append(zone)
            zone.secure = zone.parent.secure and zone.state == "signed"
        for zone in self.zones.values():
            zone.inner = set()
            for name in list(zone.nodes) + [cut.name for cut in zone.cuts]:
                for above in names.ancestors(name):
                    if above == zone.name or above in zone.inner:
                        break
                    zone.inner.add(above)

    def node(self, zone, name):
        """The RRsets at a name, {} for an empty one, None where the name does not exist."""
        if name in zone.nodes:
            return zone.nodes[name]
        if name in zone.inner:
            return {}
        for above in names.ancestors(name):   # RFC 4592: the wildcard below the closest encloser
            if above in zone.nodes or above in zone.inner:
                return zone.nodes.get("*." + above)
            if above == zone.name:
                break
        return None

    def lookup(self, name, kind):
        aliases, secure = [], True
        for _ in range(DEPTH + 1):
            if name.rsplit(".", 1)[-1] in SPECIAL:
                return Answer("nxdomain", "insecure", aliases)
            zone = self.zone_of(name)
            if self.broken(zone):
                return Answer("servfail", self.broken(zone), aliases=[])
            secure = secure and zone.secure
            dnssec = "secure" if secure else "insecure"
            node = self.node(zone, name)
            if node is None:
                return Answer("nxdomain", dnssec, aliases)
            if kind in node:
                return Answer("ok", dnssec, aliases, node[kind])
            if "CNAME" not in node:
                return Answer("nodata", dnssec, aliases)
            name = node["CNAME"][0]
            aliases.append(name)
        return Answer("servfail", "indeterminate")

    @staticmethod
    def broken(zone):
        """What DNSSEC says where a zone cannot be asked: bogus, or indeterminate; None where it can."""
        while zone.parent is not None:
            if zone.state in ("dead", "lame"):
                return "indeterminate"
            if zone.state in ("bogus", "stripped") and zone.parent.secure:
                return "bogus"
            zone = zone.parent
        return None
