"""adtap on the mirror: `adtap run` on cap0, a receiver on loopback beside it, and what arrived there."""
import json
import os
import re
import shutil
import signal
import subprocess

from network import children, end
from shell import Failed, start, tool, wait_for

RECEIVER = "127.0.0.1:4390"

CONFIG = """
[capture]
workers = {workers}
{capture_more}
{interfaces}
[[capture.controllers]]
name = "dc1"
addresses = ["10.77.0.10"]
[[capture.controllers]]
name = "dc2"
addresses = ["10.77.0.11"]
[capture.filter]
enabled = {filter}
[spool]
directory = "{spool}"
{spool_more}
[sender]
url = "http://{receiver}"
sensor = "lab"
heartbeat-seconds = 1
max-backoff-ms = 1000
[receiver]
listen = "{receiver}"
store = "{store}"
flush-ms = {flush}
{more}
"""


# The daemon answers on the sensor's loopback alone.
ASK = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:4391/status.json', timeout=5).read().decode())"

SUMMARY = re.compile(r"(\d+) frames = (\d+) decoded \+ (\d+) skipped \+ (\d+) malformed \+ (\d+) lost")


class Sensor:
    """One scenario's spool, store and daemons, in a folder of its own."""

    def __init__(self, host, name, *, interfaces=("cap0",), mode="tpacket", workers=1, ring=16, keep_all=False, spool=None,
                 spool_more="", capture_more="", more="", flush=200, core=None, environment=None):
        self.host, self.folder = host, os.path.join(host.state, name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.store, self.spool = self.file("store"), spool or self.file("spool")
        self.config = self.file("adtap.toml")
        tables = [f'[[capture.interfaces]]\nname = "{name}"\nmode = "{mode}"\nring-mib = {ring}\n' for name in interfaces]
        self.text = CONFIG.format(workers=workers, capture_more=capture_more, interfaces="".join(tables), filter="false" if keep_all else "true",
                                  spool=self.spool, spool_more=spool_more, receiver=RECEIVER, store=self.store, more=more, flush=flush)
        self.write(self.text)
        self.daemon = self.receiver = None
        self.starts, self.core = 0, core
        self.environment = ["env", *(f"{name}={value}" for name, value in environment.items())] if environment else []

    def file(self, name):
        return os.path.join(self.folder, name)

    def write(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, *arguments):
        self.start_receiver()
        self.start_daemon(*arguments)

    def start_receiver(self):
        before = self.log("receiver.log").count("receiving at")
        self.receiver = self.launch("receive", log="receiver.log")
        wait_for("the receiver listens", lambda: self.log("receiver.log").count("receiving at") > before)

    def start_daemon(self, *arguments):
        self.starts = self.log("adtap.log").count("watching ")
        pinned = ["taskset", "-c", str(self.core)] if self.core is not None else []
        self.daemon = self.launch("run", *arguments, log="adtap.log", through=pinned)
        wait_for(f"adtap watches\n{self.log('adtap.log')}", self.watches, timeout=20)

    def watches(self):
        if self.daemon.poll() is not None:
            raise Failed(f"adtap ended with {self.daemon.returncode}: {self.log('adtap.log')[-1500:]}")
        return self.log("adtap.log").count("watching ") > self.starts

    def launch(self, command, *arguments, log, through=()):
        words = self.host.inside(*self.environment, *through, tool("adtap"), "--config", self.config, command, *arguments)
        return start(*words, log=self.file(log))

    def log(self, name):
        try:
            with open(self.file(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def adtap(self, *arguments, check=True):
        return self.host.run(tool("adtap"), "--config", self.config, *arguments, check=check)

    def status(self):
        """What the daemon says about itself; nothing while it does not answer."""
        done = self.host.net("python3", "-c", ASK, check=False, timeout=10)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def settled(self):
        """What the daemon says once everything until now is in it: workers tell their totals, and it asks, once a second each."""
        def uptime(status):
            return ((status or {}).get("snapshot") or {}).get("uptime_seconds", 0)

        begun = uptime(self.status())

        def later():
            status = self.status()
            return status if uptime(status) >= begun + 3 else None

        return wait_for("the daemon's totals are complete", later, timeout=10, every=0.3)

    def alerts(self):
        """What health says is open."""
        status = self.status() or {}
        return {alert["issue"] for alert in status.get("alerts", []) if alert["standing"] == "open"}

    def waiting(self):
        """Activities in the spool that are not acknowledged: as the daemon knows it, or, when it has ended, as the disk does."""
        if self.daemon and self.daemon.poll() is None:
            return self.counted("spool").get("waiting")
        done = self.host.run(tool("adtap"), "spool", "status", "--json", self.spool, check=False)
        try:
            return json.loads(done.stdout)["waiting"]
        except (ValueError, KeyError):
            return None

    def counted(self, part):
        """A part of the daemon's snapshot."""
        return ((self.status() or {}).get("snapshot") or {}).get(part) or {}

    def drained(self, timeout=30):
        wait_for("the spool is empty", lambda: self.waiting() == 0, timeout)

    def pid(self):
        return children(self.daemon.pid)[0]

    def stop(self, how=signal.SIGTERM):
        """Ends the daemon; returns its exit code."""
        return end(self.daemon, how)

    def stop_receiver(self, how=signal.SIGTERM):
        return end(self.receiver, how)

    def close(self):
        """The daemon ends first, so that what it still says is stored."""
        code = self.stop()
        self.drained()
        self.stop_receiver()
        if code:
            raise Failed(f"adtap ended with {code}: {self.log('adtap.log')[-1500:]}")

    def abandon(self):
        """Kills what still runs, after a failure."""
        for daemon in (self.daemon, self.receiver):
            if daemon and daemon.poll() is None:
                end(daemon, signal.SIGKILL)

    def rows(self):
        """Every stored activity."""
        return list(self.each_row())

    def each_row(self):
        with subprocess.Popen([tool("stored"), self.store], stdout=subprocess.PIPE) as stored:
            yield from map(json.loads, stored.stdout)
        if stored.returncode:
            raise Failed(f"{self.store} cannot be read")

    def summary(self):
        """The frames' fate, as the daemon's last line has it."""
        said = SUMMARY.findall(self.log("adtap.log"))
        if not said:
            raise Failed(f"adtap said nothing at its end: {self.log('adtap.log')[-1500:]}")
        numbers = dict(zip(("frames", "decoded", "skipped", "malformed", "lost"), map(int, said[-1])))
        if numbers["frames"] != sum(numbers.values()) - numbers["frames"]:
            raise Failed(f"the ledger does not add up: {numbers}")
        return numbers


def held(rows):
    """How often an id is stored more than once, and how many between the first and the last are missing."""
    ids = sorted(row["id"] for row in rows)
    twice = len(ids) - len(set(ids))
    holes = (ids[-1] - ids[0] + 1 - len(set(ids))) if ids else 0
    return twice, holes
