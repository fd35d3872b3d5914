"""Faults: none may lose an activity that was spooled, and health has to tell each.

Every fault is a function that raises Failed where it is not borne, and returns what it saw in a few words. Logons before and
after the fault are held against the controllers' logs; ids without a hole say that nothing spooled was lost.
"""
import os
import signal
import time
from collections import Counter

from scenarios import DC1, SETTLE, Outcome
from sensor import held
from shell import Failed, say, start, tool, wait_for
from truth import Comparison

# Seconds for which the receiver is gone: it stands for an hour, and is longer than health waits before it says so.
GONE = 65

# Frames per second of the load under which the daemon is ended and killed.
LOAD = 20_000

STORY = os.path.join("pcaps", "story", "capture.pcap")


class Watched:
    """Logons of which every one has to be stored in the end."""

    def __init__(self, lab, name, **how):
        self.lab, self.sensor, self.hidden, self.facts = lab, lab.sensor(name, **how), Counter(), []
        lab.switch.mirror("dc1")

    def logons(self):
        before = self.lab.logs.mark()
        self.lab.drive.few()
        time.sleep(SETTLE)
        self.facts += self.lab.logs.between(before, self.lab.logs.mark(), self.hidden)

    def all_stored(self, holes_allowed=0, kinds=()):
        """Every logon is in the store, once, and ids have no more holes than that."""
        rows = self.sensor.rows()
        facts = [fact for fact in self.facts if not kinds or fact.kind in kinds]
        outcome = Outcome(Comparison(facts, rows, DC1, self.hidden), rows, None, facts)
        twice, holes = held(rows)
        if outcome.comparison.missing:
            missing = "; ".join(str(tuple(fact)) for fact in outcome.comparison.missing[:5])
            raise Failed(f"{len(outcome.comparison.missing)} of {len(facts)} logons are not stored: {missing}")
        if twice or holes > holes_allowed:
            raise Failed(f"{twice} ids stored twice, {holes} of {len(rows)} missing, {holes_allowed} of them accounted for")
        return f"{len(facts)} logons, {len(rows)} activities"

    def told(self, *issues, within=20):
        """Waits until health tells one of these."""
        return wait_for(f"health tells {' or '.join(issues)}", lambda: set(issues) & self.sensor.alerts(), within, every=0.3)

    def not_told(self, *issues, within=30):
        wait_for(f"health no longer tells {' or '.join(issues)}", lambda: not set(issues) & self.sensor.alerts(), within, every=0.3)


class Load:
    """The generator beside the mirror."""

    def __init__(self, rate=LOAD):
        root = os.environ["ADTAP_LAB_ROOT"]
        self.process = start(tool("generate"), "--interface", "v-cap", "--capture", os.path.join(root, STORY), "--rate", rate,
                             "--keep", "10.77.0.0/27")

    def __enter__(self):
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def interface_returns(lab, watched):
    """cap0 is taken out and put back."""
    watched.sensor.start()
    watched.logons()
    lab.switch.quiet()
    lab.switch.unplug_capture()
    told = watched.told("interface_gone", "all_interfaces_down")
    lab.switch.plug_capture()
    lab.switch.mirror("dc1")
    watched.not_told("interface_gone", "all_interfaces_down")
    watched.logons()
    watched.sensor.close()
    return f"{', '.join(told)}, then over; {watched.all_stored()}"


def receiver_returns(_lab, watched):
    """Nobody takes the activities for a while."""
    watched.sensor.start()
    watched.logons()
    watched.sensor.stop_receiver(signal.SIGKILL)
    began = time.monotonic()
    watched.logons()
    told = watched.told("disconnected", within=GONE + 20)
    time.sleep(max(0.0, GONE - (time.monotonic() - began)))
    watched.logons()
    waited = watched.sensor.waiting()
    watched.sensor.start_receiver()
    watched.sensor.drained()
    watched.sensor.close()
    return f"{', '.join(told)}; {waited} waited; {watched.all_stored()}"


def disk_full(lab, watched):
    """The disk under the spool fills while nobody takes the activities; what was spooled before and after is stored."""
    sensor = watched.sensor
    sensor.start()
    watched.logons()
    sensor.drained()
    sensor.stop_receiver(signal.SIGKILL)
    with Load(2_000):
        told = watched.told("not_analyzed", "spool_filling", within=60)
        wait_for("the disk is full", lambda: lost(sensor), 60)
    sensor.start_receiver()
    sensor.drained()
    wait_for("the spool takes activities again", lambda: takes_again(lab, sensor), 60)
    watched.logons()
    sensor.drained()
    missing = lost(sensor)
    sensor.close()
    return f"{', '.join(told)}; {missing} not written, and counted; {watched.all_stored(missing)}"


def takes_again(lab, sensor):
    """Whether the daemon has said so; it tries the disk again when there is something to write, and not at once."""
    lab.drive.few()
    return "takes activities again" in sensor.log("adtap.log")


