"""The directory that adtap keeps, held against the controllers' own database: read as a whole, then followed through changes."""
import collections
import datetime
import itertools
import json
import os
import shutil
import statistics
import time

from domain import ADMIN_PASSWORD
from election import election
from forest import forest_of
from live import live
from network import DOMAIN
from shell import Failed, run, say, tool, wait_for

BASE = "DC=lab,DC=example"
# Rounds of changes after each of which everything is compared, and changes in each.
ROUNDS, CHANGES = 10, 50
# Times that a controller is read again since it took changes of another one meanwhile.
AGAIN = 20
# Objects of the race against ldapsearch.
MANY = 20_000
# Rounds of changes that a global catalog is polled through, and what it has of every object.
CATALOGUED = 4
IDENTITY = ["objectGUID", "objectClass", "sAMAccountName", "objectSid", "userPrincipalName"]
# Runs of each in turn.
RACES = 7
# Seconds that a domain may be behind while another one is cut off: an interval, and the time that the last answer is waited for.
STALLED = 20

OFFLINE = """[spool]
directory = "{folder}/spool"
[web]
enabled = false
"""
DIRECTORY = """[directory]
folder = "{folder}/directory"
"""
FOLLOW = """follow-trusts = true
name-servers = ["{server}"]
"""
EACH = """[[directory.domains]]
name = "{domain}"
controllers = [{controllers}]
transport = "{transport}"
ca = "{folder}/ca.pem"
dirsync = {dirsync}
global-catalogs = [{catalogs}]
"""
ACCOUNT = """[[directory.credentials]]
domain = "{domain}"
user = "{user}"
password-file = "{folder}/password"
"""


def tables(lab, folder, controllers=("dc1",), forest=None, follow=False, **how):
    """The configuration that reads the directory, and the second forest's, which is configured too or followed; what it refers to is written
    into `folder`."""
    os.makedirs(folder, exist_ok=True)
    shutil.copy(lab.domain["dc1"].path("lib/private/tls/ca.pem"), folder)
    with open(os.path.join(folder, "password"), "w", encoding="utf-8") as file:
        file.write(ADMIN_PASSWORD)
    addresses = [lab.domain[name].address if name in lab.domain.hosts else name for name in controllers]
    text = DIRECTORY.format(folder=folder) + (FOLLOW.format(server=forest.far.address) if follow else "")
    text += table(folder, DOMAIN, addresses, **how) + account(folder, DOMAIN)
    if forest and not follow:
        text += table(folder, forest.name, [forest.far.address], **how)
    return text + account(folder, forest.name) if forest else text


def table(folder, domain, controllers, transport="ldaps", dirsync=True, catalogs=()):
    named, stand_in = (", ".join(f'"{address}"' for address in hosts) for hosts in (controllers, catalogs))
    return EACH.format(folder=folder, domain=domain, controllers=named, transport=transport, dirsync=str(dirsync).lower(), catalogs=stand_in)


def account(folder, domain):
    return ACCOUNT.format(folder=folder, domain=domain, user=f"Administrator@{domain}")


class Kept:
    """A configuration, and what adtap keeps by it."""

    def __init__(self, lab, name, **how):
        self.host, self.folder = lab.host, os.path.join(lab.host.state, "tmp", f"directory-{name}")
        self.config, self.program = os.path.join(self.folder, "adtap.toml"), tool("adtap")
        os.makedirs(self.folder)
        self.write("adtap.toml", OFFLINE.format(folder=self.folder) + tables(lab, self.folder, **how))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def adtap(self, *words, check=True):
        return self.host.run(self.program, "--config", self.config, "directory", *words, check=check, timeout=120)

    def sync(self, *words):
        """What a synchronisation says of the domain."""
        return self.syncs(*words)[0]

    def syncs(self, *words):
        """The same of each domain."""
        said = self.adtap("sync", "--json", *words).stdout
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def objects(self):
        """Everything kept of domains and forests, by GUID: DN, and each attribute's values as a multiset."""
        return exported(self.adtap("export").stdout)

    def described(self):
        """The DNs of objects whose descriptors are kept."""
        said = self.adtap("export").stdout
        return {entry["dn"] for entry in map(json.loads, said.splitlines()) if "nTSecurityDescriptor" in entry}

    def compared(self):
        """The attributes that are asked for and kept."""
        return [name for name in self.adtap("export", "--attributes").stdout.split() if name not in ("whenChanged", "uSNChanged")]


