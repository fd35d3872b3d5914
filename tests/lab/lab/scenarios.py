"""The ways in which a mirror brings the controllers' traffic, each with all activities, held against the controllers' logs."""
import json
import os
import time
from collections import Counter

from directory import tables, truth
from identities import Identities, read
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

    def __init__(self, domain, switch, sensor_host, drive, backend=Sensor, seed=""):
        self.domain, self.switch, self.host, self.drive, self.backend, self.seed = domain, switch, sensor_host, drive, backend, seed
        self.logs = Logs([domain["dc1"], domain["dc2"]])
        self.recorded, self.known, self.forest = None, None, None

    def sensor(self, name, **how):
        return self.backend(self.host, name, **how)

    def knowing(self, name, forest=None, follow=False, **how):
        """A sensor that knows the domain from its first packet on, and follows it; and a second forest."""
        more = tables(self, os.path.join(self.host.state, f"{name}-directory"), forest=forest, follow=follow)
        sensor = self.sensor(name, more=more, **how)
        sensor.adtap("directory", "sync")
        return sensor

    def computers(self):
        """The SIDs of the computers, by address: from the controller's own database."""
        if self.known is None:
            objects = truth(self.domain["dc1"], ["objectGUID", "sAMAccountName", "objectSid"]).values()
            named = {next(iter(own["sAMAccountName"])): next(iter(own["objectSid"])) for _, own in objects if own.keys() >= {"sAMAccountName", "objectSid"}}
            self.known = {host.address: named[f"{host.name.upper()}$"] for host in self.domain.hosts.values()}
        return self.known

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
        logons = [logon for server, line in self.logs.lines(before, after) if (logon := read(server, line))]
        comparison = Comparison(facts, [row for row in rows if row["time"] <= last], mirrored, hidden)
        return Outcome(comparison, rows, ledger, (facts, logons), Identities(logons, rows, mirrored, self.computers()))


class Outcome:
    """A scenario's result."""

    def __init__(self, comparison, rows, ledger, truths, identities=None):
        self.comparison, self.rows, self.ledger, self.truths, self.identities = comparison, rows, ledger, truths, identities
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
        if self.identities:
            wrong += self.identities.wrong or ([] if self.identities.counts["logons"] else ["the controllers wrote no SID down"])
        return wrong


def plain(lab):
    lab.switch.mirror("dc1")
    recording = Recording(lab)
    outcome = lab.held_against_truth(lab.knowing("plain"), DC1)
    lab.recorded = recording.stop(), outcome.truths
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
        outcome = lab.held_against_truth(lab.knowing("vxlan"), DC1)
    finally:
        lab.switch.quiet()
        lab.switch.stop_vxlan()
    return expect_tunnel(outcome, "vxlan")


def expect_tunnel(outcome, name):
    """Every activity says which tunnel it came through; what the directory tells came through none."""
    without = sum(name not in (row.get("tunnel") or "") for row in outcome.rows if row["kind"] != "directory_change")
    if without or not outcome.rows:
        raise Failed(f"{without} of {len(outcome.rows)} activities do not say that they came through {name}")
    return outcome


def resent(lab, tunnel, shown):
    """The recorded mirror once more, in a tunnel that this machine's kernel has no device for."""
    if not lab.recorded:
        raise Failed("nothing is recorded; run the scenario plain with it")
    capture, (facts, logons) = lab.recorded
    sensor = lab.knowing(tunnel)
    sensor.start()
    try:
        sent = json.loads(run(tool("generate"), "--interface", "v-cap", "--capture", capture, "--rate", RESEND, "--rounds", 1,
                              "--tunnel", tunnel, "--tunnel-to", TUNNEL[1], timeout=120).stdout)
        ledger = sensor.settled()
        sensor.close()
    except Failed:
        sensor.abandon()
        raise
    rows = sensor.rows()
    identities = Identities(logons, rows, DC1, lab.computers())
    outcome = Outcome(Comparison(facts, rows, DC1, Counter()), rows, ledger, (facts, logons), identities)
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
    outcome = lab.held_against_truth(lab.knowing("both"), DC2)
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
    return lab.held_against_truth(lab.knowing("taps", interfaces=("cap0", "cap1")), DC1)


def workers(lab):
    """Two workers: both directions of a flow have to meet in one."""
    lab.switch.mirror("dc1")
    return lab.held_against_truth(lab.knowing("workers", workers=2), DC1)


def xdp(lab):
    lab.switch.mirror("dc1")
    outcome = lab.held_against_truth(lab.knowing("xdp", mode="af-xdp"), DC1)
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
        lines.append(f"{name:10} {'identities':18} {outcome.identities.told()}")
    return "\n".join(lines)


def report(results):
    """The same for machines."""
    def one(outcome):
        comparison = outcome.comparison
        return {"recall": comparison.recall(), "activities": len(outcome.rows), "notes": outcome.notes,
                "expected": comparison.expected, "found": comparison.found, "extra": comparison.extra,
                "explained": comparison.explained, "hidden": comparison.hidden,
                "missing": comparison.missing, "surplus": comparison.surplus,
                "identities": outcome.identities.counts, "misidentified": outcome.identities.wrong}
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
