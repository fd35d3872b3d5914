"""Hosts, the switch between them, and its mirror ports.

The lab's own network namespace is the switch: br0 with a port v-NAME for each host. v-cap and v-cap1 are no members of the
bridge; what `tc mirred` copies to them arrives at the sensor's cap0 and cap1, which have no address.
"""
import os
import shutil
import signal

from shell import Failed, run, start, tool, wait_for

REALM, DOMAIN, WORKGROUP = "LAB.EXAMPLE", "lab.example", "LAB"
ADDRESSES = {"dc1": "10.77.0.10", "dc2": "10.77.0.11", "client": "10.77.0.50", "srv1": "10.77.0.60", "far": "10.77.0.70", "gateway": "10.77.0.80", "siem": "10.77.0.90",
             "sensor": "10.77.0.200"}
TUNNEL = ("10.78.0.1", "10.78.0.2")  # the switch's and the sensor's end of encapsulated mirrors
MTU = 1700  # of the capture ports: a full frame in any tunnel
OFFLOADS = "tx off rx off tso off gso off gro off".split()

KRB5 = f"""[libdefaults]
 default_realm = {REALM}
 dns_lookup_realm = false
 rdns = false
 udp_preference_limit = 1400
 allow_weak_crypto = true
 allow_rc4 = true
[realms]
 {REALM} = {{
  kdc = %(kdc)s
  admin_server = %(kdc)s
  kpasswd_server = %(kdc)s
 }}
[domain_realm]
 .{DOMAIN} = {REALM}
 {DOMAIN} = {REALM}
"""

# A host's own files over the machine's, then a process that reaps orphans until it is killed.
INIT = """
set -e
state=$1 name=$2 alone=$3 programs=$4
mount --make-rprivate /
mount -t tmpfs tmpfs /run; mkdir -p /run/samba /run/lock
mount -t sysfs sysfs /sys 2>/dev/null || true
hostname "$name"; ip link set lo up
if [ "$alone" = yes ]; then
    for folder in lib cache log; do mkdir -p /var/$folder/samba; mount --bind "$state/$folder" /var/$folder/samba; done
    mount -t tmpfs tmpfs /srv; mount -t tmpfs tmpfs /var/tmp
    mkdir /srv/adtap; mount --bind "$programs" /srv/adtap # which may lie below what is hidden next
    mount --bind "$state/etc" /etc
    touch "$state/ready"
    mount --bind "$state/tmp" /tmp
else
    touch "$state/ready"
fi
trap 'exit 0' TERM
while :; do sleep 3600 & wait $!; done
"""


def mac(address):
    return f"02:77:00:00:00:{int(address.rsplit('.', 1)[1]):02x}"


class Host:
    """Namespaces with an interface on the bridge; `alone`, with /etc, /tmp and Samba's folders of its own too."""

    def __init__(self, name, scratch, alone=True):
        self.name, self.address, self.alone = name, ADDRESSES[name], alone
        self.state = os.path.join(scratch, name)
        self.pid = None

    def start(self):
        for folder in ("lib/private", "cache", "log", "tmp"):
            os.makedirs(os.path.join(self.state, folder))
        os.chmod(os.path.join(self.state, "tmp"), 0o1777)
        if self.alone:
            self.write_etc()
        outer = start("unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
                      "bash", "-c", INIT, "init", self.state, self.name, "yes" if self.alone else "no", os.path.dirname(tool("adtap")),
                      log=os.path.join(self.state, "init.log"))
        wait_for(f"{self.name} starts", lambda: os.path.exists(os.path.join(self.state, "ready")) or outer.poll(), every=0.02)
        if outer.poll() is not None:
            raise Failed(f"{self.name}: " + open(os.path.join(self.state, "init.log"), encoding="utf-8").read())
        with open(f"/proc/{outer.pid}/task/{outer.pid}/children", encoding="ascii") as children:
            self.pid = int(children.read().split()[0])
        self.plug()

    def write_etc(self):
        etc = os.path.join(self.state, "etc")
        shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
        shutil.rmtree(os.path.join(etc, "samba"), ignore_errors=True)
        os.makedirs(os.path.join(etc, "samba"))
        files = {"resolv.conf": f"search {DOMAIN}\nnameserver {ADDRESSES['dc1']}\noptions timeout:2 attempts:2\n",
                 "hosts": f"127.0.0.1 localhost\n{self.address} {self.name}.{DOMAIN} {self.name}\n",
                 "hostname": f"{self.name}\n", "krb5.conf": KRB5 % {"kdc": ADDRESSES["dc1"]},
                 "krb5-dc2.conf": KRB5 % {"kdc": ADDRESSES["dc2"]}}
        for name, text in files.items():
            path = os.path.join(etc, name)
            if os.path.lexists(path):
                os.unlink(path)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def plug(self):
        port = f"v-{self.name}"
        run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", self.pid, "address", mac(self.address))
        run("ip", "link", "set", port, "master", "br0", "up")
        offloads_off(port)
        self.net("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.net("ethtool", "-K", "eth0", *OFFLOADS, check=False)
        self.net("ip", "link", "set", "eth0", "up")

    def net(self, *command, **how):
        """Runs a program of the lab in this host's network."""
        return run("nsenter", "--target", self.pid, "--net", "--", *command, **how)

    def inside(self, *command):
        """The words that run a program on this host."""
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb",
                 "KRB5CCNAME=FILE:/tmp/krb5cc", "LDAPTLS_REQCERT=never", "PYTHONWARNINGS=ignore", "PYTHONDONTWRITEBYTECODE=1"]
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", "--uts", "--ipc", "--pid", "--", *clean, *command]

    def run(self, *command, **how):
        return run(*self.inside(*command), **how)

    def shell(self, script, **how):
        return self.run("bash", "-c", script, **how)

    def start_daemon(self, *command, log):
        return start(*self.inside(*command), log=log)

    def path(self, name):
        """One of its files, as the lab sees it: etc/…, lib/…, log/…, tmp/…."""
        return os.path.join(self.state, name)


