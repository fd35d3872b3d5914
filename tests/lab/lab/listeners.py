"""The listeners before real senders: FreeRADIUS' radclient, rsyslog over UDP, TCP and TLS, and sources of Windows Event Forwarding
(tests/src/wef, written from the specifications), on hosts of their own.

    gateway ── br0 ── sensor: adtap run, listening on 10.77.0.200
    siem ──────┘

Each test returns what it saw in a few words, or raises Failed.
"""
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter

from network import ADDRESSES, Host, end
from sensor import Sensor, held
from shell import Failed, say, start, tool, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
SENSOR, GATEWAY, SIEM = ADDRESSES["sensor"], ADDRESSES["gateway"], ADDRESSES["siem"]
SECRET = "xyzzy5461"

LISTEN = """
[radius]
listen = ["{sensor}"]
[[radius.clients]]
name = "gateway"
addresses = ["{gateway}"]
secret-file = "{folder}/secret"
[events.syslog]
udp = ["{sensor}"]
tcp = ["{sensor}"]
tls = ["{sensor}"]
sources = ["{siem}"]
certificate = "{folder}/pki/server.pem"
key = "{folder}/pki/server.key"
ca = "{folder}/pki/ca.pem"
"""

COLLECT = """
[events.wef]
listen = ["{sensor}"]
name = "adtap.lab.example"
certificate = "{folder}/wef-pki/server.pem"
key = "{folder}/wef-pki/server.key"
ca = "{folder}/wef-pki/ca.pem"
crl = ["{folder}/wef-pki/ca.crl"]
"""

# Milliseconds within which 99 of 100 requests are answered at so many a second.
RADIUS_BAR, RADIUS_RATE = 5.0, 2_000

# Events a second that one core takes in.
SYSLOG_BAR = 100_000

# Forwarded events a second that one core takes in, through TLS, acknowledged when they are synced; and what all may take of memory.
WEF_BAR, WEF_MEMORY = 20_000, 300 << 20

EVENT = ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>"
         "<EventID>4776</EventID><TimeCreated SystemTime='2026-11-30T10:00:00.{micros:06}00Z'/><EventRecordID>{record}</EventRecordID>"
         "<Channel>Security</Channel><Computer>dc1.lab.example</Computer></System><EventData>"
         "<Data Name='PackageName'>MICROSOFT_AUTHENTICATION_PACKAGE_V1_0</Data><Data Name='TargetUserName'>{user}</Data>"
         "<Data Name='Workstation'>PC{record}</Data><Data Name='Status'>0xc000006a</Data></EventData></Event>")

RSYSLOG = """
global(workDirectory="{folder}" DefaultNetstreamDriverCAFile="{pki}/ca.pem" DefaultNetstreamDriverCertFile="{pki}/client.pem"
       DefaultNetstreamDriverKeyFile="{pki}/client.key" maxMessageSize="64k")
module(load="imfile")
template(name="event" type="string" string="<13>%timegenerated% siem adtap: %msg%")
input(type="imfile" file="{folder}/events" tag="events" ruleset="forward" persistStateInterval="0")
ruleset(name="forward") {{ action(type="omfwd" target="{sensor}" template="event" {how}) }}
"""

# How rsyslog forwards, by the name of what it sends.
FORWARD = {
    "udp": 'port="514" protocol="udp"',
    "lines": 'port="514" protocol="tcp" TCP_Framing="traditional"',
    "counted": 'port="514" protocol="tcp" TCP_Framing="octet-counted"',
    "tls": 'port="6514" protocol="tcp" TCP_Framing="octet-counted" StreamDriver="gtls" StreamDriverMode="1" '
           'StreamDriverAuthMode="x509/certvalid"',
}


