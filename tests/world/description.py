"""description: what a world is made of, as JSON Lines (README.md has the members). Three kinds of lines:

    {"zone": NAME, "state": …}      a zone that is not plain: signed, bogus, stripped, dead, lame
    {"host": NAME, …}               a mail host
    {"domain": NAME, …}             a domain of the list, or with "listed": false one that only has to be there
"""
import json


class Description:
    def __init__(self):
        self.zones = {}     # name: state
        self.hosts = {}     # name: line
        self.domains = {}   # name: line

    def zone(self, name, state):
        self.zones[name] = state

    def host(self, name, **members):
        self.hosts[name] = {"host": name, **members}
        return self.hosts[name]

    def domain(self, name, **members):
        self.domains[name] = {"domain": name, **members}
        return self.domains[name]

    def listed(self):
        return [d for d in self.domains.values() if d.get("listed", True)]

    def write(self, path):
        with open(path, "w", encoding="utf-8") as out:
            for name, state in self.zones.items():
                out.write(json.dumps({"zone": name, "state": state}) + "\n")
            for line in self.hosts.values():
                out.write(json.dumps(line) + "\n")
            for line in self.domains.values():
                out.write(json.dumps(line) + "\n")


def read(path):
    d = Description()
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            line = json.loads(text)
            if "zone" in line:
                d.zones[line["zone"]] = line["state"]
            elif "host" in line:
                d.hosts[line["host"]] = line
            else:
                d.domains[line["domain"]] = line
    return d
