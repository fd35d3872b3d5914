"""The ways in which a mirror brings the controllers' traffic, each with all activities, held against the controllers' logs."""
import json
import os
import time
from collections import Counter

from network import TUNNEL, end
from sensor import Sensor, held
from shell import Failed, run, say, start, tool, wait_for
from truth import KINDS, Comparison, Logs

DC1, DC2 = {"10.77.0.10"}, {"10.77.0.10", "10.77.0.11"}

# Seconds after the last activity within which the last frame of it has come.
SETTLE = 0.7

# Frames per second at which a recorded mirror is sent once more in a tunnel.
RESEND = 2_000


class Lab:
    """What scenarios share: domain, switch, sensor's host, drive, and the mirror as it was recorded in the plain scenario."""

    def __init__(self, domain, switch, sensor_host, drive, backend=Sensor):
        self.domain, self.switch, self.host, self.drive, self.backend = domain, switch, sensor_host, drive, backend
        self.logs = Logs([domain["dc1"], domain["dc2"]])
        self.recorded = None

    def sensor(self, name, **how):
        return self.backend(self.host, name, **how)

    def held_against_truth(self, sensor, mirrored, act=None):
        """Runs the activities under the sensor's eyes; the comparison."""
        hidden = Counter()
        sensor.start()
        try:
            before = self.logs.mark()
            (act or self.drive.all)()
            time.sleep(SETTLE)
            after = self.logs.mark()
            last = time.time_ns() // 1000
            ledger = sensor.settled()
            sensor.close()
        except Failed:
            sensor.abandon()
            raise
        sensor.summary()
        rows = sensor.rows()
        facts = self.logs.between(before, after, hidden)
        return Outcome(Comparison(facts, [row for row in rows if row["time"] <= last], mirrored, hidden), rows, ledger, facts)


class Outcome:
    """A scenario's result."""

    def __init__(self, comparison, rows, ledger, facts):
        self.comparison, self.rows, self.ledger, self.facts = comparison, rows, ledger, facts
        self.notes = [f"{controller['name']} {controller['seen']:.2%} seen" for controller in (ledger or {}).get("controllers", [])
                      if controller.get("configured") and controller.get("seen") is not None]

    def trouble(self):
        """Why it is not good enough; empty when it is."""
        wrong = [f"not seen: {tuple(fact)}" for fact in self.comparison.missing]
        twice, holes = held(self.rows)
        if twice or holes:
            wrong.append(f"{twice} ids stored twice, {holes} missing in between")
        if not sum(self.comparison.expected.values()):
            wrong.append("the controllers wrote nothing down")
        return wrong


def plain(lab):
    lab.switch.mirror("dc1")
    recording = Recording(lab)
    outcome = lab.held_against_truth(lab.sensor("plain"), DC1)
    lab.recorded = recording.stop(), outcome.facts
    return outcome


class Recording:
    """tcpdump beside adtap: what the tunnels' scenarios send again."""

    def __init__(self, lab):
        self.path = os.path.join(lab.host.state, "mirror.pcap")
        log = os.path.join(lab.host.state, "tcpdump.log")
        command = lab.host.inside("tcpdump", "--immediate-mode", "-i", "cap0", "-n", "-s", "0", "-Z", "root", "-B", "32768", "-w", self.path)
        self.process = start(*command, log=log)
        wait_for("tcpdump listens", lambda: os.path.exists(log) and "listening on" in open(log, encoding="utf-8").read())

    def stop(self):
        end(self.process)
        return self.path


def vxlan(lab):
    lab.switch.start_vxlan()
    lab.switch.mirror("dc1", "vx0", "vx0")
    try:
        outcome = lab.held_against_truth(lab.sensor("vxlan"), DC1)
    finally:
        lab.switch.quiet()
        lab.switch.stop_vxlan()
    return expect_tunnel(outcome, "vxlan")


def expect_tunnel(outcome, name):
    """Every activity says which tunnel it came through."""
    without = sum(name not in (row.get("tunnel") or "") for row in outcome.rows)
    if without or not outcome.rows:
        raise Failed(f"{without} of {len(outcome.rows)} activities do not say that they came through {name}")
    return outcome