class Bed:
    """A sensor that listens, and the hosts that tell it something."""

    def __init__(self, switch, sensor_host, scratch):
        self.switch, self.host, self.folder = switch, sensor_host, os.path.join(scratch, "listeners")
        os.makedirs(self.folder)
        self.gateway, self.siem = (Host(name, scratch, alone=False) for name in ("gateway", "siem"))
        for host in (self.gateway, self.siem):
            host.start()
        with open(self.file("secret"), "w", encoding="ascii") as file:
            file.write(SECRET + "\n")
        os.chmod(self.file("secret"), 0o600)
        self.sensor = None

    def file(self, name):
        return os.path.join(self.folder, name)

    def listen(self, name, **how):
        more = LISTEN.format(sensor=SENSOR, gateway=GATEWAY, siem=SIEM, folder=self.folder)
        self.sensor = Sensor(self.host, name, more=more, **how)
        if not os.path.exists(self.file("pki")):
            self.sensor.adtap("receive", "--init-ca", self.file("pki"))
        self.sensor.start()
        return self.sensor

    def collect(self, name, **how):
        """A sensor that Windows hosts forward to."""
        if not os.path.exists(self.file("wef-pki")):
            self.siem.run(tool("wef"), "pki", self.file("wef-pki"))
        more = COLLECT.format(sensor=SENSOR, folder=self.folder)
        self.sensor = Sensor(self.host, name, more=more, **how)
        self.sensor.start()
        return self.sensor

    def forward(self, report, *options):
        """Sources, on their way."""
        words = self.siem.inside(tool("wef"), "send", "--pki", self.file("wef-pki"), "--at", f"{SENSOR}:5986", "--report",
                                 self.file(report), *options)
        return start(*map(str, words), log=self.file(report + ".log"))

    def forwarded(self, sources, seconds):
        """What the sources report, when they have ended."""
        if sources.wait(timeout=seconds):
            raise Failed(open(self.file("wef.json.log"), encoding="utf-8").read()[-1500:])
        told = self.report("wef.json")
        if told["wrong"]:
            raise Failed(f"sources: {told['wrong']}")
        return told

    def account(self, report, sessions, rate, prefix):
        """The accountant, on its way."""
        words = self.gateway.inside("python3", os.path.join(HERE, "accountant.py"), f"{SENSOR}:1813", SECRET, sessions, rate, prefix,
                                    self.file(report))
        return start(*map(str, words), log=self.file("accountant.log"))

    def report(self, name):
        with open(self.file(name), encoding="utf-8") as file:
            return json.load(file)

    def listener(self, name):
        return next((one for one in self.sensor.counted("listeners") or [] if one["name"] == name), {})


def details(row):
    return json.loads(row["details"]) if isinstance(row.get("details"), str) else row.get("details") or {}


def radclient(bed):
    """Start, interim updates and stop by FreeRADIUS' client; a wrong secret is told."""
    sensor = bed.listen("radclient")
    lines = []
    for number in range(50):
        for status, octets in (("Start", 0), ("Interim-Update", 1000), ("Stop", 2000)):
            lines.append(f'User-Name = "alice@lab.example", Acct-Status-Type = {status}, Acct-Session-Id = "s{number}", '
                         f"Framed-IP-Address = 10.99.0.{number}, NAS-IP-Address = {GATEWAY}, Calling-Station-Id = \"203.0.113.{number}\", "
                         f"Acct-Input-Octets = {octets}, Message-Authenticator = 0x00\n\n")
    lines.append(f"Acct-Status-Type = Accounting-On, NAS-IP-Address = {GATEWAY}\n")
    done = bed.gateway.run("radclient", "-s", "-r", "3", "-t", "2", f"{SENSOR}:1813", "acct", SECRET, stdin="".join(lines), check=False)
    if done.returncode:
        raise Failed(f"radclient: {done.stdout[-1500:]}")
    bed.gateway.run("radclient", "-r", "1", "-t", "1", f"{SENSOR}:1813", "acct", "wrong", stdin='User-Name = "eve", Acct-Status-Type = Start\n',
                    check=False)
    counters = wait_for("the wrong secret is counted", lambda: bed.listener("radius").get("counters", {}).get("wrong_authenticator") and
                        bed.listener("radius")["counters"])
    sensor.close()
    told = [details(row) for row in sensor.rows() if row["kind"] == "vpn_connection"]
    if [one["nas_ip"] for one in told if one["status_type_name"] == "Accounting-On"] != [GATEWAY]:
        raise Failed("the gateway's Accounting-On is not stored once")
    sessions = Counter((one["session_id"], one["status_type_name"]) for one in told if "user" in one)
    if len(sessions) != 150 or set(sessions.values()) != {1}:
        raise Failed(f"150 reports, of which {len(sessions)} are stored, {sum(sessions.values())} times in all")
    return f"151 requests answered, 150 sessions stored once, {counters['wrong_authenticator']} with another secret refused"


