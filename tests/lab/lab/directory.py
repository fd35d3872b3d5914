"""The directory that adtap keeps, held against the controllers' own database: read as a whole, then followed through changes."""
import collections
import json
import os
import time

from domain import ADMIN_PASSWORD
from network import DOMAIN
from shell import Failed, run, say, tool

BASE = "DC=lab,DC=example"
# Rounds of changes after each of which everything is compared, and changes in each.
ROUNDS, CHANGES = 20, 25
# Objects of the race against ldapsearch.
MANY = 20_000

CONFIG = """[spool]
directory = "{folder}/spool"
[web]
enabled = false
[directory]
folder = "{folder}/directory"
[[directory.domains]]
name = "lab.example"
controllers = [{controllers}]
transport = "{transport}"
ca = "{ca}"
dirsync = {dirsync}
[[directory.credentials]]
domain = "lab.example"
user = "{user}"
password-file = "{folder}/password"
"""


class Kept:
    """A configuration, and what adtap keeps by it."""

    def __init__(self, lab, name, user="Administrator@lab.example", transport="ldaps", controllers=("dc1",), dirsync=True):
        self.host, self.folder = lab.host, os.path.join(lab.host.state, "tmp", f"directory-{name}")
        os.makedirs(self.folder)
        self.config = os.path.join(self.folder, "adtap.toml")
        ca = os.path.join(lab.host.state, "tmp", "ca.pem")
        with open(lab.domain["dc1"].path("lib/private/tls/ca.pem"), encoding="ascii") as source, open(ca, "w", encoding="ascii") as copy:
            copy.write(source.read())
        self.write("password", ADMIN_PASSWORD)
        addresses = ", ".join(f'"{lab.domain[name].address if name in lab.domain.hosts else name}"' for name in controllers)
        self.write("adtap.toml", CONFIG.format(folder=self.folder, controllers=addresses, transport=transport, ca=ca, user=user,
                                               dirsync=str(dirsync).lower()))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def adtap(self, *words, check=True):
        return self.host.run(tool("adtap"), "--config", self.config, "directory", *words, check=check, timeout=120)

    def sync(self, *words):
        """What a synchronisation says of the domain."""
        said = self.adtap("sync", "--json", *words).stdout
        return json.loads(next(line for line in said.splitlines() if line.startswith("{")))

    def objects(self):
        """Everything kept, by GUID: DN, and each attribute's values as a multiset."""
        said = self.adtap("export").stdout
        own = (entry for entry in map(json.loads, said.splitlines()) if not entry["dn"].endswith(f"CN=Configuration,{BASE}"))
        return {entry.pop("objectGUID")[0]: (entry.pop("dn"), values(entry)) for entry in own}

    def compared(self):
        """The attributes that are asked for and kept."""
        return [name for name in self.adtap("export", "--attributes").stdout.split() if name not in ("whenChanged", "uSNChanged")]


def values(entry):
    """Attributes with their values, whatever the order; a DN that is a value is compared as a DN is, without regard to case."""
    return {name: collections.Counter(own) for name, own in entry.items() if own}


def truth(domain, asked):
    """The same from the controller's own database."""
    script = os.path.join(os.path.dirname(__file__), "dump.py")
    with open(script, encoding="utf-8") as source:
        said = domain["dc1"].run("python3", "-", *asked, stdin=source.read(), timeout=120).stdout
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return {entry.pop("objectGUID")[0]: (entry.pop("dn"), values(entry)) for entry in lines}


def difference(kept, real):
    """What is not the same, in words."""
    wrong = [f"{real[guid][0]} is missing" for guid in real.keys() - kept.keys()]
    wrong += [f"{kept[guid][0]} is too much" for guid in kept.keys() - real.keys()]
    for guid in kept.keys() & real.keys():
        (dn, own), (real_dn, real_own) = kept[guid], real[guid]
        if dn != real_dn:
            wrong.append(f"{dn} is {real_dn}")
        for name in sorted(own.keys() | real_own.keys()):
            if own.get(name) != real_own.get(name):
                wrong.append(f"{dn}: {name} is {list(own.get(name, ()))[:3]}, not {list(real_own.get(name, ()))[:3]}")
    return wrong


def churn(domain, seed, count):
    """Changes at random on dc1; what was done."""
    script = os.path.join(os.path.dirname(__file__), "churn.py")
    with open(script, encoding="utf-8") as source:
        said = domain["dc1"].run("python3", "-", str(seed), str(count), stdin=source.read(), timeout=120).stdout
    return collections.Counter(line.split()[1] for line in said.splitlines() if line.startswith("did "))


def followed(lab, name, method, **how):
    """A full read, then rounds of changes; each time everything is as in the database."""
    kept = Kept(lab, name, **how)
    first = kept.sync()
    if first["status"]["method"] != method or not first["found"]["full"]:
        raise Failed(f"{name}: changes follow by {first['status']['method']}, not by {method}")
    asked = kept.compared()
    done, told, seconds = collections.Counter(), 0, []
    for number in range(ROUNDS + 1):
        if number:
            done += churn(lab.domain, f"{name}{number}", CHANGES)
            round_ = kept.sync()
            told += len(round_["found"]["changes"])
            seconds.append(round_["seconds"])
            if round_["found"]["full"]:
                raise Failed(f"{name}: everything was read again instead of what had changed")
        wrong = difference(kept.objects(), truth(lab.domain, asked))
        if wrong:
            raise Failed(f"{name}, round {number}: {len(wrong)} differences:\n  " + "\n  ".join(wrong[:20]))
    objects = first["status"]["objects"]
    what = ", ".join(f"{count} {kind}" for kind, count in sorted(done.items()))
    return (f"{objects} objects, then {sum(done.values())} changes ({what}): equal after each of {ROUNDS} rounds; "
            f"{told} changes told; a round took {max(seconds):.2f} s at most")