def resent(lab, tunnel, shown):
    """The recorded mirror once more, in a tunnel that this machine's kernel has no device for."""
    if not lab.recorded:
        raise Failed("nothing is recorded; run the scenario plain with it")
    capture, facts = lab.recorded
    sensor = lab.sensor(tunnel)
    sensor.start()
    try:
        sent = json.loads(run(tool("generate"), "--interface", "v-cap", "--capture", capture, "--rate", RESEND, "--rounds", 1,
                              "--tunnel", tunnel, "--tunnel-to", TUNNEL[1], timeout=120).stdout)
        time.sleep(SETTLE)
        ledger = sensor.status()
        sensor.close()
    except Failed:
        sensor.abandon()
        raise
    rows = sensor.rows()
    outcome = Outcome(Comparison(facts, rows, DC1, Counter()), rows, ledger, facts)
    outcome.notes.append(f"{sent['frames']} frames sent")
    return expect_tunnel(outcome, shown)


def gre(lab):
    return resent(lab, "gre", "gre")


def erspan2(lab):
    return resent(lab, "erspan2", "erspan")


def erspan3(lab):
    return resent(lab, "erspan3", "erspan")


def geneve(lab):
    return resent(lab, "geneve", "geneve")


def both(lab):
    """What the controllers say to each other passes two mirrored ports."""
    lab.switch.mirror("dc1")
    lab.switch.mirror("dc2")
    outcome = lab.held_against_truth(lab.sensor("both"), DC2)
    copies = duplicates(outcome.ledger)
    outcome.notes.append(f"{copies} copies removed")
    if not copies and outcome.ledger is not None:
        raise Failed("both controllers are mirrored, and the ledger says no copy was removed")
    return outcome


def duplicates(ledger):
    """Copies that the ledger counts."""
    workers = ((ledger or {}).get("snapshot") or {}).get("workers") or []
    counters = [worker.get("counters", {}) for worker in workers]
    return sum(count for named in counters for name, count in named.items() if "duplicate" in name or "copies" in name)


def taps(lab):
    """A TAP has a leg for each direction."""
    lab.switch.mirror("dc1", "v-cap", "v-cap1")
    return lab.held_against_truth(lab.sensor("taps", interfaces=("cap0", "cap1")), DC1)


def workers(lab):
    """Two workers: both directions of a flow have to meet in one."""
    lab.switch.mirror("dc1")
    return lab.held_against_truth(lab.sensor("workers", workers=2), DC1)


def xdp(lab):
    lab.switch.mirror("dc1")
    outcome = lab.held_against_truth(lab.sensor("xdp", mode="af-xdp"), DC1)
    modes = [interface["mode"] for interface in ((outcome.ledger or {}).get("snapshot") or {}).get("interfaces", [])]
    outcome.notes += modes
    if any("xdp" not in mode for mode in modes):
        raise Failed(f"AF_XDP was asked for, and frames are taken by {', '.join(modes)}")
    return outcome


SCENARIOS = {"plain": plain, "both": both, "taps": taps, "workers": workers, "vxlan": vxlan, "gre": gre, "erspan2": erspan2,
             "erspan3": erspan3, "geneve": geneve, "xdp": xdp}
SHORT = ("plain", "both", "taps")


def table(results):
    """Rows for people: a line per scenario and kind of logon."""
    lines = [f"{'scenario':10} {'kind':18} {'expected':>8} {'found':>6} {'extra':>6}  explained"]
    for name, outcome in results.items():
        comparison = outcome.comparison
        for kind in KINDS:
            lines.append(f"{name:10} {kind:18} {comparison.expected[kind]:8} {comparison.found[kind]:6} {comparison.extra[kind]:6}")
        explained = [f"{count} {why}" for why, count in {**comparison.explained, **comparison.hidden}.items()]
        lines.append(f"{name:10} {'recall':18} {comparison.recall():8.2%} {len(outcome.rows):6} activities  "
                     + "; ".join(explained + outcome.notes))
    return "\n".join(lines)


def report(results):
    """The same for machines."""
    def one(outcome):
        comparison = outcome.comparison
        return {"recall": comparison.recall(), "activities": len(outcome.rows), "notes": outcome.notes,
                "expected": comparison.expected, "found": comparison.found, "extra": comparison.extra,
                "explained": comparison.explained, "hidden": comparison.hidden,
                "missing": comparison.missing, "surplus": comparison.surplus}
    return {name: one(outcome) for name, outcome in results.items()}


def run_all(lab, names):
    """Runs scenarios in order; results, and what is wrong."""
    results, wrong = {}, []
    for name in names:
        began = time.monotonic()
        try:
            results[name] = SCENARIOS[name](lab)
            trouble = results[name].trouble()
        except Failed as error:
            trouble = [str(error)]
        finally:
            lab.switch.quiet()
        say(f"{name}: {'; '.join(trouble)[:600] if trouble else 'as expected'} ({time.monotonic() - began:.1f} s)")
        wrong += [f"{name}: {what}" for what in trouble]
    return results, wrong