def radius_kill(bed, kills=50, sessions=12_000):
    """kill -9 while sessions are reported: what was answered is stored exactly once."""
    sensor, moments = bed.listen("radius-kill"), random.Random(20261130)
    accountant = bed.account("kill.json", sessions, 400, "k")
    for _ in range(kills):
        time.sleep(moments.uniform(0.05, 0.45))
        sensor.stop(signal.SIGKILL)
        sensor.start_daemon()
    if accountant.wait(timeout=150):
        raise Failed(open(bed.file("accountant.log"), encoding="utf-8").read()[-1500:])
    sensor.close()
    told = bed.report("kill.json")
    rows = sensor.rows()
    stored = Counter(details(row)["session_id"] for row in rows if row["kind"] == "vpn_connection")
    missing = [session for session in told["answered"] if session not in stored]
    twice = [session for session, count in stored.items() if count > 1]
    if missing or twice or len(told["answered"]) != told["sent"] or held(rows)[0]:
        raise Failed(f"{kills} kills: of {told['sent']} sessions {len(told['answered'])} answered, {len(missing)} of these missing "
                     f"{missing[:3]}, {len(twice)} stored twice {twice[:3]}")
    return f"{kills} kills, {told['sent']} sessions answered ({told['repeated']} asked again) and stored once"


def syslog_kill(bed):
    """kill -9 while events stream over TCP, then over TLS: nothing is stored twice, and what is lost was sent a moment before the kill."""
    return "; ".join(f"{way}: {told_and_killed(bed, way, pki)}" for way, pki in (("tcp", ""), ("tls", bed.file("pki"))))


def told_and_killed(bed, way, pki, kills=50, events=12_000, rate=400):
    sensor, moments = bed.listen(f"syslog-kill-{way}"), random.Random(20261130)
    words = bed.siem.inside("python3", "-c", TELLER, SENSOR, str(events), str(rate), bed.file("told.json"), ACCESSED, pki)
    teller, deaths = start(*words, log=bed.file("teller.log")), []
    for _ in range(kills):
        time.sleep(moments.uniform(0.05, 0.45))
        deaths.append(time.time())
        sensor.stop(signal.SIGKILL)
        sensor.start_daemon()
    if teller.wait(timeout=150):
        raise Failed(open(bed.file("teller.log"), encoding="utf-8").read()[-1500:])
    sensor.close()
    told = {int(number): when for number, when in bed.report("told.json").items()}
    rows = sensor.rows()
    stored = Counter(details(row)["events"][0]["record_id"] for row in rows if row["kind"] == "windows_event")
    twice = [number for number, count in stored.items() if count > 1]
    lost = {number: min((abs(death - when) for death in deaths), default=1e9) for number, when in told.items() if number not in stored}
    early = [number for number, apart in lost.items() if apart > UNSYNCED]
    if twice or early or not lost or len(told) < events * 0.9 or held(rows)[0]:
        raise Failed(f"{kills} kills: of {len(told)} events sent {len(stored)} are stored, {len(twice)} twice {twice[:3]}, {len(lost)} lost, "
                     f"{len(early)} of these more than {UNSYNCED} s from a kill {early[:3]}")
    return (f"{kills} kills, {len(told)} events sent, {len(stored)} stored once, {len(lost)} lost ({len(lost) / kills:.1f} a kill), "
            f"all within {max(lost.values()):.2f} s of one")


def radius_speed(bed, seconds=20):
    """How soon requests are answered, which is when their sessions are synced."""
    # On a disk: in memory a sync costs nothing.
    spool = os.path.join(os.environ["ADTAP_LAB_ROOT"], "target", "lab-spool")
    shutil.rmtree(spool, ignore_errors=True)
    try:
        return radius_answers(bed, seconds, bed.listen("radius-speed", spool=spool))
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def radius_answers(bed, seconds, sensor):
    if bed.account("speed.json", RADIUS_RATE * seconds, RADIUS_RATE, "s").wait(timeout=seconds + 90):
        raise Failed(open(bed.file("accountant.log"), encoding="utf-8").read()[-1500:])
    sensor.close()
    told = bed.report("speed.json")
    if len(told["answered"]) != told["sent"]:
        raise Failed(f"{told['sent']} asked, {len(told['answered'])} answered")
    p50, p99 = told["milliseconds"]["0.5"], told["milliseconds"]["0.99"]
    if p99 > RADIUS_BAR:
        raise Failed(f"99 of 100 answered within {p99} ms, half within {p50} ms, at {RADIUS_RATE}/s; {RADIUS_BAR} ms are allowed")
    return f"{RADIUS_RATE}/s for {seconds} s: half answered within {p50} ms, 99 of 100 within {p99} ms, {told['repeated']} asked again"