def lost(sensor):
    """Activities that the spool counts as lost."""
    return sum(sensor.counted("spool").get(name, 0) for name in ("unwritten", "evicted", "damaged"))


def bad_reload(_lab, watched):
    """A bad file changes nothing; a good one is taken without a loss."""
    sensor = watched.sensor
    sensor.start()
    watched.logons()
    sensor.write(sensor.text + "\n[capture]\nno-such-key = 1\n")
    os.kill(sensor.pid(), signal.SIGHUP)
    wait_for("the bad file is told", lambda: "old one stays" in sensor.log("adtap.log"))
    watched.logons()
    sensor.write(sensor.text.replace("heartbeat-seconds = 1", "heartbeat-seconds = 2"))
    os.kill(sensor.pid(), signal.SIGHUP)
    wait_for("the good file is taken", lambda: "starts anew" in sensor.log("adtap.log"))
    wait_for("adtap watches again", lambda: sensor.log("adtap.log").count("watching cap0") == 2)
    watched.logons()
    sensor.close()
    return f"bad file told, good file taken; {watched.all_stored()}"


def term_under_load(_lab, watched):
    """It ends in time, and says where everything is."""
    watched.sensor.start()
    watched.logons()
    with Load():
        began = time.monotonic()
        code = watched.sensor.stop()
        took = time.monotonic() - began
    if code or took > 25:
        raise Failed(f"SIGTERM under load: exit code {code} after {took:.1f} s")
    watched.sensor.start_daemon()
    watched.sensor.close()
    return f"exit code 0 after {took:.1f} s; {watched.all_stored()}"


def kill_under_load(_lab, watched):
    """kill -9, three times: what had been synced is stored once."""
    sensor = watched.sensor
    sensor.start()
    with Load():
        for _ in range(3):
            watched.logons()
            sensor.stop(signal.SIGKILL)
            sensor.start_daemon()
    sensor.close()
    return f"killed three times; {watched.all_stored()}"


def parser_panics(_lab, watched):
    """Every Kerberos flow makes its parser panic; the others are seen as ever."""
    watched.sensor.start("--provoke", "panic:88")
    watched.logons()
    told = watched.told("parser_failed")
    watched.sensor.close()
    return f"{', '.join(told)}; {watched.all_stored(kinds=('ntlm_authenticate', 'ldap_bind'))}"


def worker_stuck(_lab, watched):
    """A worker that hangs ends the daemon, which systemd starts anew."""
    sensor = watched.sensor
    sensor.start("--provoke", "stall:88")
    watched.lab.drive.few()
    code = wait_for("adtap ends", lambda: sensor.daemon.poll() is not None and sensor.daemon.returncode or None, 40)
    sensor.start_daemon()
    watched.logons()
    sensor.close()
    return f"exit code {code}; after the restart {watched.all_stored()}"


def clock_jump(_lab, _watched):
    """Only the machine has a wall clock: there is no namespace for it, and the lab does not touch the host."""
    return "skipped: the wall clock is the host's (time namespaces cover monotonic clocks only)"


FAULTS = {"interface_returns": interface_returns, "receiver_returns": receiver_returns, "disk_full": disk_full,
          "bad_reload": bad_reload, "term_under_load": term_under_load, "kill_under_load": kill_under_load,
          "parser_panics": parser_panics, "worker_stuck": worker_stuck, "clock_jump": clock_jump}

SETTINGS = {"receiver_returns": {"more": "[health]\nunreachable-minutes = 1\n"},
            "disk_full": {"spool_more": "max-bytes = 67108864\nsegment-bytes = 262144\n"},
            # What still waits for evidence of its computer is in memory, and no kill -9 leaves that.
            "kill_under_load": {"more": "[resolver]\nwait-milliseconds = 0\n"},
            "worker_stuck": {"more": "[run]\nstuck-seconds = 5\n"}}


def small_disk(lab):
    """A disk of 3 MB under a spool of 64 MB."""
    folder = os.path.join(lab.host.state, "small")
    os.makedirs(folder, exist_ok=True)
    lab.host.run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder)
    return folder


def run_faults(lab, names):
    """What each fault showed, and what is wrong."""
    told, wrong = {}, []
    for name in names:
        began, watched = time.monotonic(), None
        try:
            settings = dict(SETTINGS.get(name, {}))
            if name == "disk_full":
                settings["spool"] = small_disk(lab)
            watched = Watched(lab, name, **settings)
            told[name] = FAULTS[name](lab, watched)
        except Failed as error:
            told[name] = f"not borne: {error}"
            wrong.append(f"{name}: {error}")
            if watched:
                watched.sensor.abandon()
        finally:
            lab.switch.quiet()
        say(f"{name}: {told[name][:500]} ({time.monotonic() - began:.1f} s)")
    return told, wrong
