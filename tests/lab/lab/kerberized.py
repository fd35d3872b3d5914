"""A source of Windows Event Forwarding over HTTP with Kerberos, apart from adtap and from MIT's own bindings in Rust: sealed by
pyspnego, as WinRM's clients in Python are, where that is there, else by python3-gssapi.

usage: kerberized.py JSON, which says what to do; what came of it is printed as JSON.
"""
import base64
import json
import re
import socket
import sys
import time

try:
    import spnego
    from spnego.iov import BufferType
except ImportError:
    spnego = None
try:
    import gssapi
    from gssapi.raw import ext_dce as dce
except ImportError:
    gssapi = None

MANAGER = "/wsman/SubscriptionManager/WEC"
NAMESPACES = ('xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
              'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"')
EVENT = ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>"
         "<EventID>4728</EventID><TimeCreated SystemTime='2026-11-30T10:00:00.1Z'/><EventRecordID>{id}</EventRecordID><Channel>Security</Channel>"
         "<Computer>{computer}</Computer></System><EventData><Data Name='MemberName'>CN=m{id}</Data>"
         "<Data Name='TargetUserName'>Domain Admins</Data><Data Name='SubjectUserName'>adm</Data></EventData></Event>")
PROTOCOLS = {"Kerberos": "application/HTTP-Kerberos-session-encrypted", "Negotiate": "application/HTTP-SPNEGO-session-encrypted"}
SPNEGO = "1.3.6.1.5.5.2"