KEYTAB = """[[directory.domains]]
name = "{domain}"
controllers = ["dc1.{domain}"]
transport = "{transport}"
ca = "{folder}/ca.pem"
[[directory.credentials]]
domain = "{domain}"
user = "{user}@{domain}"
keytab = "{keytab}"
"""


class Joined(Kept):
    """The same on the workstation, whose DNS and Kerberos are the domain's; what lies in its /tmp lies elsewhere for the lab."""

    def __init__(self, lab, name, transport, user, keytab):  # pylint: disable=super-init-not-called,too-many-arguments
        self.host, inside, self.program = lab.domain["client"], f"/tmp/{name}", "/srv/adtap/adtap"
        self.folder, self.config = self.host.path(inside[1:]), f"{inside}/adtap.toml"
        os.makedirs(self.folder)
        shutil.copy(lab.domain["dc1"].path("lib/private/tls/ca.pem"), self.folder)
        text = KEYTAB.format(folder=inside, domain=DOMAIN, transport=transport, user=user, keytab=keytab)
        self.write("adtap.toml", OFFLINE.format(folder=inside) + DIRECTORY.format(folder=inside) + text)


def exported(said):
    """The same from what `adtap directory export` said."""
    own = [json.loads(line) for line in said.splitlines()]
    for entry in own:
        entry.pop("nTSecurityDescriptor", None)  # kept of few objects, and in part
    return {entry.pop("objectGUID")[0]: (entry.pop("dn"), values(entry)) for entry in own}


def values(entry):
    """Attributes with their values, whatever the order; a DN that is a value is compared as a DN is, without regard to case."""
    return {name: collections.Counter(own) for name, own in entry.items() if own}


def truth(host, asked):
    """The same from a controller's own database."""
    return dumped(host, asked)[0]


def dumped(host, asked):
    """The same, and the USN it was at."""
    script = os.path.join(os.path.dirname(__file__), "dump.py")
    with open(script, encoding="utf-8") as source:
        said = host.run("python3", "-", *asked, stdin=source.read(), timeout=120).stdout
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return {entry.pop("objectGUID")[0]: (entry.pop("dn"), values(entry)) for entry in lines}, committed(said)


def committed(said):
    """The highest USN that a script on a controller saw."""
    return next(line.split()[1] for line in said.splitlines() if line.startswith("usn "))


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
                mine, theirs = own.get(name, collections.Counter()), real_own.get(name, collections.Counter())
                wrong.append(f"{dn}: {name} has {list(mine - theirs)[:3]} too much, {list(theirs - mine)[:3]} too little")
    return wrong


def churn(host, seed, count):
    """Changes at random on a controller; what was done, and the USN after it."""
    script = os.path.join(os.path.dirname(__file__), "churn.py")
    with open(script, encoding="utf-8") as source:
        said = host.run("python3", "-", str(seed), str(count), stdin=source.read(), timeout=120).stdout
    return collections.Counter(line.split()[1] for line in said.splitlines() if line.startswith("did ")), committed(said)


def differences(kept, hosts, asked, written):
    """What is not the same, and how often everything was read again. `written` are the controllers' USNs when they had been written to: one
    that took changes of another controller after adtap had read it is behind nothing, and both are read once more."""
    for again in range(AGAIN):
        dumps = [dumped(host, asked) for host in hosts]
        wrong = difference(kept.objects(), {guid: entry for objects, _ in dumps for guid, entry in objects.items()})
        usns = [usn for _, usn in dumps]
        if not wrong or usns == written:
            return wrong, again
        written = usns
        kept.syncs()
    return wrong, AGAIN


