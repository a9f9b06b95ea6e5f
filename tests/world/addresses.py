"""addresses: who lives where in 127.64.0.0/10 and fd64:6d78::/32. No public address appears in any world."""
import ipaddress

RESOLVER = "127.64.0.53"
SIGNED = "127.64.0.2"    # Knot: the root, the TLDs and the signed second-level zones
PLAIN = "127.64.0.4"     # NSD: the plain ones
LAME = "127.64.0.4"      # asked for a zone that it does not have, NSD answers REFUSED
DEAD = "192.0.2.53"      # nobody: there is no route to it, which Unbound takes for an answer at once (a closed port it waits out)
POSTFIX = "127.64.1.0"   # one below it for each instance
POLICY_HOSTS = "127.64.2.0"   # nginx: the addresses below it
WEB = "127.64.3.1"       # A of domains that have no mail host; port 25 is closed there

NETWORK = "127.64.0.0/10"
NETWORK6 = "fd64:6d78::/32"

# Never to be contacted, whatever a name says.
SPECIAL = ["10.0.0.1", "192.168.1.25", "172.16.3.4", "169.254.10.10", "127.0.0.1", "0.0.0.0", "224.0.0.25",
           "192.0.2.25", "198.51.100.7", "100.64.0.9", "255.255.255.255"]
SPECIAL6 = ["::1", "fe80::25", "ff02::1", "2001:db8::25", "::ffff:10.0.0.1", "fd00::25", "2002:a00:1::1"]

_FIRST = int(ipaddress.ip_address("127.64.16.0"))
_END = int(ipaddress.ip_address("127.127.255.255"))
_FIRST6 = int(ipaddress.ip_address("fd64:6d78::1:0"))


def after(base, n):
    return str(ipaddress.ip_address(int(ipaddress.ip_address(base)) + n))


def in_world(address):
    ip = ipaddress.ip_address(address)
    return ip in ipaddress.ip_network(NETWORK if ip.version == 4 else NETWORK6)


class Allocator:
    """Addresses one after another, those that end in .0 and .255 left out."""

    def __init__(self):
        self.next4 = _FIRST
        self.next6 = _FIRST6

    def v4(self):
        while self.next4 & 0xff in (0, 255):
            self.next4 += 1
        if self.next4 > _END:
            raise SystemExit("world: more hosts than 127.64.0.0/10 has addresses")
        self.next4 += 1
        return str(ipaddress.ip_address(self.next4 - 1))

    def v6(self):
        self.next6 += 1
        return str(ipaddress.ip_address(self.next6))