def rsyslog(bed, events=2_000):
    """Events that rsyslog forwards, each way that it can."""
    sensor, senders = bed.listen("rsyslog"), []
    try:
        for way, how in FORWARD.items():
            senders.append(forward(bed, way, how, events))
        wait_for("every event is taken in", lambda: sum((bed.listener("syslog").get("activities") or {}).values()) >= events * len(FORWARD), 60)
    finally:
        for sender in senders:
            end(sender)
    sensor.close()
    stored = Counter(row["account"] if "account" in row else observed(row).get("account") for row in sensor.rows() if row["kind"] == "ntlm_authenticate")
    wrong = {way: stored.get(f"{way}-user") for way in FORWARD if stored.get(f"{way}-user") != events}
    if wrong:
        raise Failed(f"{events} events each way, stored: {wrong}; the listener: {json.dumps(bed.listener('syslog'))[:800]}")
    return f"{events} events each over {', '.join(FORWARD)}: each stored once"


def observed(row):
    value = row.get("observed")
    return json.loads(value) if isinstance(value, str) else value or {}


def forward(bed, way, how, events):
    """rsyslogd, reading a file of events and forwarding them."""
    folder = bed.file(f"rsyslog-{way}")
    os.makedirs(folder)
    with open(os.path.join(folder, "events"), "w", encoding="utf-8") as file:
        file.writelines(EVENT.format(micros=number, record=number, user=f"{way}-user") + "\n" for number in range(events))
    with open(os.path.join(folder, "rsyslog.conf"), "w", encoding="utf-8") as file:
        file.write(RSYSLOG.format(folder=folder, pki=bed.file("pki"), sensor=SENSOR, how=how))
    words = bed.siem.inside("rsyslogd", "-n", "-f", os.path.join(folder, "rsyslog.conf"), "-i", os.path.join(folder, "pid"))
    return start(*words, log=os.path.join(folder, "rsyslog.log"))


# An object is read: nothing on the wire is waited for, so such an event is on its way to the disk at once.
ACCESSED = ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>"
            "<EventID>4662</EventID><TimeCreated SystemTime='2026-11-30T10:00:00.1Z'/><EventRecordID>%d</EventRecordID>"
            "<Channel>Security</Channel><Computer>dc1.lab.example</Computer></System><EventData><Data Name='SubjectUserName'>adm</Data>"
            "<Data Name='ObjectName'>CN=m%d,DC=lab,DC=example</Data><Data Name='AccessMask'>0x100</Data></EventData></Event>")

# Tells events one by one over TCP, or over TLS where a folder of certificates is named, each once, whatever becomes of it, and writes down
# when it was handed to the kernel.
TELLER = """
import json, socket, ssl, sys, time
count, rate, report, event, pki = int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:]
address, context = (sys.argv[1], 6514 if pki else 514), None
if pki:
    context = ssl.create_default_context(cafile=pki + '/ca.pem')
    context.check_hostname = False
    context.load_cert_chain(pki + '/client.pem', pki + '/client.key')
began, told, stream = time.monotonic(), {}, None
for number in range(count):
    time.sleep(max(0, began + number / rate - time.monotonic()))
    message = (event % (number, number)).encode()
    while stream is None:
        try:
            stream = socket.create_connection(address, 1)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = context.wrap_socket(stream) if context else stream
        except OSError:
            stream = None
            time.sleep(0.02)
    try:
        stream.sendall(b'%d %s' % (len(message), message))
        told[number] = time.time()
    except OSError:
        stream = None
stream and stream.close()
json.dump(told, open(report, 'w'))
"""

# Seconds before a kill within which what was sent may be lost: the way to the store stage, and what it syncs together.
UNSYNCED = 0.5

# Sends a file of messages so many times over.
SENDER = """
import socket, sys
data = open(sys.argv[1], 'rb').read()
stream = socket.create_connection((sys.argv[2], 514))
for _ in range(int(sys.argv[3])):
    stream.sendall(data)
stream.close()
"""


