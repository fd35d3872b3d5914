"""Windows Event Forwarding over HTTP with Kerberos: members and a controller of the real domain are the sources, each with its own key.

    client, srv1, dc1: kerberized.py (pyspnego, or python3-gssapi) ── ticket of dc1's KDC, sealed ──► sensor: adtap run, port 5985

The sources run by the Python that ADTAP_LAB_SPNEGO names, which has pyspnego; without it by the system's, with python3-gssapi.
"""
import json
import os
import random
import shutil
import signal
import time

from domain import PASSWORD
from listeners import exactly_once, stored_events
from network import ADDRESSES, DOMAIN, KRB5
from shell import Failed, say, start, wait_for

SENSOR, HERE = ADDRESSES["sensor"], os.path.dirname(os.path.abspath(__file__))
SOURCE = [os.environ.get("ADTAP_LAB_SPNEGO", "/usr/bin/python3"), os.path.join(HERE, "kerberized.py")]

# Whose keys adtap has: an account with AES keys, and one that has RC4 alone.
NAME, LEGACY, OTHER = f"web1.{DOMAIN}", f"legacy.{DOMAIN}", "MSSQLSvc/sql1.lab.example:1433"

COLLECT = """
[events.wef]
kerberos = ["{sensor}"]
keytab = "{keytab}"
name = "{name}"
"""

# The computers that send, and what MIT Kerberos finds their key by.
COMPUTERS = {"client": "", "srv1": "", "dc1": "-t /tmp/dc1.keytab"}

EVENTS, BATCH, KILLS = 2_000, 100, 20

# Seconds that a ticket lives which is to expire, in whose last two minutes Samba issues no other by it; and by how much clocks may differ.
LIFE, SKEW = 130, 3


class Bed:
    """The sensor, and the domain's computers with their tickets."""

    def __init__(self, lab):
        self.lab, self.domain, self.folder = lab, lab.domain, os.path.join(lab.host.state, "tickets")
        os.makedirs(self.folder)
        self.sensor = None
        with open(self.file("krb5.conf"), "w", encoding="ascii") as file:
            file.write((KRB5 % {"kdc": ADDRESSES["dc1"]}).replace("[libdefaults]\n", f"[libdefaults]\n clockskew = {SKEW}\n"))
        self.keytab("http.keytab", f"HTTP/{NAME}", f"HTTP/{LEGACY}")
        self.keytab("other.keytab", OTHER)
        self.keytab("dc1.keytab", "DC1$")
        for name in COMPUTERS:
            self.ticket(name)

    def file(self, name):
        return os.path.join(self.folder, name)

    def keytab(self, name, *principals):
        """The keys of `principals`, exported by dc1."""
        dc1 = self.domain["dc1"]
        for principal in principals:
            dc1.run("samba-tool", "domain", "exportkeytab", f"/tmp/{name}", f"--principal={principal}")
        shutil.copy(dc1.path(f"tmp/{name}"), self.file(name))

    def ticket(self, name, *options):
        """A new ticket for the computer's own account."""
        self.domain[name].shell(f"kinit -k {COMPUTERS[name]} {' '.join(options)} '{name.upper()}$'")

    def collect(self, name, keytab="http.keytab"):
        more = COLLECT.format(sensor=SENSOR, keytab=self.file(keytab), name=NAME)
        self.sensor = self.lab.sensor(name, more=more, environment={"KRB5_CONFIG": self.file("krb5.conf")})
        self.sensor.start()
        return self.sensor

    def words(self, host, do, **how):
        task = {"do": do, "at": SENSOR, "service": NAME, "scheme": "Kerberos", "computer": f"{host}.{DOMAIN}", **how}
        return self.domain[host].inside(*SOURCE, json.dumps(task))

    def source(self, host, do, **how):
        """What a source says when it is done."""
        done = self.domain[host].run(*SOURCE, self.words(host, do, **how)[-1], timeout=how.get("seconds", 60) + 30)
        return json.loads(done.stdout.splitlines()[-1])

    def counters(self):
        listeners = self.sensor.counted("listeners") or []
        return next((one["counters"] for one in listeners if one["name"] == "wef"), {})

    def counted(self, **wanted):
        """Waits for counters, which are published twice a second."""
        wait_for(f"the counters {wanted}", lambda: all(self.counters().get(name, 0) == count for name, count in wanted.items()), 5)