def sldc(plain):
    """`plain` in SLDC (ECMA-321), all of it literals, and behind it its length ([MS-WSMV] 2.2.9.2)."""
    bits = "1111111110101" + "".join(f"0{octet:08b}" for octet in plain) + "1111111110100"
    bits += "0" * (-len(bits) % 32)
    return int(bits, 2).to_bytes(len(bits) // 8, "big") + len(plain).to_bytes(4, "little")


class ByPyspnego:
    """A context of pyspnego."""
    name = f"pyspnego {getattr(spnego, '__version__', '')}".strip()

    def __init__(self, host, scheme):
        own = spnego.NegotiateOptions.negotiate_kerberos if scheme == "Negotiate" else spnego.NegotiateOptions.use_gssapi
        options = own | spnego.NegotiateOptions.wrapping_winrm
        self.context = spnego.client(hostname=host, service="http", protocol=scheme.lower(), options=options)

    def step(self, token=None):
        return self.context.step(token)

    def complete(self):
        return self.context.complete

    def seal(self, message, encrypt=True):
        if encrypt:
            done = self.context.wrap_winrm(message)
            return done.header, done.data
        parts = self.context.wrap_iov([BufferType.header, message, BufferType.padding], encrypt=False).buffers
        return parts[0].data, (parts[1].data or b"") + (parts[2].data or b"")

    def open(self, signature, data):
        return self.context.unwrap_winrm(signature, data)


class ByGssapi:
    """A context of python3-gssapi."""
    name = "python3-gssapi"

    def __init__(self, host, scheme):
        name = gssapi.Name(f"HTTP@{host}", gssapi.NameType.hostbased_service)
        mechanism = gssapi.OID.from_int_seq(SPNEGO) if scheme == "Negotiate" else gssapi.MechType.kerberos
        self.context = gssapi.SecurityContext(name=name, mech=mechanism, usage="initiate")

    def step(self, token=None):
        return self.context.step(token)

    def complete(self):
        return self.context.complete

    def seal(self, message, encrypt=True):
        parts = dce.IOV(dce.IOVBufferType.header, message, dce.IOVBufferType.padding, std_layout=False)
        dce.wrap_iov(self.context, parts, confidential=encrypt)
        return parts[0].value, parts[1].value + (parts[2].value or b"")

    def open(self, signature, data):
        parts = dce.IOV((dce.IOVBufferType.header, False, signature), data, dce.IOVBufferType.data, std_layout=False)
        dce.unwrap_iov(self.context, parts)
        return parts[1].value


class Line:
    """A connection, and the context that is bound to it."""

    def __init__(self, task):
        self.task, self.scheme, self.number = task, task["scheme"], 0
        self.stream = socket.create_connection((task["at"], task.get("port", 5985)), 10)
        self.stream.settimeout(60)
        self.context = (ByPyspnego if spnego else ByGssapi)(task["service"], self.scheme)

    def post(self, path, headers, body=b""):
        """Status, header fields and body of the answer."""
        head = {"Connection": "Keep-Alive", "User-Agent": "Microsoft WinRM Client", "Host": f"{self.task['service']}:5985",
                "Content-Length": len(body), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.stream.sendall(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        octets = b""
        while b"\r\n\r\n" not in octets:
            octets += self.more()
        head, body = octets.split(b"\r\n\r\n", 1)
        first, *fields = head.decode().split("\r\n")
        told = [(name.lower(), value) for name, value in (field.split(": ", 1) for field in fields)]
        length = int(dict(told).get("content-length", 0))
        while len(body) < length:
            body += self.more()
        return int(first.split()[1]), told, body

    def more(self):
        octets = self.stream.recv(65536)
        if not octets:
            raise ConnectionError("it hung up")
        return octets

    def authenticate(self):
        """The statuses of the answers, until the context is complete."""
        statuses, token = [], self.context.step()
        while token:
            status, told, _ = self.post(MANAGER, {"Authorization": f"{self.scheme} {base64.b64encode(token).decode()}",
                                                  "Content-Type": "application/soap+xml;charset=UTF-16"})
            statuses.append(status)
            answers = [value.split(" ", 1)[1] for name, value in told if name == "www-authenticate" and value.startswith(self.scheme + " ")]
            if not answers:
                break
            token = self.context.step(base64.b64decode(answers[0]))
        return statuses

    def sealed(self, path, text, encrypt=True, spoil=None):
        """What is answered to a sealed message, opened where it is one."""
        message = b"\xff\xfe" + text.encode("utf-16-le")
        encoding = {}
        if self.task.get("sldc"):
            message, encoding = sldc(message), {"Content-Encoding": "SLDC"}
        signature, data = self.context.seal(message, encrypt)
        if spoil is not None:
            data = data[:spoil] + bytes([data[spoil] ^ 1]) + data[spoil + 1:]
        body = (f"--Encrypted Boundary\r\n\tContent-Type: {PROTOCOLS[self.scheme]}\r\n"
                f"\tOriginalContent: type=application/soap+xml;charset=UTF-16;Length={len(message)}\r\n"
                "--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n").encode()
        body += len(signature).to_bytes(4, "little") + signature + data + b"--Encrypted Boundary--\r\n"
        kind = f'multipart/encrypted;protocol="{PROTOCOLS[self.scheme]}";boundary="Encrypted Boundary"'
        status, told, answer = self.post(path, {"Content-Type": kind, **encoding}, body)
        return status, self.opened(dict(told).get("content-type", ""), answer) if answer else ""

    def opened(self, kind, body):
        if not kind.startswith("multipart/encrypted") or PROTOCOLS[self.scheme] not in kind:
            raise ValueError(f"an answer that is not sealed: {kind}")
        found = re.match(rb"--Encrypted Boundary\r\n\tContent-Type: [^\r]*\r\n\tOriginalContent: type=application/soap\+xml;charset=UTF-16;Length=(\d+)"
                         rb"\r\n--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n(.*)--Encrypted Boundary--\r\n$", body, re.S)
        length, sealed = int(found.group(1)), found.group(2)
        size = int.from_bytes(sealed[:4], "little")
        message = self.context.open(sealed[4:4 + size], sealed[4 + size:])
        if len(message) != length:
            raise ValueError(f"{length} octets were announced, {len(message)} have come")
        return message.decode("utf-16")

    def envelope(self, action, header="", body=""):
        self.number += 1
        return (f'<s:Envelope {NAMESPACES}><s:Header><a:Action s:mustUnderstand="true">{action}</a:Action>'
                f"<a:MessageID>uuid:{self.number:08X}-0000-4000-8000-000000000000</a:MessageID>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>")

    def subscribe(self):
        """Where to send, and the last event that is stored already."""
        text = self.envelope("http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", body="<n:Enumerate/>")
        status, answer = self.sealed(MANAGER, text)
        found = re.search(r"<a:Address>(http://[^<]*)</a:Address>", answer)
        if status != 200 or not found or "secprofile/http/spnego-kerberos" not in answer:
            raise ValueError(f"no subscription: {status} {answer[:300]}")
        bookmark = re.search(r'<Bookmark Channel="Security" RecordId="(\d+)"', answer)
        return "/" + found.group(1).split("/", 3)[3], int(bookmark.group(1)) if bookmark else 0

    def batch(self, path, first, last, computer, **how):
        """Whether the events were acknowledged."""
        header = (f'<w:Bookmark><BookmarkList><Bookmark Channel="Security" RecordId="{last}" IsCurrent="true"/></BookmarkList></w:Bookmark>'
                  "<w:AckRequested/>")
        events = "".join(f"<w:Event><![CDATA[{EVENT.format(id=number, computer=computer)}]]></w:Event>" for number in range(first, last + 1))
        text = self.envelope("http://schemas.dmtf.org/wbem/wsman/1/wsman/Events", header, f"<w:Events>{events}</w:Events>")
        status, answer = self.sealed(path, text, **how)
        return status == 200 and "wsman/1/wsman/Ack<" in answer


def events(task):
    """Sends all events, batch by batch, over as many connections as it takes."""
    told = {"acknowledged": 0, "connected": 0, "again": 0, "sent": 0, "wrong": []}
    until = time.monotonic() + task.get("seconds", 60)
    while told["acknowledged"] < task["events"] and time.monotonic() < until:
        try:
            line = Line(task)
            told["by"], told["statuses"] = line.context.name, line.authenticate()
            told["connected"] += 1
            path, stored = line.subscribe()
            if stored < told["acknowledged"]:
                told["wrong"].append(f"{told['acknowledged']} is acknowledged and the bookmark is {stored}")
            told["acknowledged"] = max(told["acknowledged"], stored)
            while told["acknowledged"] < task["events"]:
                first, last = told["acknowledged"] + 1, min(told["acknowledged"] + task["batch"], task["events"])
                told["again"] += last <= told["sent"]
                told["sent"] = max(told["sent"], last)
                if not line.batch(path, first, last, task["computer"]):
                    raise ConnectionError("not acknowledged")
                told["acknowledged"] = last
                time.sleep(task.get("pause", 0))
        except (OSError, ConnectionError):
            time.sleep(0.1)
        except ValueError as error:
            told["wrong"].append(str(error))
            break
    return told


def refusals(task):
    """What is answered to whoever breaks a rule, each on a connection of its own."""
    told = {}

    def known():
        line = Line(task)
        line.authenticate()
        return line, line.subscribe()[0]

    line = Line(task)
    status, fields, _ = line.post(MANAGER, {"Content-Type": "application/soap+xml;charset=UTF-16"}, b"<x/>")
    told["stranger"] = [status, sorted(value for name, value in fields if name == "www-authenticate")]
    for name, token in (("garbage", "AAAA"), ("no base64", "%%")):
        told[name] = Line(task).post(MANAGER, {"Authorization": f"{line.scheme} {token}"})[0]
    told["basic"] = Line(task).post(MANAGER, {"Authorization": "Basic YTpi"})[0]
    line, path = known()
    text = line.envelope("http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat", "<w:AckRequested/>", "<w:Events/>")
    told["unsealed"] = line.post(path, {"Content-Type": "application/soap+xml;charset=UTF-16"}, text.encode("utf-16"))[0]
    line, path = known()
    told["signed alone"] = line.sealed(path, text, encrypt=False)[0]
    line, path = known()
    told["tampered"] = line.sealed(path, text, spoil=40)[0]
    told["after that"] = line.sealed(path, text)[0]
    line, path = known()
    told["heartbeat"] = "wsman/1/wsman/Ack<" in line.sealed(path, text)[1]
    line, path = known()
    told["forged"] = line.batch(path, 1, 3, "dc9.lab.example")
    return told


def opens(task):
    """Whether it is let in: the statuses."""
    line = Line(task)
    return {"statuses": line.authenticate(), "complete": line.context.complete()}


def expires(task):
    """Stays connected until its ticket is none any more."""
    line = Line(task)
    line.authenticate()
    path = line.subscribe()[0]
    text = line.envelope("http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat", "<w:AckRequested/>", "<w:Events/>")
    before = line.sealed(path, text)[0]
    time.sleep(task["wait"])
    return {"before": before, "after": line.sealed(path, text)[0]}


if __name__ == "__main__":
    TASK = json.loads(sys.argv[1])
    print(json.dumps({"events": events, "refusals": refusals, "opens": opens, "expires": expires}[TASK["do"]](TASK)))
