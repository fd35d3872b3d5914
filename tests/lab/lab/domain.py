"""The domain: two controllers that replicate, a member server and a joined workstation."""
import os
import re
import shutil
import threading

from network import ADDRESSES, DOMAIN, REALM, WORKGROUP, Host
from shell import Failed, say, wait_for

ADMINISTRATOR, ADMIN_PASSWORD, PASSWORD = "Administrator", "Adm1n-Lab!77", "Us3r-Lab!77"

# Every authentication, every ticket that a service accepts and every verdict of the KDC goes into log.samba: the truth that adtap is held against.
AUDIT = "1 auth_json_audit:4 dsdb_json_audit:5 dsdb_password_json_audit:5 dsdb_group_json_audit:5 kerberos:3"


def controller_options(address):
    return f"""
	interfaces = lo {address}/24
	bind interfaces only = yes
	log level = {AUDIT}
	max log size = 0
	ldap server require strong auth = no
	ntlm auth = ntlmv1-permitted
	server min protocol = NT1
	client min protocol = NT1
	load printers = no
	disable spoolss = yes
	tls keyfile = tls/key.pem
	tls certfile = tls/cert.pem
	tls cafile = tls/ca.pem
	allow dns updates = secure only
	dns update command = /usr/sbin/samba_dnsupdate"""


def member_options(host):
    return f"""[global]
	workgroup = {WORKGROUP}
	realm = {REALM}
	security = ads
	server role = member server
	netbios name = {host.name.upper()}
	kerberos method = secrets and keytab
	interfaces = lo {host.address}/24
	bind interfaces only = yes
	client min protocol = NT1
	password server = dc1.{DOMAIN}
	idmap config * : backend = tdb
	idmap config * : range = 3000-7999
	idmap config {WORKGROUP} : backend = rid
	idmap config {WORKGROUP} : range = 100000-999999
	load printers = no
	disable spoolss = yes
[data]
	path = /srv
	read only = no
"""


class Domain:
    """Brings everything up once; scenarios share it."""

    def __init__(self, scratch):
        self.hosts = {name: Host(name, scratch) for name in ("dc1", "dc2", "srv1", "client")}
        self.daemons = []

    def __getitem__(self, name):
        return self.hosts[name]

    def start(self):
        for host in self.hosts.values():
            host.start()
        say("hosts are up")
        self.provision()
        self.start_controller("dc1")
        say("dc1 answers")
        together(self.join_controller, self.join_members)
        say("dc2 replicates, srv1 and client have joined")

    def provision(self):
        dc1 = self["dc1"]
        provision(dc1, REALM, WORKGROUP)
        certify(dc1, dc1)
        configure_controller(dc1)
        with open(os.path.join(os.path.dirname(__file__), "populate.py"), encoding="utf-8") as script:
            dc1.run("python3", "-", PASSWORD, stdin=script.read())
        say("provisioned")

    def join_controller(self):
        dc2 = self["dc2"]
        dc2.run("samba-tool", "domain", "join", DOMAIN, "DC", f"--server=dc1.{DOMAIN}",
                "-U", f"{WORKGROUP}\\{ADMINISTRATOR}%{ADMIN_PASSWORD}", "--dns-backend=SAMBA_INTERNAL",
                f"--option=interfaces=lo {dc2.address}/24", "--option=bind interfaces only=yes", timeout=120)
        certify(dc2, self["dc1"])
        configure_controller(dc2)
        self.start_controller("dc2")

    def join_members(self):
        for name in ("srv1", "client"):
            host = self[name]
            with open(host.path("etc/samba/smb.conf"), "w", encoding="utf-8") as file:
                file.write(member_options(host))
            host.run("net", "ads", "join", "-S", f"dc1.{DOMAIN}", "-U", f"{ADMINISTRATOR}%{ADMIN_PASSWORD}", timeout=60)
        srv1 = self["srv1"]
        srv1.shell("setsid winbindd -D; setsid smbd -D")
        wait_for("srv1 serves", lambda: srv1.shell("wbinfo -p && ss -ltn | grep -q :445", check=False).returncode == 0)

    def start_controller(self, name):
        self.daemons.append(start_controller(self[name], DOMAIN))


def provision(host, realm, workgroup):
    """The first controller of a new forest."""
    options = [f"--option=interfaces=lo {host.address}/24", "--option=bind interfaces only=yes"]
    host.run("samba-tool", "domain", "provision", "--use-rfc2307", f"--realm={realm}", f"--domain={workgroup}",
             "--server-role=dc", "--dns-backend=SAMBA_INTERNAL", f"--adminpass={ADMIN_PASSWORD}", f"--host-name={host.name}",
             f"--host-ip={host.address}", *options, timeout=120)


def start_controller(host, domain):
    """Starts Samba, and waits until it serves; the process."""
    daemon = host.start_daemon("samba", "-F", "--no-process-group", log=host.path("samba.log"))
    ready = (f"ldapsearch -x -LLL -H ldap://{host.address} -s base -b '' isSynchronized | grep -q 'isSynchronized: TRUE'"
             f" && ss -ltn | grep -q ':88 ' && ss -ltn | grep -q ':445 ' && host -t SRV _ldap._tcp.{domain} {host.address}")
    wait_for(f"{host.name} answers", lambda: host.shell(ready, check=False).returncode == 0, timeout=60, every=0.2)
    return daemon


def certify(host, authority, domain=DOMAIN):
    """A certificate for the controller's name in its domain and its address, by the lab's own authority; dc1 makes that, and one nobody trusts."""
    folder = host.path("lib/private/tls")
    os.makedirs(folder, exist_ok=True)
    if host is authority:
        for name in ("ca", "other-ca"):
            host.shell(f"cd /var/lib/samba/private/tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
                       f"-subj '/CN=Lab {name}' -keyout {name}.key -out {name}.pem")
    else:
        for name in ("ca.pem", "ca.key"):
            shutil.copy(os.path.join(authority.path("lib/private/tls"), name), folder)
    host.shell("cd /var/lib/samba/private/tls && rm -f key.pem cert.pem && "
               "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out request.pem -subj '/CN=$(hostname)' && "
               f"printf 'subjectAltName=DNS:{host.name}.{domain},IP:{host.address}\n' >names && "
               "openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out cert.pem && chmod 600 key.pem")


def configure_controller(host, more=""):
    path = host.path("etc/samba/smb.conf")
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"(?im)^\s*(interfaces|bind interfaces only|dns forwarder)\s*=.*\n", "", file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("[global]", "[global]" + controller_options(host.address) + more, 1))


def together(*tasks):
    """Does several things at once; the first failure is the whole's."""
    failures = []

    def guarded(task):
        try:
            task()
        except Failed as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def is_controller(address):
    return address in (ADDRESSES["dc1"], ADDRESSES["dc2"])
