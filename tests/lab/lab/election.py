"""Two sensors, one receiver and a live controller: one reads the domain and the other takes in; then the first is killed.

Whatever is changed, each change is told by one of them, once; and both keep what the controller's own database holds. Where the
receiver goes, each reads for itself: then a change may be told by both, and is lost by neither.
"""
import json
import signal
import time
from collections import Counter

from live import BASE, account, replace
from sensor import Sensor
from shell import Failed, say, wait_for

# Seconds after which the other sensor takes over, and that a change may take to be published and taken in.
SILENCE, PATIENCE = 10, 60
# Seconds without a receiver after which a sensor reads for itself.
ALONE = 5
# Until what is kept is on the disk: it is written once a minute, and the forest's configuration is looked at once a minute.
SAVED = 150
# Titles that are set in each phase, and changes at random beside them.
TITLES, CHANGES = 12, 40

UNIT = f"OU=Election,{BASE}"
INSIDE = "ldbmodify -H /var/lib/samba/private/sam.ldb"
ASK = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/status.json', timeout=5).read().decode())"


class Half(Sensor):
    """One of the two: on a capture port and a web port of its own. The receiver is the first one's."""

    def __init__(self, lab, number, tables):
        self.name, self.port = f"half{number}", 4390 + number
        more = f"synchronizer-silence-seconds = {SILENCE}\n[web]\nlisten = \"127.0.0.1:{self.port}\"\n{tables(lab, self.name)}[directory.election]\npatience-seconds = {ALONE}\n"
        super().__init__(lab.host, self.name, interfaces=(f"cap{number - 1}",), more=more)
        self.write(self.text.replace('sensor = "lab"', f'sensor = "{self.name}"'))

    def status(self):
        done = self.host.net("python3", "-c", ASK.format(port=self.port), check=False, timeout=10)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def domain(self):
        return next(iter(self.counted("directory") or []), {})

    def election(self):
        return self.domain().get("election") or {}

    def is_now(self, duty, of=None):
        told = self.election()
        return told.get("duty") == duty and (of is None or told.get("synchronizer") == of.name)


class Deeds:
    """Changes on the controller itself, each of which is told apart by its value."""

    def __init__(self, lab):
        self.lab, self.made, self.number = lab, [], 0
        self.most = {}  # where a change may be told more than once
        accounts = "\n".join(account(f"voter{number}").replace("OU=Live,", "OU=Election,") for number in range(TITLES))
        self.write(f"dn: {UNIT}\nchangetype: add\nobjectClass: organizationalUnit\n\n{accounts}\n")

    def write(self, text):
        self.lab.domain["dc1"].shell(INSIDE, stdin=text)

    def titles(self, most=1):
        """A new title for each account; one write each."""
        for number in range(TITLES):
            self.number += 1
            value = f"Title {self.number}"
            self.write(replace(f"CN=voter{number},{UNIT}", "title", value))
            self.made.append(value)
            self.most[value] = most

    def told(self, rows):
        """How often each title was told, and by which sensors."""
        details = [(row, json.loads(row.get("details") or "{}")) for row in rows if row["kind"] == "directory_change"]
        return Counter(said["new"] for _, said in details if said.get("attribute") == "title" and said.get("new") in set(self.made))

    def wrong(self, rows):
        told = self.told(rows)
        return [f"{value} was told {told[value]} times" for value in self.made if not 1 <= told[value] <= self.most[value]]


def election(lab, tools):
    """`tools`: what holds a directory against the controller's (directory.py)."""
    one, two = (Half(lab, number, tools.tables) for number in (1, 2))
    halves, deeds = (one, two), Deeds(lab)
    try:
        told = shared(lab, halves, deeds, tools)
        for half in halves:
            half.stop()
        one.stop_receiver()
        wrong = deeds.wrong(one.rows())
        if wrong:
            raise Failed(f"{len(wrong)} of {len(deeds.made)} changes: {wrong[:8]}")
    except Failed:
        for half in halves:
            half.abandon()
        raise
    once = sum(most == 1 for most in deeds.most.values())
    return f"{told}; {once} changes, each told once, and {len(deeds.made) - once} without a receiver, none told by nobody"