def syslog_speed(bed, rounds=30, events=10_000):
    """Events a second that the listener's thread takes in: what one core could."""
    sensor = bed.listen("syslog-speed")
    messages = (f"<13>Nov 30 10:00:00 siem {EVENT.format(micros=number, record=number, user=f'user{number % 997}')}" for number in range(events))
    with open(bed.file("messages"), "w", encoding="utf-8") as file:
        file.writelines(f"{len(message)} {message}" for message in messages)
    before, began = thread_seconds(sensor.pid(), "syslog"), time.monotonic()
    bed.siem.run("python3", "-c", SENDER, bed.file("messages"), SENSOR, rounds, timeout=120)
    total = rounds * events
    wait_for("every event is taken in", lambda: sum((bed.listener("syslog").get("activities") or {}).values()) >= total, 60)
    wall, busy = time.monotonic() - began, thread_seconds(sensor.pid(), "syslog") - before
    listener = bed.listener("syslog")
    sensor.close()
    stored = sum(1 for row in sensor.each_row() if row["kind"] == "ntlm_authenticate")
    if stored != total or listener["lost"] or listener["shed"]:
        raise Failed(f"{total} sent, {stored} stored, {listener['lost']} lost, {listener['shed']} shed")
    said = f"{total} events over TCP, each stored: {total / busy:,.0f}/s for one core, {total / wall:,.0f}/s in all"
    if total / busy < SYSLOG_BAR:
        raise Failed(f"{said}; {SYSLOG_BAR:,} are wanted")
    return said


def thread_seconds(pid, name):
    """Processor time of the thread of that name."""
    ticks = os.sysconf("SC_CLK_TCK")
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii") as file:
            head, rest = file.read().rsplit(")", 1)
        if head.endswith(f"({name}"):
            fields = rest.split()
            return (int(fields[11]) + int(fields[12])) / ticks
    raise Failed(f"adtap has no thread {name}")


def stored_events(rows):
    """How often each event of each computer is stored."""
    events = Counter()
    for row in rows:
        for event in details(row).get("events", ()):
            events[event["computer"], event["record_id"]] += 1
    return events


def exactly_once(told, events, why):
    """What was acknowledged is stored once, by every source; nothing is stored twice."""
    missing = [(name, record) for name, last in told["acknowledged"].items() for record in range(1, last + 1)
               if (name, record) not in events]
    twice = [event for event, count in events.items() if count > 1]
    if missing or twice:
        raise Failed(f"{why}: {len(missing)} acknowledged events are not stored {missing[:3]}, {len(twice)} are stored twice {twice[:3]}")


def wef(bed, sources=8, events=1_000):
    """Sources that enumerate, subscribe, send plain and compressed batches and heartbeats."""
    for form in ((), ("--plain",)):
        sensor = bed.collect(f"wef{len(form)}")
        told = bed.forwarded(bed.forward("wef.json", "--busy", sources, "--events", events, "--idle", 20, "--beat", 500, "--seconds", 15,
                                         *form), 60)
        listener = bed.listener("wef")
        sensor.close()
        if told["events"] != sources * events or told["silent"]:
            raise Failed(f"{told['events']} of {sources * events} acknowledged, {told['silent']} heartbeats not; {json.dumps(listener)[:800]}")
        exactly_once(told, stored_events(sensor.each_row()), "plain" if form else "SLDC")
    return (f"{sources} sources, {sources * events} events each way, SLDC and plain, acknowledged and stored once; "
            f"{told['heartbeats']} heartbeats; half of the batches acknowledged within {told['milliseconds']['0.5']:.0f} ms")


def wef_kill(bed, kills=50, events=2_500):
    """kill -9 while events stream: what was acknowledged is stored exactly once, of every source."""
    sensor, moments = bed.collect("wef-kill"), random.Random(20261130)
    sources = bed.forward("wef.json", "--busy", 12, "--events", events, "--batch", 25, "--pause", 1_000, "--seconds", 280)
    killed = 0
    while killed < kills and sources.poll() is None:
        time.sleep(moments.uniform(0.3, 2.2))
        sensor.stop(signal.SIGKILL)
        sensor.start_daemon()
        killed += 1
    told = bed.forwarded(sources, 300)
    sensor.close()
    exactly_once(told, stored_events(sensor.each_row()), f"{killed} kills")
    if killed < kills:
        raise Failed(f"the sources were done after {killed} of {kills} kills")
    return (f"{killed} kills: {told['events']} events of 12 sources acknowledged and stored once; {told['connected']} connections, "
            f"{told['again']} of {told['batches']} batches came again")