def by_dirsync(lab):
    return followed(lab, "dirsync", "dirsync")


def by_starttls(lab):
    return followed(lab, "starttls", "dirsync", transport="starttls")


def by_usn(lab):
    return followed(lab, "usn", "usnchanged", dirsync=False)


def failover(lab):
    """The first controller is not there: the second one answers, and the first is told."""
    kept = Kept(lab, "failover", controllers=("10.77.0.99", "dc2"))
    status = kept.sync()["status"]
    if [other["controller"] for other in status["unreachable"]] != ["10.77.0.99"] or status["controller"] != lab.domain["dc2"].address:
        raise Failed(f"failover: {status}")
    return f"{status['objects']} objects from {status['controller']}"


def refusals(lab):
    """Wrong passwords, foreign certificates and a plain-text transport are told, each with its exit code."""
    kept = Kept(lab, "refusals")
    kept.write("password", "wrong")
    said = kept.adtap("sync", check=False)
    if said.returncode != 77 or "user or password is wrong" not in said.stdout:
        raise Failed(f"a wrong password: {said.returncode}, {said.stdout}")
    kept.write("password", ADMIN_PASSWORD)
    with open(kept.config, encoding="utf-8") as file:
        text = file.read()
    other = lab.domain["dc1"].path("lib/private/tls/other-ca.pem")
    kept.write("adtap.toml", "\n".join(f'ca = "{other}"' if line.startswith("ca =") else line for line in text.splitlines()))
    said = kept.adtap("sync", check=False)
    if said.returncode != 69 or "certificate" not in said.stdout:
        raise Failed(f"a foreign certificate: {said.returncode}, {said.stdout}")
    kept.write("adtap.toml", text.replace('"ldaps"', '"plain"'))
    said = kept.adtap("sync", check=False)
    if said.returncode != 78 or "it is refused" not in said.stdout:
        raise Failed(f"plain text: {said.returncode}, {said.stdout}")
    return "wrong password 77, foreign certificate 69, plain text 78"


def damaged(lab):
    """A damaged file is told, costs a full read, and is good afterwards."""
    kept = Kept(lab, "damaged")
    kept.sync()
    path = os.path.join(kept.folder, "directory", f"{DOMAIN}.directory")
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        file.write(b"damage")
    said = kept.adtap("sync", "--json").stdout
    again = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    if "it is damaged" not in said or not again["found"]["full"] or kept.sync()["found"]["full"]:
        raise Failed("a damaged file: everything was not read exactly once more")
    return "told, and read as a whole once"


def race(lab):
    """A full read of many objects, beside ldapsearch with the same attributes and paging."""
    with open(os.path.join(os.path.dirname(__file__), "many.py"), encoding="utf-8") as source:
        lab.domain["dc1"].run("python3", "-", str(MANY), stdin=source.read(), timeout=600)
    say(f"{MANY:,} users were made")
    kept = Kept(lab, "race")
    asked = kept.adtap("export", "--attributes").stdout.split()
    filter_ = kept.adtap("export", "--filter").stdout.strip()
    kept.sync()
    search = lab.host.inside("env", "LDAPTLS_REQCERT=never", "ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H",
                             f"ldaps://{lab.domain['dc1'].address}", "-D", "Administrator@lab.example", "-w", ADMIN_PASSWORD, "-b", BASE,
                             "-E", "pr=1000/noprompt", "-E", "1.2.840.113556.1.4.529=::MAMCAQE=", "-E", "1.2.840.113556.1.4.417", filter_, *asked)
    ours, theirs = [], []
    for _ in range(3):
        began = time.monotonic()
        run(*search, timeout=120)
        theirs.append(time.monotonic() - began)
        began = time.monotonic()
        said = kept.sync("--full")
        ours.append(time.monotonic() - began)
    objects = said["status"]["objects"]
    told = f"{objects} objects: adtap {min(ours):.2f} s, ldapsearch {min(theirs):.2f} s"
    if objects < MANY or min(ours) > min(theirs) * 1.0:
        raise Failed(f"the race is lost: {told}")
    return told


PARTS = {"dirsync": by_dirsync, "starttls": by_starttls, "usn": by_usn, "failover": failover, "refusals": refusals, "damaged": damaged,
         "race": race}


def run_directory(lab, names=()):
    """Each part; what was found, and what is wrong."""
    told, wrong = {}, []
    for name, part in PARTS.items():
        if names and name not in names:
            continue
        try:
            told[f"directory {name}"] = part(lab)
            say(f"directory {name}: {told[f'directory {name}']}")
        except Failed as error:
            wrong.append(f"directory {name}: {error}")
            say(wrong[-1])
    return told, wrong
