"""What dc1 audits, forwarded by rsyslog, and the same on its mirror: each logon is one activity with both evidences.

    dc1: samba ─► log files ─► rsyslogd ──syslog, TCP──► sensor: adtap run
      └─ v-dc1 ══ mirror ══════════════════════► cap0 ──────┘

Every record of the audit that somebody has to hear of is held against what was stored, by its time, which Samba writes in microseconds.
"""
import json
import os
import time
from collections import Counter
from datetime import datetime, timezone

from activities import ACTIVITIES, Activity
from listeners import details
from network import ADDRESSES, end
from shell import Failed, start, wait_for

DC1, SENSOR = ADDRESSES["dc1"], ADDRESSES["sensor"]

LISTEN = f"""
[events.syslog]
tcp = ["{SENSOR}"]
sources = ["{DC1}"]
"""

RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="512k")
module(load="imfile")
template(name="event" type="string" string="<13>%timegenerated% dc1 samba: %msg%")
{inputs}
ruleset(name="forward") {{
    if $msg contains '"timestamp": "' then
        action(type="omfwd" target="{sensor}" port="514" protocol="tcp" TCP_Framing="octet-counted" template="event")
}}
"""
# What Samba writes its audit into, as the lab sees it, and as dc1 does, whose /tmp is its own.
LOGS = {"log/log.samba": "/var/log/samba/log.samba", "log/log.smbd": "/var/log/samba/log.smbd"}
INPUT = 'input(type="imfile" file="{path}" tag="samba" ruleset="forward")'

# Over plain LDAP everything shows; what else changes the directory is sealed, and told by the controller alone.
BOUND = "ldapmodify -x -H ldap://$D -D adm@lab.example -w $P "
STAFF = "OU=Staff,DC=lab,DC=example"
CHANGES = (
    Activity("an account is made", f"printf 'dn: CN=audited,{STAFF}\\nchangetype: add\\nobjectClass: user\\nsAMAccountName: audited\\n' | " + BOUND),
    Activity("a member comes", "printf 'dn: CN=Domain Admins,CN=Users,DC=lab,DC=example\\nchangetype: modify\\nadd: member\\n"
             f"member: CN=audited,{STAFF}\\n' | " + BOUND),
    Activity("a member goes", "printf 'dn: CN=Domain Admins,CN=Users,DC=lab,DC=example\\nchangetype: modify\\ndelete: member\\n"
             f"member: CN=audited,{STAFF}\\n' | " + BOUND),
    Activity("an account is deleted", f"printf 'dn: CN=audited,{STAFF}\\nchangetype: delete\\n' | " + BOUND),
)
KINDS = {"NTLMSSP": "ntlm_authenticate", "bare-NTLM": "ntlm_authenticate", "simple bind": "ldap_bind", "ServerAuthenticate": "netlogon"}

# What has to be seen by both, so that nothing is proven of nothing.
BOTH = ("kerberos_as", "ntlm_authenticate", "ldap_bind", "dsdbChange", "groupChange")


def run_audit(lab):
    """What was seen, in a few words; or Failed."""
    dc1 = lab.domain["dc1"]
    paths = [dc1.path(name) for name in LOGS]
    lab.switch.mirror("dc1")
    sensor = lab.sensor("audit", more=LISTEN)
    sensor.start()
    forwarder = forward(dc1)
    try:
        wait_for("what was audited before is taken in", lambda: received(sensor) >= len(audited(paths)), 60)
        before = len(audited(paths))
        time.sleep(1)  # what is older than a logon of this scenario is older than the first packet
        begun = datetime.now(timezone.utc)
        lab.drive.do(ACTIVITIES + CHANGES)
        time.sleep(1)
        wait_for("what was audited is taken in", lambda: received(sensor) >= len(audited(paths)), 60)
        records = [record for record in audited(paths) if when(record) >= begun]
        sensor.settled()
        sensor.close()
    except Failed:
        sensor.abandon()
        raise
    finally:
        end(forwarder)
        lab.switch.quiet()
    return judge(records, sensor.rows(), before)


def forward(host):
    """rsyslogd on the controller, reading its logs."""
    os.makedirs(host.path("tmp/rsyslog"))
    inputs = "\n".join(INPUT.format(path=path) for path in LOGS.values())
    with open(host.path("tmp/rsyslog/rsyslog.conf"), "w", encoding="utf-8") as file:
        file.write(RSYSLOG.format(folder="/tmp/rsyslog", sensor=SENSOR, inputs=inputs))
    words = host.inside("rsyslogd", "-n", "-f", "/tmp/rsyslog/rsyslog.conf", "-i", "/tmp/rsyslog/pid")
    return start(*words, log=host.path("tmp/rsyslog/rsyslog.log"))


def audited(paths):
    """The records in the logs, in their order in each."""
    records = []
    for path in paths:
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                records.extend(json.loads(line) for line in file if '"timestamp": "' in line and line.endswith("}\n"))
    return records


def received(sensor):
    """Messages that the listener has taken in."""
    listeners = sensor.counted("listeners") or []
    return sum(teller["received"] for one in listeners for teller in one.get("tellers", []))


def when(record):
    return datetime.strptime(record["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(timezone.utc)


def stamp(record):
    """The time as evidence has it."""
    return when(record).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shown(record):
    """The kind of activity that the mirror shows of it; nothing where it shows none."""
    fact = record[record["type"]]
    client = (fact.get("remoteAddress") or "").removeprefix("ipv4:").rsplit(":", 1)[0]
    if record["type"] != "Authentication" or client in (DC1, "127.0.0.1") or not client[:1].isdigit():
        return None
    if "TLS" in fact["serviceDescription"] + fact["authDescription"]:
        return None
    return "kerberos_as" if fact["serviceDescription"] == "Kerberos KDC" else KINDS.get(fact["authDescription"])


def told(record):
    """Whether somebody has to hear of it: of logons, and of changes that somebody asks for over the network."""
    fact = record[record["type"]]
    if record["type"] == "Authentication":
        return True
    asked = (fact.get("remoteAddress") or "").startswith("ipv")
    return asked and record["type"] in ("dsdbChange", "groupChange", "passwordChange") and fact.get("group", "") != fact.get("user", None)


def judge(records, rows, before):
    """Holds records against rows, each by its type and time."""
    evidence = {}
    for row in rows:
        for event in details(row).get("events") or []:
            evidence.setdefault((event["channel"], event["time"]), []).append(row)
    seen, wrong = Counter(), []
    for record in filter(told, records):
        found, kind = evidence.get((record["type"], stamp(record)), []), shown(record)
        on_wire = [row for row in found if row["capture"] == "cap0"]
        if len(found) != 1:
            wrong.append(f"{len(found)} activities of {json.dumps(record)[:400]}")
        elif kind and (not on_wire or on_wire[0]["kind"] != kind):
            wrong.append(f"{kind} is on the mirror, and the event is elsewhere: {json.dumps(record)[:700]}; there is {near(record, rows)}")
        else:
            seen[kind or record["type"], bool(on_wire)] += 1
    wrong += alone_on_the_wire(rows, records)
    wrong += [f"no {kind} with both evidences" for kind in BOTH if not seen[kind, True]]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(records)} records:\n" + "\n".join(wrong[:40]))
    both = sum(count for (kind, wire), count in seen.items() if wire)
    words = ", ".join(f"{count} {kind}" for (kind, wire), count in sorted(seen.items()) if wire)
    alone = ", ".join(f"{count} {kind}" for (kind, wire), count in sorted(seen.items()) if not wire)
    return f"{both} records with both evidences, once each: {words}; told by the controller alone: {alone}; {before} before"


def near(record, rows):
    """What a record may have been taken for, or what it should have been joined with: activities of its account or its connection."""
    fact = record[record["type"]]
    account, port = (fact.get("clientAccount") or "").split("@")[0].lower(), (fact.get("remoteAddress") or ":").rsplit(":", 1)[1]
    alike = [row for row in rows if (row.get("account") or "").split("@")[0].lower() == account or str(row.get("client_port")) == port]
    shown_of = ("time", "kind", "capture", "client_port", "outcome", "count")
    told_of = [[row.get(name) for name in shown_of] + [[event["time"] for event in details(row).get("events") or []]] for row in alike]
    return json.dumps(told_of, default=str)


def alone_on_the_wire(rows, records):
    """Logons on the mirror that dc1 has written down, and that have no event: told twice, then."""
    written = Counter()
    for record in records:
        if shown(record):
            client, port = record["Authentication"]["remoteAddress"].removeprefix("ipv4:").rsplit(":", 1)
            written[shown(record), client, int(port)] += 1
    wrong = []
    for row in rows:
        key = row["kind"], row.get("client_ip"), row.get("client_port")
        logon = row["capture"] == "cap0" and row["kind"] != "netlogon" and row.get("server_ip") == DC1
        if logon and written[key] and row.get("outcome") in ("success", "failure"):
            if details(row).get("events"):
                written[key] -= 1
            else:
                wrong.append(f"without its event: {row.get('account')} {key} {row['outcome']}")
    return wrong
