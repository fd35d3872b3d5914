"""The live benches: the whole pipeline, from an interface to a receiver on loopback, under the generator.

    generator, core 0 ─ v-cap ═ cap0 ─ adtap run, core 1 ─ receiver, any core

The mix is `bench/mkmix.py`'s where it is, else the story's capture; every round of it has clients of its own.
"""
import json
import os
import subprocess
import time
from collections import namedtuple

from sensor import Sensor, held
from shell import Failed, say, tool

# CPU: share of a core that adtap may take; rss: MiB at most; p99: milliseconds; growth: of memory after five minutes.
Bars = namedtuple("Bars", "cpu rss p99 growth lossless", defaults=(None, None, None, None, True))
Bench = namedtuple("Bench", "title seconds short arguments settings mtu bars")

# Commits that often, and no activity of a new address waits for evidence of its computer: else it takes as long as is set there.
PROMPT = {"spool_more": "commit-ms = 50\n", "flush": 50, "more": "[resolver]\nwait-milliseconds = 0\n"}

# Without the kernel's filter every frame sent has to be in the ledger.
ALL = {"keep_all": True}

# A hundred thousand live flows at 50,000 packets/s: UDP's are remembered as long as they ever are.
CROWD = {"capture_more": "udp-idle-seconds = 60\nudp-answered-seconds = 60\n"}

# Those that only run when they are named.
SOAKS = ("soak",)

SETTLED = 300  # seconds after which memory is to stay as it is

JUMBO, XDP_MTU = 65_535, 3_000


def benches():
    """In the order of the table."""
    mix, story = sources()
    logons = ["--capture", story["logon"], "--keep", "10.77.0.0/27", "--rate", 50 * story["frames"], "--flood", 60]
    return {
        "rate": Bench("100,000 packets/s of the mix", 600, 10, [*mix, "--rate", 100_000], ALL, JUMBO, Bars(0.25, 300)),
        "maximum": Bench("as fast as the generator can", 60, 5, mix, {**ALL, "ring": 128}, JUMBO, Bars()),
        "xdp": Bench("the same over AF_XDP", 60, 5, [*mix, "--longest", XDP_MTU], {**ALL, "mode": "af-xdp"}, XDP_MTU,
                     Bars(lossless=False)),
        "latency": Bench("frame to acknowledgement at 100,000 packets/s", 30, 8, [*mix, "--rate", 100_000], {**ALL, **PROMPT},
                         JUMBO, Bars(p99=250)),
        "flood": Bench("60 B flood that nobody parses, 50 logons/s in it", 60, 5, [*logons, "--flood-to", "10.77.0.99"], {}, JUMBO, Bars()),
        "soak": Bench("50,000 packets/s for half an hour", 1_800, 20, [*mix, "--rate", 50_000, "--returning", 4], {**ALL, **CROWD}, JUMBO, Bars(growth=0.02)),
        "flood88": Bench("60 B flood to the KDC's port, 50 logons/s in it", 60, 5, [*logons, "--flood-to", "10.77.0.10", "--flood-port", 88],
                         {}, JUMBO, Bars()),
    }


def sources():
    """The generator's arguments for the mix; and the one exchange that is a logon."""
    root = os.environ["ADTAP_LAB_ROOT"]
    story = os.path.join(root, "pcaps", "story", "capture.pcap")
    mix = os.environ.get("ADTAP_LAB_MIX")
    arguments = ["--capture", mix] if mix else ["--capture", story, "--keep", "10.77.0.0/27"]
    logon = os.path.join(os.environ["ADTAP_LAB_SCRATCH"], "logon.pcap")
    return arguments, {"logon": logon, "frames": cut_logon(story, logon)}