def followed(lab, name, method, controllers=("dc1",), forest=None, others=(), **how):
    """A full read, then rounds of changes, also on `others`, which replicate them; each time everything is as in the controllers' databases."""
    hosts = [lab.domain[controllers[0]], *([forest.far] if forest else [])]
    written = hosts + [lab.domain[other] for other in others]
    kept = Kept(lab, name, controllers=controllers, forest=forest, **how)
    first = kept.syncs()
    if any(domain["status"]["method"] != method or not domain["found"]["full"] for domain in first):
        raise Failed(f"{name}: changes follow by {first[0]['status']['method']}, not by {method}")
    asked = kept.compared()
    done, told, seconds, repeated, usns = collections.Counter(), 0, [], 0, None
    say(f"{name}: changes by seed {lab.seed}")
    for number in range(ROUNDS + 1):
        if number:
            deeds = [churn(host, f"{lab.seed} {name} {number} {host.name}", CHANGES) for host in written]
            for other, partition in itertools.product(others, (BASE, f"CN=Configuration,{BASE}")):
                hosts[0].run("samba-tool", "drs", "replicate", hosts[0].name, other, partition, "-U", f"Administrator%{ADMIN_PASSWORD}", timeout=60)
            done, usns = sum((deed for deed, _ in deeds), done), [usn for _, usn in deeds[:len(hosts)]]
            domains = kept.syncs()
            told += sum(len(domain["found"]["changes"]) for domain in domains)
            seconds.append(sum(domain["seconds"] for domain in domains))
            if any(domain["found"]["full"] for domain in domains):
                raise Failed(f"{name}: everything was read again instead of what had changed")
        wrong, again = differences(kept, hosts, asked, usns)
        repeated += again
        if wrong:
            raise Failed(f"{name}, round {number} of seed {lab.seed}: {len(wrong)} differences:\n  " + "\n  ".join(wrong[:20]))
    objects = sum(domain["status"]["objects"] for domain in first)
    what = ", ".join(f"{count} {kind}" for kind, count in sorted(done.items()))
    return (f"seed {lab.seed}: {objects} objects, then {sum(done.values())} changes ({what}): equal after each of {ROUNDS} rounds; "
            f"{repeated} readings repeated for another controller's changes; {told} changes told; a round took {max(seconds):.2f} s at most")


def by_dirsync(lab):
    return followed(lab, "dirsync", "dirsync")


def by_other_controller(lab):
    """The domain's other controller, whose changes are its own: RIDs, USNs and cookies are."""
    return followed(lab, "dc2", "dirsync", controllers=("dc2",))


def by_replication(lab):
    """What one controller takes from the other between two readings of it."""
    return followed(lab, "replicated", "dirsync", others=("dc2",))


def by_starttls(lab):
    return followed(lab, "starttls", "dirsync", transport="starttls")


def by_gssapi(lab):
    """Kerberos with keytabs: sealed by it on port 389, and within TLS."""
    dc1, client = lab.domain["dc1"], lab.domain["client"]
    dc1.run("samba-tool", "domain", "exportkeytab", "/tmp/administrator.keytab", "--principal=Administrator")
    shutil.copy(dc1.path("tmp/administrator.keytab"), client.path("tmp"))
    own, told = ("Administrator", "/tmp/administrator.keytab"), []
    for transport in ("ldaps", "starttls", "sealed"):
        kept = Joined(lab, f"gssapi-{transport}", transport, *own)
        said = kept.adtap("status", check=False)
        if "built without Kerberos" in said.stdout:
            return "left out: this adtap was built without Kerberos (--features gssapi)"
        status = kept.sync()["status"]
        asked = kept.compared()
        wrong, _ = differences(kept, [dc1], asked, None)
        if wrong:
            raise Failed(f"gssapi, {transport}: {len(wrong)} differences:\n  " + "\n  ".join(wrong[:20]))
        _, usn = churn(dc1, f"{lab.seed} gssapi {transport}", CHANGES)
        kept.sync()
        wrong, _ = differences(kept, [dc1], asked, [usn])
        if wrong:
            raise Failed(f"gssapi, {transport}, after changes: {len(wrong)} differences:\n  " + "\n  ".join(wrong[:20]))
        told.append(f"{transport}: {status['objects']} objects, and {CHANGES} changes after them, equal")
    computer = Joined(lab, "gssapi-computer", "sealed", "CLIENT$", "/etc/krb5.keytab").sync()["status"]
    told.append(f"a computer's own account: {computer['objects']} objects by {computer['method']}")
    said = Joined(lab, "gssapi-stranger", "ldaps", "adm", "/etc/krb5.keytab").adtap("sync", check=False)
    if said.returncode != 77 or "no ticket" not in said.stdout:
        raise Failed(f"gssapi: a keytab without the key: {said.returncode}, {said.stdout}")
    return "; ".join(told) + "; a keytab without the key ends with 77"


def by_usn(lab):
    return followed(lab, "usn", "usnchanged", dirsync=False)


def failover(lab):
    """The first controller is not there: the second one answers, and the first is told."""
    kept = Kept(lab, "failover", controllers=("10.77.0.99", "dc2"))
    status = kept.sync()["status"]
    if [other["controller"] for other in status["unreachable"]] != ["10.77.0.99"] or status["controller"] != lab.domain["dc2"].address:
        raise Failed(f"failover: {status}")
    return f"{status['objects']} objects from {status['controller']}"