def shared(lab, halves, deeds, tools):
    """What happens to the two."""
    one, two = halves
    one.start_receiver()
    one.start_daemon()
    wait_for("the first has the lease", lambda: one.is_now("synchronizer", one), PATIENCE)
    wait_for("it has published", lambda: one.election().get("sequence", 0) >= 1, PATIENCE)
    two.start_daemon()
    wait_for("the second follows", lambda: two.is_now("follower", one) and level(one, two), PATIENCE)
    said = two.adtap("directory", "status", "--url", f"http://127.0.0.1:{two.port}").stdout
    if "follower of half1" not in said:
        raise Failed(f"directory status says {said}")
    deeds.titles()
    done = sum(tools.churn(lab.domain["dc1"], f"{lab.seed} election 1", CHANGES)[0].values())
    equal(lab, halves, tools, "the holder reads")
    wait_for("everything is told", lambda: len(deeds.told(one.rows())) == len(deeds.made), PATIENCE, every=1.0)

    one.stop(signal.SIGKILL)
    killed = time.monotonic()
    deeds.titles()  # while nobody reads
    wait_for("the second takes over", lambda: two.is_now("synchronizer", two), PATIENCE)
    took = time.monotonic() - killed
    say(f"election: taken over {took:.1f} s after the kill")
    deeds.titles()
    done += sum(tools.churn(lab.domain["dc1"], f"{lab.seed} election 2", CHANGES)[0].values())
    equal(lab, (two,), tools, "the second took over")
    if not 0.5 * SILENCE <= took <= 3 * SILENCE:
        raise Failed(f"the second took over after {took:.1f} s, where {SILENCE} s of silence are set")

    one.start_daemon()
    wait_for("the first follows", lambda: one.is_now("follower", two) and level(two, one), PATIENCE)
    deeds.titles()
    done += sum(tools.churn(lab.domain["dc1"], f"{lab.seed} election 3", CHANGES)[0].values())
    equal(lab, halves, tools, "the first is back")
    wait_for("everything is told", lambda: len(deeds.told(one.rows())) == len(deeds.made), PATIENCE, every=1.0)
    one.stop_receiver()
    for half in halves:
        wait_for(f"{half.name} reads for itself", lambda half=half: half.is_now("alone"), PATIENCE)
    deeds.titles(most=2)
    done += sum(tools.churn(lab.domain["dc1"], f"{lab.seed} election 4", CHANGES)[0].values())
    equal(lab, halves, tools, "each is alone")
    for half in halves:
        wait_for(f"{half.name} says so", lambda half=half: "synchronizer_missing" in half.alerts(), SAVED)
    one.start_receiver()
    wait_for("they share the domain again", lambda: {half.election().get("duty") for half in halves} == {"synchronizer", "follower"} and level(one, two), PATIENCE)
    deeds.titles()
    equal(lab, halves, tools, "the receiver is back")
    wait_for("everything is told", lambda: len(deeds.told(one.rows())) == len(deeds.made), PATIENCE, every=1.0)
    for half in halves:
        wait_for(f"{half.name} is content", lambda half=half: "synchronizer_missing" not in half.alerts(), PATIENCE)
    return f"seed {lab.seed}: taken over {took:.1f} s after the kill, by a silence of {SILENCE} s; {done} changes at random, both as the controller through all"


def level(one, other):
    """Whether both know the same publication."""
    first, second = one.election().get("sequence", 0), other.election().get("sequence", 0)
    return first == second and first > 0


def equal(lab, halves, tools, when):
    """What each keeps is what the controller's own database holds, once that is on the disk."""
    asked = [name for name in halves[0].adtap("directory", "export", "--attributes").stdout.split() if name not in ("whenChanged", "uSNChanged")]
    objects = {}
    for half in halves:
        wrong = []

        def same(half=half, wrong=wrong):
            # Controllers change things by themselves: what is compared with has to be as new as what is compared.
            objects.update(real=tools.truth(lab.domain["dc1"], asked))
            wrong[:] = tools.difference(tools.exported(half.adtap("directory", "export").stdout), objects["real"])
            return not wrong

        try:
            wait_for(f"{half.name} keeps what the controller has", same, SAVED, every=3.0)
        except Failed as error:
            beside = [f"{other.name}, {other.election()}: {tools.difference(tools.exported(other.adtap('directory', 'export').stdout), objects['real'])[:4]}"
                      for other in halves if other is not half]
            raise Failed(f"{when}: {error}: {len(wrong)} differences, of {half.election()}:\n  " + "\n  ".join(wrong[:12] + beside)) from error
    say(f"election: {when}: {', '.join(half.name for half in halves)} as the controller, {len(objects['real'])} objects")