def cut_logon(story, target):
    """The AS-REQ with a wrong password of the story, and its answer: the last exchange of a client's port with the KDC's that
    is short. Returns how many frames it is."""
    with open(story, "rb") as file:
        head, rest = file.read(24), file.read()
    at, exchanges = 0, {}
    while at + 16 <= len(rest):
        length = int.from_bytes(rest[at + 8:at + 12], "little")
        record, at = rest[at:at + 16 + length], at + 16 + length
        frame = record[16:]
        if frame[12:14] == b"\x08\x00" and frame[23] == 17 and (b"\x00\x58" in (frame[34:36], frame[36:38])):
            client = frame[26:30] + frame[34:36] if frame[36:38] == b"\x00\x58" else frame[30:34] + frame[36:38]
            exchanges.setdefault(client, []).append(record)
    # RFC 4120 5.9.1: error-code [6] of a KRB-ERROR (application 30) with 24, KDC_ERR_PREAUTH_FAILED
    wrong = (pair for pair in exchanges.values() if len(pair) == 2 and b"\xa6\x03\x02\x01\x18" in pair[1])
    pair = next(wrong, None)
    if pair is None:
        raise Failed("the story holds no failed logon over UDP")
    with open(target, "wb") as file:
        file.write(head + b"".join(pair))
    return len(pair)