def catalog(lab):
    """No controller of the domain answers: a global catalog stands in, until one does."""
    dc1 = lab.domain["dc1"]
    kept = Kept(lab, "catalog", controllers=("10.77.0.99",), catalogs=(dc1.address,))
    asked, told, objects = kept.compared(), 0, 0
    for number in range(CATALOGUED + 1):
        if number:
            churn(dc1, f"{lab.seed} catalog {number}", CHANGES)
        domain = kept.sync()
        if not domain["status"]["partial"] or domain["found"]["full"] == bool(number):
            raise Failed(f"catalog, round {number}: {domain}")
        told += len(domain["found"]["changes"])
        own, real = kept.objects(), truth(dc1, IDENTITY)
        wrong = difference({guid: (dn, {name: own[name] for name in own.keys() & set(IDENTITY)}) for guid, (dn, own) in own.items()}, real)
        if wrong:
            raise Failed(f"catalog, round {number} of seed {lab.seed}: {len(wrong)} differences:\n  " + "\n  ".join(wrong[:20]))
        objects = len(own)
    said = kept.adtap("status", check=False).stdout
    if "from the global catalog: partial attributes" not in said:
        raise Failed(f"catalog: {said}")
    kept.write("adtap.toml", OFFLINE.format(folder=kept.folder) + tables(lab, kept.folder, catalogs=(dc1.address,)))
    domain = kept.sync()
    wrong = difference(kept.objects(), truth(dc1, asked))
    if domain["found"]["changes"] or domain["status"]["partial"] or not domain["found"]["full"] or wrong:
        raise Failed(f"catalog: afterwards {domain['status']}, {domain['found']['changes'][:5]}, {wrong[:20]}")
    return f"{objects} objects with their names and SIDs, equal after each of {CATALOGUED} rounds of {CHANGES}, {told} changes told; read anew from {domain['status']['controller']}, which told none"


def descriptors(lab):
    """A rule on an organizational unit, on the domain's head and on AdminSDHolder is told; one on an ordinary account is not, nor what is inherited."""
    dc1, numbers = lab.domain["dc1"], []
    holder, unit, plain = f"CN=AdminSDHolder,CN=System,{BASE}", f"OU=Described,{BASE}", f"CN=described,OU=Described,{BASE}"
    dc1.shell(f"samba-tool ou create {unit} && samba-tool user create described --random-password --userou=OU=Described")
    for name, dirsync in (("dirsync", True), ("usn", False)):
        kept = Kept(lab, f"descriptors-{name}", dirsync=dirsync)
        kept.sync()
        described = kept.described()
        if not {BASE, holder, unit} <= described or plain in described:
            raise Failed(f"descriptors: of {len(described)} objects: {sorted(described)[:20]}")
        for dn in (BASE, holder, unit, plain):
            dc1.shell(f"samba-tool dsacl set --objectdn='{dn}' --action=allow --sddl='(A;CI;{'LC' if dirsync else 'LO'};;;AN)' -H /var/lib/samba/private/sam.ldb")
        told = kept.sync()["found"]["changes"]
        own = {dn for dn in (BASE, holder, unit, plain) for line in told if line.startswith(f"changed {dn}; ") and "nTSecurityDescriptor" in line}
        others = [line for line in told if "nTSecurityDescriptor" in line and not any(line.startswith(f"changed {dn}; ") for dn in own)]
        if own != {BASE, holder, unit} or others or kept.sync()["found"]["changes"]:
            raise Failed(f"descriptors by {name}: told of {own}, and {others[:5]}")
        numbers.append(f"{len(described)} kept by {name}")
    return f"{', '.join(numbers)}; three changes of four told, and nothing that was inherited"


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
    say(f"{MANY:,} users and computers were made")
    kept = Kept(lab, "race")
    asked = kept.adtap("export", "--attributes").stdout.split()
    filter_ = kept.adtap("export", "--filter").stdout.strip()
    kept.sync()
    search = lab.host.inside("env", "LDAPTLS_REQCERT=never", "ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H",
                             f"ldaps://{lab.domain['dc1'].address}", "-D", "Administrator@lab.example", "-w", ADMIN_PASSWORD, "-b", BASE,
                             "-E", "pr=1000/noprompt", "-E", "1.2.840.113556.1.4.529=::MAMCAQE=", "-E", "1.2.840.113556.1.4.417", filter_, *asked)
    ours, theirs = [], []
    racers = [(theirs, lambda: run(*search, timeout=120)), (ours, lambda: kept.sync("--full"))]
    for _ in range(RACES):
        for times, act in racers:
            times.append(seconds(act))
        racers.reverse()  # neither is always the second
    objects = kept.sync()["status"]["objects"]
    own, other = statistics.median(ours), statistics.median(theirs)
    told = f"{objects} objects, medians of {RACES} runs each: adtap {own:.2f} s ({spread(ours)}), ldapsearch {other:.2f} s ({spread(theirs)})"
    if objects < MANY or own > other:
        raise Failed(f"the race is lost: {told}")
    return told