def wef_speed(bed, busy=500, events=600, idle=5_000):
    """Busy sources beside idle ones: events a second for one core, and what it takes of memory."""
    # On a disk: in memory a sync costs nothing.
    spool = os.path.join(os.environ["ADTAP_LAB_ROOT"], "target", "lab-spool")
    shutil.rmtree(spool, ignore_errors=True)
    try:
        sensor = bed.collect("wef-speed", spool=spool)
        return wef_rate(bed, sensor, busy, events, idle)
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def wef_rate(bed, sensor, busy, events, idle):
    resource.setrlimit(resource.RLIMIT_NOFILE, (16_384, 16_384))
    quiet = bed.forward("idle.json", "--busy", 0, "--idle", idle, "--beat", 20_000, "--seconds", 100)
    wait_for("idle sources are connected", lambda: bed.listener("wef").get("connections", 0) >= idle, 90)
    sources = bed.forward("wef.json", "--busy", busy, "--events", events, "--batch", 100, "--seconds", 90)
    wait_for("sources are ready", lambda: "ready" in open(bed.file("wef.json.log"), encoding="utf-8").read(), 90)
    before, whole, peak = thread_seconds(sensor.pid(), "wef"), process_seconds(sensor.pid()), 0
    while sources.poll() is None:
        peak = max(peak, resident(sensor.pid()))
        time.sleep(0.2)
    told = bed.forwarded(sources, 5)
    thread, whole = thread_seconds(sensor.pid(), "wef") - before, process_seconds(sensor.pid()) - whole
    listener = bed.listener("wef")
    if quiet.wait(timeout=120):
        raise Failed("idle sources")
    beats = bed.report("idle.json")
    sensor.close()
    total = busy * events
    exactly_once(told, stored_events(sensor.each_row()), "speed")
    said = (f"{idle} idle and {busy} busy sources: {told['events']} events in batches of 100, SLDC through TLS, stored and acknowledged in "
            f"{told['seconds']:.1f} s ({told['events'] / told['seconds']:,.0f}/s): {told['events'] / thread:,.0f}/s for one core of the collector's "
            f"thread, {told['events'] / whole:,.0f}/s for one core of all of adtap; a batch within {told['milliseconds']['0.99']:.0f} ms (99 of "
            f"100); {peak >> 20} MiB; {beats['heartbeats']} heartbeats of the idle")
    if told["events"] != total or beats["silent"] or beats["wrong"]:
        raise Failed(f"{said}; {total} wanted, {beats['silent']} idle sources unheard {beats['wrong']}; {json.dumps(listener)[:600]}")
    if told["events"] / thread < WEF_BAR or peak > WEF_MEMORY:
        raise Failed(f"{said}; {WEF_BAR:,}/s and {WEF_MEMORY >> 20} MiB are wanted")
    return said


def process_seconds(pid):
    """Processor time of all threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """Octets in memory."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


TESTS = {"radclient": radclient, "rsyslog": rsyslog, "radius_kill": radius_kill, "syslog_kill": syslog_kill, "radius_speed": radius_speed,
         "syslog_speed": syslog_speed, "wef": wef, "wef_kill": wef_kill, "wef_speed": wef_speed}


# The same in half a minute, without the machine to itself: how fast it is is no matter then.
SHORT = {"radclient": {}, "rsyslog": {"events": 200}, "radius_kill": {"kills": 5, "sessions": 1_500}, "wef": {"events": 200},
         "wef_kill": {"kills": 5, "events": 400}}


def run_listeners(switch, sensor_host, scratch, names, short):
    """What each test saw, and what is wrong."""
    switch.plug_capture()
    names = names or (list(SHORT) if short else [])
    if names:
        names = [name for name in names if name in TESTS]
        if not names:
            return {}, []
    bed, told, wrong = Bed(switch, sensor_host, scratch), {}, []
    for name in names or TESTS:
        say(name)
        try:
            told[name] = TESTS[name](bed, **(SHORT.get(name, {}) if short else {}))
        except (Failed, OSError, KeyError, subprocess.SubprocessError) as error:
            wrong.append(f"{name}: {error}")
            told[name] = "FAILED"
            bed.sensor.abandon()
    return told, wrong
