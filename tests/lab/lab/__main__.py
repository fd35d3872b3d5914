"""usage: tests/lab/run [--short] [--scenario NAME]... [--fault NAME]... [--no-faults] [--mirrors] [--lookups] [--directory [PART]...] [--seed TEXT] [--report DIR] [--replay] [--shell]

A Samba domain (dc1 and dc2, which replicate, member server srv1, workstation client) and a sensor, each in network, mount, UTS
and PID namespaces of its own; a bridge whose ports `tc mirred` mirrors to the sensor. Activities are driven, `adtap run` watches
them, and what it has delivered is held against what the controllers wrote down. Below 100 % of the logons it fails.

  --short          plain mirror, both controllers, TAP legs; no faults. With --listeners, fewer events and kills. What .ci/run does
  --scenario NAME  only this one; may be given several times
  --fault NAME     this fault too; without scenarios and faults, all of both
  --no-faults      scenarios alone
  --report DIR     where report.json and the logs of what failed go [default: target/lab]
  --mirrors        `adtap mirror-test` on a good mirror and on bad ones; part of a run without scenarios and faults
  --lookups        ask Samba, xrdp, silent and lying hosts who they are; part of a run without scenarios and faults
  --directory      `adtap directory` against the controllers' own database, or these parts of it; all but `race` are part of a run without scenarios and faults
  --seed TEXT      of the changes at random of --directory; the same does the same again [default: one at random, which is told]
  --replay         record the mirror and replay it, instead of `adtap run`
  --bench [NAME]   no domain: the live benches instead, or those named (soak only then); with --short, seconds each
  --seconds N      how long each bench lasts
  --listeners [NAME]  radclient and rsyslog before the listeners instead, or those named: without a domain, but for `audit` and `wef_kerberos`
  --shell          bring the domain up, then a shell beside it: nsenter -t PID -a
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys

from activities import Drive
from audit import run_audit
from bench import run_benches
from directory import PARTS, run_directory
from domain import Domain
from faults import FAULTS, run_faults
from kerberos import run_kerberos
from listeners import TESTS, run_listeners
from lookups import run_lookups
from mirrors import run_mirrors
from network import Host, Switch
from replayed import Replayed
from scenarios import SCENARIOS, SHORT, Lab, report, run_all, table
from sensor import Sensor
from shell import Failed, run, say, warn

# The tests of the listeners that take a domain.
WITH_DOMAIN = {"audit": run_audit, "wef_kerberos": run_kerberos}


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n", 1)[0].removeprefix("usage: "), description="",
                                     formatter_class=argparse.RawDescriptionHelpFormatter, epilog=__doc__.split("\n", 1)[1])
    parser.add_argument("--short", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, default=[], help=argparse.SUPPRESS)
    parser.add_argument("--fault", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--no-faults", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--report", default=os.path.join(os.environ.get("ADTAP_LAB_ROOT", "."), "target", "lab"), help=argparse.SUPPRESS)
    parser.add_argument("--mirrors", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--lookups", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--directory", nargs="*", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", default=f"{random.randrange(10**6):06}", help=argparse.SUPPRESS)
    parser.add_argument("--replay", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bench", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--listeners", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--shell", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    os.makedirs(options.report, exist_ok=True)
    scratch = os.environ["ADTAP_LAB_SCRATCH"]
    prepare(scratch)
    try:
        wrong = everything(options, scratch)
    except Failed as error:
        wrong = [str(error)]
    if wrong:
        keep(scratch, options.report)
        warn("lab: failed:\n" + "\n".join(f"  {what}" for what in wrong) + f"\nlogs are in {options.report}/logs")
    return 1 if wrong else 0


def prepare(scratch):
    """What is written goes into memory, and away with the namespace; where that cannot hold Samba's attributes, to disk."""
    run("mount", "-t", "tmpfs", "-o", "size=4g", "tmpfs", scratch)
    for attribute in ("user.lab", "security.lab"):
        if run("setfattr", "-n", attribute, "-v", "1", scratch, check=False).returncode:
            run("umount", scratch)
            return


def everything(options, scratch):
    """Brings up what is asked for and runs it; what is wrong."""
    domain, sensor_host = Domain(scratch), Host("sensor", scratch, alone=False)
    switch = Switch(sensor_host)
    switch.start()
    sensor_host.start()
    if options.bench is not None:
        wrong, numbers = run_benches(switch, sensor_host, options.bench, options.short, options.seconds)
        write(options.report, "bench.json", numbers)
        return wrong
    if options.listeners is not None:
        told, wrong = run_listeners(switch, sensor_host, scratch, options.listeners, options.short)
        names = [name for name in WITH_DOMAIN if name in options.listeners or not (options.listeners or options.short)]
        if names:
            with_domain(Lab(domain, switch, sensor_host, Drive(domain)), names, told, wrong)
        for name, what in told.items():
            print(f"{name:20} {what}", flush=True)
        write(options.report, "listeners.json", told)
        return wrong
    for number in (0, 1):
        switch.plug_capture(number)
    domain.start()
    if options.shell:
        return shell(domain, sensor_host)
    return in_domain(options, Lab(domain, switch, sensor_host, Drive(domain), Replayed if options.replay else Sensor, options.seed))


def with_domain(lab, names, told, wrong):
    """The tests of the listeners that take a domain."""
    lab.domain.start()
    for name in names:
        say(name)
        try:
            told[name] = WITH_DOMAIN[name](lab)
        except (Failed, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
            told[name] = "FAILED"
            wrong.append(f"{name}: {error}")


def in_domain(options, lab):
    """Scenarios, then faults; what is wrong."""
    some = bool(options.scenario or options.fault or options.mirrors or options.lookups or options.directory is not None)
    names = SHORT if options.short else options.scenario if some else list(SCENARIOS)
    results, wrong = run_all(lab, names)
    without = options.short or options.no_faults or options.replay
    faults = [] if without else options.fault if some else list(FAULTS)
    told, more = run_faults(lab, faults)
    everything_else = not (some or options.short or options.no_faults or options.replay)
    for wanted, what in ((options.mirrors, run_mirrors), (options.lookups, run_lookups)):
        if wanted or everything_else:
            seen, amiss = what(lab, options.report)
            told, more = told | seen, more + amiss
    if options.directory is not None or everything_else:
        seen, amiss = run_directory(lab, options.directory or ())
        told, more = told | seen, more + amiss
    print(table(results), flush=True)
    for name, what in told.items():
        print(f"{name:20} {what}", flush=True)
    write(options.report, "report.json", {"scenarios": report(results), "faults": told, "wrong": wrong + more})
    say("done")
    return wrong + more


def write(folder, name, content):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)


def shell(domain, sensor_host):
    for host in (*domain.hosts.values(), sensor_host):
        print(f"{host.name}: nsenter -t {host.pid} -a")
    os.system("bash -i")  # the developer's own
    return []


def keep(scratch, folder):
    """The logs of a failed run, for whoever looks into it."""
    logs = os.path.join(folder, "logs")
    shutil.rmtree(logs, ignore_errors=True)
    for base, _, names in os.walk(scratch):
        for name in names:
            if name.endswith((".log", ".toml")) or name in ("log.samba", "log.smbd"):
                target = os.path.join(logs, os.path.relpath(base, scratch))
                os.makedirs(target, exist_ok=True)
                shutil.copy(os.path.join(base, name), target)


if __name__ == "__main__":
    sys.exit(main())