def seconds(act):
    began = time.monotonic()
    act()
    return time.monotonic() - began


def spread(times):
    return f"{min(times):.2f} to {max(times):.2f}"


def forests(lab):
    """Two forests that trust each other, one configured, the other followed; members of groups come from both."""
    forest = forest_of(lab)
    told = followed(lab, "forests", "dirsync", forest=forest, follow=True)
    ways = [domain["status"].get("followed") for domain in Kept(lab, "ways", forest=forest, follow=True).syncs()]
    trusts = [domain["status"]["trusts"] for domain in Kept(lab, "trusts", forest=forest).syncs()]
    if ways != [None, DOMAIN] or trusts != [[forest.name], [DOMAIN]]:
        raise Failed(f"forests: {ways} led to them, and the trusts are {trusts}")
    return f"each trusts the other, and leads to it; {told}"


def cut(lab):
    """The forest that is followed is cut off: told within its time, the other one goes on, and it is over when the way is back."""
    forest = forest_of(lab)
    sensor = lab.knowing("cut", forest=forest, follow=True)
    sensor.start()
    try:
        wait_for("both are synchronised", lambda: {name for name, domain in standing(sensor).items() if domain.get("synced")} == {DOMAIN, forest.name})
        forest.cut(True)
        began, oldest = time.monotonic(), 0.0
        while "trust_unreachable" not in sensor.alerts():
            synced = datetime.datetime.fromisoformat(standing(sensor)[DOMAIN]["synced"])
            oldest = max(oldest, time.time() - synced.timestamp())
            if time.monotonic() - began > 180:
                raise Failed("cut: health does not tell of it")
            time.sleep(0.5)
        told, others = time.monotonic() - began, sensor.alerts() & {"controller_unreachable", "directory_stale"}
        forest.cut(False)
        began = time.monotonic()
        wait_for("health no longer tells of it", lambda: "trust_unreachable" not in sensor.alerts(), 400, every=0.5)
        over = time.monotonic() - began
        if others or oldest > STALLED or standing(sensor)[forest.name].get("trouble"):
            raise Failed(f"cut: {others} beside it, {DOMAIN} as of {oldest:.0f} s before, {standing(sensor)[forest.name]}")
        sensor.close()
    finally:
        forest.cut(False)
        sensor.abandon()
    return f"told after {told:.0f} s, over {over:.0f} s after the way was back; {DOMAIN} was at most {oldest:.1f} s old meanwhile"


def standing(sensor):
    """How the running daemon's domains stand, by name."""
    return {domain["name"]: domain for domain in sensor.counted("directory") or []}


def elected(lab):
    """Two sensors that share the reading: election.py."""
    def own(of, name):
        return tables(of, os.path.join(of.host.state, f"{name}-directory"))

    return election(lab, Tools(own, churn, truth, difference, exported))


Tools = collections.namedtuple("Tools", "tables churn truth difference exported")

PARTS = {"dirsync": by_dirsync, "dc2": by_other_controller, "replicated": by_replication, "starttls": by_starttls, "usn": by_usn, "gssapi": by_gssapi, "failover": failover, "catalog": catalog, "descriptors": descriptors, "refusals": refusals, "damaged": damaged,
         "race": race, "live": live, "election": elected, "forests": forests, "cut": cut}

# A bench, and what takes minutes of waiting: these only run when they are named.
NAMED = {"race", "election", "cut", "catalog"}


def run_directory(lab, names=()):
    """Each part; what was found, and what is wrong."""
    told, wrong = {}, []
    for name, part in PARTS.items():
        if name not in (names or PARTS.keys() - NAMED):
            continue
        try:
            told[f"directory {name}"] = part(lab)
            say(f"directory {name}: {told[f'directory {name}']}")
        except Failed as error:
            wrong.append(f"directory {name}: {error}")
            say(wrong[-1])
    return told, wrong
