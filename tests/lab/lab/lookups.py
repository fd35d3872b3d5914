"""`adtap lookup`, and the daemon's own look-ups, against Samba, xrdp, the domain's DNS server, silence, and hosts that lie.

Each is asked by every way from the sensor's management NIC; what it answers has to be what it is, as docs/lookup.md says.
What is printed goes to lookups.txt in the report.
"""
import json
import os
import time

from domain import ADMINISTRATOR, ADMIN_PASSWORD
from network import ADDRESSES, DOMAIN, WORKGROUP
from scenarios import SETTLE
from shell import Failed, start, tool, wait_for

DNS = ADDRESSES["dc1"]
ZONE = "0.77.10.in-addr.arpa"
NOBODY = "10.77.0.99"

XRDP = """[Globals]
ini_version=1
fork=true
port=tcp://{address}:3389
security_layer=negotiate
crypt_level=high
certificate=/etc/xrdp/lab.pem
key_file=/etc/xrdp/lab.key
ssl_protocols={protocols}
tls_ciphers={ciphers}
[Logging]
LogFile=/tmp/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Channels]
[Xorg]
name=Xorg
lib=libxup.so
"""

# What each way comes to: the name, or the outcome. `?` is anything.
EXPECTED = {
    "dc1": {"rpc": "dc1.lab.example", "netbios": "DC1", "rdp": "refused", "ptr": "dc1.lab.example"},
    "srv1": {"rpc": "refused", "netbios": "SRV1", "rdp": "srv1.lab.example", "ptr": "srv1.lab.example"},
    "srv1, of 2012": {"rpc": "refused", "netbios": "SRV1", "rdp": "srv1.lab.example", "ptr": "srv1.lab.example"},
    "client": {"rpc": "refused", "netbios": "refused", "rdp": "refused", "ptr": "unnamed"},
    "silent": {"rpc": "silent", "netbios": "silent", "rdp": "silent", "ptr": "unnamed"},
    "lie": {"rpc": "dc1.lab.example", "netbios": "DC1", "rdp": "?", "ptr": "client.lab.example"},
    "garbage": {"rpc": "malformed", "netbios": "malformed", "rdp": "malformed", "ptr": "client.lab.example"},
    "slow": {"rpc": "silent", "netbios": "silent", "rdp": "silent", "ptr": "client.lab.example"},
}


def run_lookups(lab, folder):
    """What each host told, and what was wrong."""
    told, wrong = {}, []
    prepare(lab)
    with open(os.path.join(folder, "lookups.txt"), "w", encoding="utf-8") as transcripts:
        for name in EXPECTED:
            try:
                told[f"lookup {name}"] = one(lab, name, transcripts)
            except Failed as error:
                wrong.append(f"lookup {name}: {error}")
    try:
        told["lookup daemon"] = daemon(lab)
    except Failed as error:
        wrong.append(f"lookup daemon: {error}")
    finally:
        lab.switch.quiet()
    return told, wrong


def prepare(lab):
    """A reverse zone; NetBIOS and Remote Desktop on srv1."""
    dc1, srv1 = lab.domain["dc1"], lab.domain["srv1"]
    administrator = f"-U{WORKGROUP}\\{ADMINISTRATOR}%{ADMIN_PASSWORD}"
    dc1.run("samba-tool", "dns", "zonecreate", "dc1", ZONE, administrator)
    for name in ("dc1", "srv1"):
        point(dc1, name)
    srv1.shell("setsid nmbd -D")
    srv1.shell("mkdir -p /etc/xrdp /run/xrdp; cd /etc/xrdp; openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=srv1.lab.example"
               " -keyout lab.key -out lab.pem 2>/dev/null")
    remote_desktop(srv1, "TLSv1.2, TLSv1.3", "HIGH")
    wait_for("nmbd listens", lambda: srv1.shell("ss -lun | grep -q :137", check=False).returncode == 0)
    wait_for("nmbd has its name", lambda: "SRV1" in dc1.run("nmblookup", "-A", srv1.address, check=False).stdout)


def remote_desktop(host, protocols, ciphers):
    """xrdp with these; what ran before is ended."""
    host.shell("test ! -e /tmp/xrdp.pid || kill $(cat /tmp/xrdp.pid)")
    wait_for("xrdp has ended", lambda: host.shell("ss -ltn | grep -q :3389", check=False).returncode)
    with open(host.path("etc/xrdp/lab.ini"), "w", encoding="utf-8") as file:
        file.write(XRDP.format(address=host.address, protocols=protocols, ciphers=ciphers))
    host.start_daemon("bash", "-c", "echo $$ >/tmp/xrdp.pid; exec xrdp --nodaemon --config /etc/xrdp/lab.ini", log=host.path("xrdp.log"))
    wait_for("xrdp listens", lambda: host.shell("ss -ltn | grep -q :3389", check=False).returncode == 0)