def both_schemes(bed):
    """Three computers, each by both schemes, and one with RC4: everything is acknowledged and stored once."""
    sensor, acknowledged, by = bed.collect("kerberos"), {}, set()
    for host in COMPUTERS:
        for scheme, name, upto, sldc in (("Kerberos", NAME, EVENTS // 2, False), ("Negotiate", NAME, EVENTS, True),
                                         ("Kerberos", LEGACY, EVENTS + BATCH, False), ("Kerberos", LEGACY, EVENTS + 2 * BATCH, True)):
            told = bed.source(host, "events", scheme=scheme, service=name, events=upto, batch=BATCH, sldc=sldc)
            if told["wrong"] or told["acknowledged"] != upto or told["statuses"][-1] != 200:
                raise Failed(f"{host} by {scheme} of {name}: {told}; {bed.counters()}; {sensor.log('adtap.log')[-600:]}")
            acknowledged[f"{host}.{DOMAIN}"] = upto
            by.add(told["by"])
    sensor.close()
    exactly_once({"acknowledged": acknowledged}, stored_events(sensor.each_row()), "Kerberos")
    return f"{len(acknowledged)} computers, {sum(acknowledged.values())} events by Kerberos and Negotiate, AES and RC4, plain and SLDC, sealed by {', '.join(by)}"


def rules(bed):
    """Whoever breaks a rule is refused, and counted."""
    sensor = bed.collect("kerberos-rules")
    told = bed.source("client", "refusals")
    wanted = {"stranger": [401, ["Kerberos", "Negotiate"]], "garbage": 401, "no base64": 401, "basic": 401, "unsealed": 415, "signed alone": 401,
              "tampered": 401, "after that": 401, "heartbeat": True, "forged": True}
    if told != wanted:
        raise Failed(f"refusals: {told}, not {wanted}")
    bed.domain["client"].shell("kinit -c FILE:/tmp/alice alice", stdin=PASSWORD + "\n")
    words = bed.words("client", "opens")
    user = bed.domain["client"].run("env", "KRB5CCNAME=FILE:/tmp/alice", *words[words.index(SOURCE[0]):])
    if json.loads(user.stdout.splitlines()[-1])["statuses"] != [401]:
        raise Failed(f"a user is let in: {user.stdout}")
    bed.counted(refused_tickets=2, unsealed_bodies=2, broken_seals=1, forged_computers=3, refused_accounts=1, stored=0)
    bed.ticket("client", f"-l {LIFE}s")
    told = bed.source("client", "expires", wait=LIFE + SKEW + 3, seconds=LIFE + 60)
    if told != {"before": 200, "after": 401}:
        raise Failed(f"a ticket that expires: {told}")
    bed.counted(expired_tickets=1)
    bed.ticket("client")
    sensor.close()
    if stored_events(sensor.each_row()):
        raise Failed("something of what was refused is stored")
    bed.collect("kerberos-other", keytab="other.keytab")
    told = bed.source("client", "opens")
    if told != {"statuses": [401], "complete": False}:
        raise Failed(f"the keytab of another service: {told}")
    bed.counted(refused_tickets=1)
    bed.sensor.close()
    return "strangers, garbage, users, expired tickets, another's keytab, unsealed, signed and tampered bodies, forged computers refused and counted"


def kills(bed):
    """kill -9 while events stream: what was acknowledged is stored exactly once."""
    sensor, moments = bed.collect("kerberos-kill"), random.Random(20261130)
    sources = {host: start(*map(str, bed.words(host, "events", events=EVENTS, batch=10, pause=0.15, seconds=200)), log=bed.file(f"{host}.log"))
               for host in COMPUTERS}
    killed = 0
    while killed < KILLS and any(source.poll() is None for source in sources.values()):
        time.sleep(moments.uniform(0.3, 1.5))
        sensor.stop(signal.SIGKILL)
        sensor.start_daemon()
        killed += 1
    acknowledged, again = {}, 0
    for host, source in sources.items():
        source.wait(timeout=220)
        with open(bed.file(f"{host}.log"), encoding="utf-8") as file:
            told = json.loads(file.read().splitlines()[-1])
        if told["wrong"] or told["acknowledged"] != EVENTS:
            raise Failed(f"{host}: {told}")
        acknowledged[f"{host}.{DOMAIN}"], again = told["acknowledged"], again + told["again"]
    sensor.close()
    exactly_once({"acknowledged": acknowledged}, stored_events(sensor.each_row()), f"{killed} kills")
    if killed < KILLS:
        raise Failed(f"the sources were done after {killed} of {KILLS} kills")
    return f"{killed} kills: {sum(acknowledged.values())} events acknowledged and stored once, {again} batches came again"


def run_kerberos(lab):
    """What was seen, in a few words; or Failed."""
    bed, told = Bed(lab), []
    if "built without Kerberos" in without(bed):
        return "left out: this adtap was built without Kerberos (--features gssapi)"
    for part in (both_schemes, rules, kills):
        try:
            told.append(part(bed))
        except (Failed, OSError, KeyError, ValueError):
            if bed.sensor:
                bed.sensor.abandon()
            raise
        say(f"wef_kerberos: {told[-1]}")
    return "; ".join(told)


def without(bed):
    """What adtap says of a configuration that asks for Kerberos."""
    path = bed.file("check.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(COLLECT.format(sensor=SENSOR, keytab=bed.file("http.keytab"), name=NAME))
    return bed.lab.host.run(os.path.join(os.environ["ADTAP_LAB_BIN"], "adtap"), "check", path, check=False).stdout
