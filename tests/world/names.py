"""names: domain names as this world uses them: the Public Suffix List, and pools to make names from."""
import functools

SUFFIX_LIST = "/usr/share/publicsuffix/public_suffix_list.dat"

SERVERS = "mxworld"  # the TLD of the world's own name servers; no such TLD is delegated on the real Internet

# TLD and its weight: roughly a top list's.
TLDS = [("com", 46), ("net", 6), ("org", 8), ("de", 5), ("co.uk", 4), ("ru", 4), ("fr", 3), ("nl", 3), ("ch", 3),
        ("it", 2), ("com.br", 2), ("gov", 2), ("edu", 2), ("se", 2), ("io", 2), ("ac.jp", 1), ("co.jp", 1),
        ("info", 1), ("gob.mx", 1), ("bank", 1), ("xn--p1ai", 1)]

SECTORS = ["bank", "government", "health", "media", "retail", "school", "software", "telecom"]

_BEGIN = ("alder amber apex aster atlas basil beacon birch bright canyon cedar clear cobalt coral crest delta ember "
          "fern field flint forest frost garden glacier granite harbor hazel heron indigo ivory jade juniper kestrel "
          "lark laurel linden lunar maple marble meadow mercury mill misty north oak ocean onyx opal orchid otter "
          "pearl pine polar prairie quartz raven reed river robin rowan saffron sage silver slate solar spring stone "
          "summit swift thistle timber topaz tulip valley velvet violet walnut willow winter yarrow zephyr").split()
_END = ("bank base books bridge care cast city cloud craft data desk energy farm field finance foods forge group guild "
        "health home house labs law line link logic mart media mobile motors news pay point post press press rail "
        "school shop soft sport store studio supply systems tech tele tools trade travel trust union wave web works "
        "world yard").split()


@functools.lru_cache(maxsize=None)
def _rules():
    rules, icann = {}, False
    with open(SUFFIX_LIST, encoding="utf-8") as lines:
        for line in lines:
            rule = line.strip()
            if "===BEGIN ICANN" in rule:
                icann = True
            elif "===END ICANN" in rule:
                icann = False
            elif rule and not rule.startswith("//"):
                text = rule.split()[0]
                if not text.isascii():
                    text = ".".join(a_label(label) for label in text.split("."))
                rules[text] = icann
    return rules


def a_label(label):
    return label if label.isascii() else "xn--" + label.lower().encode("punycode").decode()


def _suffix_length(labels, private):
    """How many labels at the end are a public suffix (publicsuffix.org/list, "Algorithm")."""
    rules = _rules()

    def has(rule):
        return rule in rules and (private or rules[rule])

    best = 1
    for i in range(len(labels)):
        rest = labels[i:]
        if has("!" + ".".join(rest)):
            return len(rest) - 1
        if has(".".join(rest)) or has(".".join(["*"] + rest[1:])):
            best = max(best, len(rest))
    return best


@functools.lru_cache(maxsize=1 << 18)
def registrable(name, private=False):
    """The public suffix and one label of a name; the name itself where it is a suffix. private: with the list's
    second half (github.io and the like), which says nothing of zones."""
    labels = name.split(".")
    keep = _suffix_length(labels, private) + 1
    return ".".join(labels[-keep:])


def is_suffix(name):
    labels = name.split(".")
    return _suffix_length(labels, False) >= len(labels)


def tld(name):
    return name.rsplit(".", 1)[-1]


def ancestors(name):
    """a.b.c: b.c, c."""
    while "." in name:
        name = name.split(".", 1)[1]
        yield name


class Maker:
    """Second-level domains that are all different, by a seeded random source."""

    def __init__(self, rng):
        self.rng = rng
        self.used = set()

    def domain(self, suffix=None):
        rng = self.rng
        while True:
            label = rng.choice(_BEGIN) + rng.choice(["", "", "", "-"]) + rng.choice(_END)
            if rng.random() < 0.45:
                label += str(rng.randrange(1, 1000))
            end = suffix or rng.choices([t for t, _ in TLDS], [w for _, w in TLDS])[0]
            name = label + "." + end
            if name not in self.used:
                self.used.add(name)
                return name