def point(dc1, name):
    """A pointer record for a host."""
    last = ADDRESSES[name].rsplit(".", 1)[1]
    dc1.run("samba-tool", "dns", "add", "dc1", ZONE, last, "PTR", f"{name}.{DOMAIN}", f"-U{WORKGROUP}\\{ADMINISTRATOR}%{ADMIN_PASSWORD}")


def one(lab, name, transcripts):
    """Asks one host; in how many milliseconds it was done."""
    hosts = lab.domain.hosts
    host = hosts.get(name.split(",")[0], hosts["client"])
    liar = None
    try:
        if name == "silent":
            # Questions arrive there, and no answer finds its way back.
            host.net("ip", "route", "add", "blackhole", f"{ADDRESSES['sensor']}/32")
        elif name == "srv1, of 2012":
            # RSA key exchange and CBC alone, as Windows Server 2012 R2 with an RSA certificate.
            remote_desktop(host, "TLSv1.2", "AES128-SHA")
        elif name in ("lie", "garbage", "slow"):
            liar = lying(host, name)
        return compare(name, ask(lab, host.address, transcripts, name))
    finally:
        if name == "silent":
            host.net("ip", "route", "del", "blackhole", f"{ADDRESSES['sensor']}/32", check=False)
            point(lab.domain["dc1"], "client")
        if liar:
            liar.terminate()
            liar.wait(20)


def lying(host, mode):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "liar.py")
    liar = start("nsenter", "--target", host.pid, "--net", "--", "python3", script, mode, host.address, log=host.path("liar.log"))
    listens = lambda: host.net("bash", "-c", "ss -ltn | grep -q :3389 && ss -ltn | grep -q :135 && ss -lun | grep -q :137", check=False)
    wait_for("the liar listens", lambda: listens().returncode == 0)
    return liar


def ask(lab, address, transcripts, name):
    words = ["lookup", address, "--source", ADDRESSES["sensor"], "--name-server", DNS]
    done = lab.host.run(tool("adtap"), *words, check=False)
    transcripts.write(f"## {name}\n\n    # adtap {' '.join(words)}\n")
    transcripts.writelines(f"    {line}\n" for line in done.stdout.splitlines())
    transcripts.write("\n")
    began = time.monotonic()
    done = lab.host.run(tool("adtap"), *words, "--json", check=False)
    took = time.monotonic() - began
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines or took > 3:
        raise Failed(f"ended with {done.returncode} after {took:.1f} s: {done.stdout}")
    return json.loads(lines[0]) | {"code": done.returncode, "took": took}


def compare(name, document):
    told = {answer["method"]: answer.get("name") or answer["outcome"] for answer in document["answers"]}
    wrong = [f"{way} is {told.get(way)} and not {wanted}" for way, wanted in EXPECTED[name].items() if wanted not in ("?", told.get(way))]
    if wrong:
        raise Failed(f"{'; '.join(wrong)}: {document}")
    conflict = name == "lie"
    if document["conflict"] != conflict or (document["code"] == 0) != (document.get("name") is not None):
        raise Failed(f"{document}")
    return f"{document.get('name') or 'no name'}{', conflict' if conflict else ''} ({document['took'] * 1e3:.0f} ms)"


LOOKUP = """
[lookup]
enabled = true
source = "10.77.0.200"
name-servers = ["10.77.0.10"]
exclude = ["10.77.0.11/32"]
"""


def daemon(lab):
    """srv1, of which nothing is known, logs on: an activity says whose the address is, and by what evidence. dc2, which is left out, is not asked."""
    lab.switch.mirror("dc1")
    sensor = lab.sensor("lookup", more=LOOKUP)
    sensor.start()
    try:
        bind = ("ldapsearch", "-x", "-H", f"ldap://{DNS}", "-s", "base", "-b", "", "-D", "bob@lab.example", "-w", "wrong")
        for name in ("srv1", "dc2", "srv1"):
            lab.domain[name].run(*bind, check=False)
            time.sleep(SETTLE + 2)
        lookup = sensor.settled()["snapshot"]["lookup"]
        sensor.close()
    except Failed:
        sensor.abandon()
        raise
    rows = [row for row in sensor.rows() if row.get("client_ip") == ADDRESSES["srv1"]]
    last = max((row for row in rows if row.get("kind") == "ldap_bind"), key=lambda row: row["time"], default={})
    evidence = last.get("source_evidence", "")
    if "asked_netbios" not in evidence or "asked_rdp" not in evidence or "SRV1" not in json.dumps(last).upper():
        raise Failed(f"the second logon does not say who it was: {last}; {lookup}")
    if not lookup["counters"].get("excluded"):
        raise Failed(f"dc2 was not left in peace: {lookup}")
    methods = ", ".join(f"{name} {sum(counts.values())} asked {counts.get('named', 0)} named" for name, counts in lookup["methods"].items())
    return f"{methods}; {lookup['counters']}"