class Measured:
    """One bench's numbers."""

    def __init__(self, bench, lab_switch, host, name, seconds):
        self.bench, self.name = bench, name
        lab_switch.plug_capture(mtu=bench.mtu)
        try:
            self.measure(host, name, seconds)
        finally:
            lab_switch.unplug_capture()

    def measure(self, host, name, seconds):
        settings = {"ring": 64, **self.bench.settings}
        sensor = Sensor(host, name, core=1 if os.cpu_count() > 1 else None, **settings)
        sensor.start()
        try:
            before, began = usage(sensor.pid()), time.monotonic()
            words = [tool("generate"), "--interface", "v-cap", "--seconds", seconds, *self.bench.arguments]
            self.sent, self.sizes = generate(words, sensor.pid())
            time.sleep(2)
            self.wall = time.monotonic() - began
            self.cpu, self.rss = usage(sensor.pid()) - before, memory(sensor.pid(), "VmHWM")
            self.status = sensor.status() or {}
            sensor.close()
        except Failed:
            sensor.abandon()
            raise
        self.summary = sensor.summary()
        self.rows(sensor)

    def rows(self, sensor):
        """What arrived: how many, whether every id is there, and after how long."""
        self.stored, self.logons, delays, ids = 0, 0, [], []
        for row in sensor.each_row():
            self.stored += 1
            ids.append(row["id"])
            if row["kind"] in ("kerberos_as", "kerberos_tgs") and row.get("outcome") != "unknown":
                self.logons += row["kind"] == "kerberos_as"
                delays.append(row["stored"] - row["time"] - row.get("duration_us", 0))
        self.twice, self.holes = held([{"id": number} for number in ids])
        delays.sort()
        self.p50, self.p99 = (delays[int(len(delays) * share)] / 1000 if delays else None for share in (0.5, 0.99))

    def losses(self):
        """By layer, from outside in; zeros too."""
        snapshot = self.status.get("snapshot", {})
        rings = [interface["ring"] for interface in snapshot.get("interfaces", [])]
        workers = snapshot.get("workers", [])
        spool = snapshot.get("spool", {})
        return {"ring": sum(ring["dropped"] for ring in rings),
                "limits": sum(worker["lost"] for worker in workers),
                "queue": sum(worker["queue_lost"] + worker["handover_lost"] for worker in workers),
                "shed": sum(sum(worker["shed"].values()) for worker in workers),
                "spool": sum(spool.get(name, 0) for name in ("unwritten", "evicted", "damaged")),
                "ids": self.holes}

    def filtered(self):
        """Frames that the filter left out, as far as the kernel tells: AF_XDP's."""
        interfaces = self.status.get("snapshot", {}).get("interfaces", [])
        return sum(interface["ring"].get("filtered", 0) for interface in interfaces)

    def below(self):
        """The bars that are not met."""
        bars, losses, wrong = self.bench.bars, self.losses(), []
        share = self.cpu / self.sent["seconds"]
        if bars.cpu and share > bars.cpu:
            wrong.append(f"{share:.2f} of a core, the bar is {bars.cpu}")
        if bars.rss and self.rss > bars.rss:
            wrong.append(f"{self.rss:.0f} MiB, the bar is {bars.rss}")
        if bars.p99 and (self.p99 is None or self.p99 > bars.p99):
            wrong.append(f"p99 {self.p99} ms, the bar is {bars.p99}")
        growth = self.growth()
        if bars.growth and growth is not None and growth > bars.growth:
            wrong.append(f"memory grew by {growth:.1%} after {SETTLED} s, the bar is {bars.growth:.0%}")
        lost = {layer: count for layer, count in losses.items() if count and layer not in ("shed",)}
        if bars.lossless and lost:
            wrong.append(f"lost {lost}")
        if self.twice:
            wrong.append(f"{self.twice} ids stored twice")
        if self.sent["flood"] and self.logons != self.sent["rounds"]:
            wrong.append(f"{self.logons} of {self.sent['rounds']} logons arrived")
        accounted = self.summary["frames"] + losses["ring"] + self.filtered()
        if not self.sent["flood"] and accounted != self.sent["frames"]:
            wrong.append(f"{accounted} frames in the ledger of {self.sent['frames']} sent")
        return wrong

    def growth(self):
        """How much larger the process was in any minute after the fifth than in the sixth; nothing where it did not last as long."""
        minutes = {}
        for second, size in self.sizes:
            minutes.setdefault(int(second // 60), []).append(size)
        means = [sum(sizes) / len(sizes) for minute, sizes in sorted(minutes.items()) if minute * 60 >= SETTLED]
        return max(means) / means[0] - 1 if len(means) > 1 else None

    def flows(self):
        """Flows remembered when the generator had ended."""
        return sum(worker.get("flows", 0) for worker in self.status.get("snapshot", {}).get("workers", []))

    def line(self):
        lost = ", ".join(f"{layer} {count}" for layer, count in self.losses().items() if count) or "none"
        delay = f"{self.p50:.0f}/{self.p99:.0f}" if self.p99 is not None else "-"
        return (f"{self.name:8} {self.sent['per_second']:>10,.0f} {self.sent['frames'] + self.sent['flood']:>11,} "
                f"{self.summary['frames']:>11,} {self.stored:>10,} {self.cpu / self.sent['seconds']:>6.2f} {self.rss:>7.0f} "
                f"{delay:>10} {self.flows():>8,}  {lost}")


HEADER = f"{'bench':8} {'packets/s':>10} {'sent':>11} {'received':>11} {'stored':>10} {'cores':>6} {'MiB':>7} {'ms p50/99':>10} {'flows':>8}  lost"


def generate(words, pid):
    """Runs the generator on the first core; what it sent, and the size of `pid` every few seconds."""
    sizes, began = [], time.monotonic()
    with subprocess.Popen([str(word) for word in ("taskset", "-c", "0", *words)], stdout=subprocess.PIPE, text=True) as generator:
        while generator.poll() is None:
            sizes.append((time.monotonic() - began, memory(pid, "VmRSS")))
            time.sleep(1)
        if generator.returncode:
            raise Failed(f"the generator ended with {generator.returncode}")
        return json.loads(generator.stdout.read()), sizes


def usage(pid):
    """CPU seconds of a process, its threads included."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid, what):
    """`VmRSS`, the resident set, or `VmHWM`, the largest it ever was; MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(what))


def run_benches(switch, host, names, short, seconds):
    """Runs them; prints the table; answers what is wrong, and the numbers for machines."""
    wrong, lines, numbers = [], [], {}
    known = benches()
    for name in names or [name for name in known if name not in SOAKS]:
        bench = known[name]
        length = seconds or (bench.short if short else bench.seconds)
        say(f"{name}: {bench.title}, {length} s")
        try:
            measured = Measured(bench, switch, host, name, length)
        except Failed as error:
            wrong.append(f"{name}: {error}")
            continue
        below = measured.below()
        lines.append(measured.line() + (f"  BELOW THE BAR: {'; '.join(below)}" if below else ""))
        print(lines[-1], flush=True)
        numbers[name] = {"sent": measured.sent, "summary": measured.summary, "cpu_seconds": measured.cpu, "rss_mib": measured.rss,
                         "stored": measured.stored, "p50_ms": measured.p50, "p99_ms": measured.p99, "lost": measured.losses(),
                         "growth": measured.growth(), "flows": measured.flows(), "sizes": measured.sizes}
        # A short run on a machine that others use says whether it is right, not how fast it is.
        wrong += [] if short else [f"{name}: {what}" for what in below]
    print("\n".join([HEADER, *lines]), flush=True)
    return wrong, numbers