def offloads_off(interface):
    """Else a mirror carries frames longer than the MTU, with unfinished checksums."""
    run("ethtool", "-K", interface, *OFFLOADS, check=False)


class Switch:
    """The bridge, the capture ports and what is mirrored to them."""

    def __init__(self, sensor):
        self.sensor, self.mirrored = sensor, set()

    @staticmethod
    def start():
        for scope in ("all", "default"):
            try:
                with open(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6", "w", encoding="ascii") as setting:
                    setting.write("1")
            except OSError:
                pass  # a kernel without IPv6, or one that does not let us: a few frames more on the mirror
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "br0", "type", "bridge", "stp_state", "0", "mcast_snooping", "0")
        run("ip", "link", "set", "br0", "up")

    def plug_capture(self, number=0, mtu=MTU):
        """Joins v-cap to the sensor's cap0, or v-cap1 to cap1."""
        ours, theirs = ("v-cap", "cap0") if number == 0 else (f"v-cap{number}", f"cap{number}")
        pid = self.sensor.pid
        run("ip", "link", "add", ours, "mtu", mtu, "type", "veth", "peer", "name", theirs, "mtu", mtu, "netns", pid)
        offloads_off(ours)
        self.sensor.net("ethtool", "-K", theirs, *OFFLOADS, check=False)
        self.sensor.net("sysctl", "-qw", f"net.ipv6.conf.{theirs}.disable_ipv6=1", check=False)
        run("ip", "link", "set", ours, "up")
        self.sensor.net("ip", "link", "set", theirs, "arp", "off", "promisc", "on", "up")

    @staticmethod
    def unplug_capture(number=0):
        run("ip", "link", "del", "v-cap" if number == 0 else f"v-cap{number}")

    def mirror(self, host, ingress="v-cap", egress="v-cap"):
        """Copies what the host sends (the port's ingress) and what it is sent (its egress) to a port, or not (None)."""
        port = f"v-{host}"
        run("tc", "qdisc", "add", "dev", port, "clsact")
        self.mirrored.add(port)
        for side, towards in (("ingress", ingress), ("egress", egress)):
            if towards:
                run("tc", "filter", "add", "dev", port, side, "protocol", "all", "prio", "1", "u32", "match", "u32", "0", "0",
                    "action", "mirred", "egress", "mirror", "dev", towards)

    def quiet(self):
        """No mirror any more."""
        for port in self.mirrored:
            run("tc", "qdisc", "del", "dev", port, "clsact")
        self.mirrored.clear()

    def start_vxlan(self):
        """A VXLAN device whose other end is the sensor's cap0, which has no address and answers no ARP."""
        station = self.sensor.net("cat", "/sys/class/net/cap0/address", check=False).stdout.strip()
        if not station.count(":") == 5:
            station = self.sensor.run("cat", "/sys/class/net/cap0/address").stdout.strip()
        run("ip", "address", "add", f"{TUNNEL[0]}/24", "dev", "v-cap")
        run("ip", "neighbour", "replace", TUNNEL[1], "lladdr", station, "dev", "v-cap", "nud", "permanent")
        run("ip", "link", "add", "vx0", "type", "vxlan", "id", "77", "local", TUNNEL[0], "remote", TUNNEL[1], "dstport", "4789",
            "dev", "v-cap", "nolearning")
        run("ip", "link", "set", "vx0", "mtu", "1500", "up")
        offloads_off("vx0")

    @staticmethod
    def stop_vxlan():
        run("ip", "link", "del", "vx0")
        run("ip", "address", "del", f"{TUNNEL[0]}/24", "dev", "v-cap")


def end(process, how=signal.SIGTERM, timeout=20):
    """Ends a program started through nsenter: its child is told, and waited for."""
    for child in children(process.pid):
        os.kill(child, how)
    return process.wait(timeout)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]
