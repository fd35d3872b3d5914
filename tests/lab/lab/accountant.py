"""usage: accountant.py SERVER:PORT SECRET SESSIONS RATE PREFIX REPORT

A RADIUS client written from RFC 2866: reports sessions at a rate, asks again for as long as it gets no answer, and believes only
answers whose authenticator is right. Every second session asks again with its Acct-Delay-Time, and so as another request (5.2). What was answered, and after how long, goes to REPORT as JSON.
"""
import hashlib
import heapq
import json
import select
import socket
import struct
import sys
import time

# Identifiers are one octet: so many requests can wait on each socket. More are as a gateway has more ports.
PORTS, IDENTIFIERS = 32, 256

# Seconds after which a request is sent again, and after which one is given up.
AGAIN, PATIENCE = 0.5, 60.0

START = 1


def attribute(number, value):
    return bytes([number, len(value) + 2]) + value


def request(identifier, session, secret, delay=None):
    """An Accounting-Request that a session starts (RFC 2866 3, 4.1)."""
    attributes = attribute(1, b"LAB\\alice") + attribute(40, struct.pack(">I", START)) + attribute(44, session.encode())
    attributes += attribute(8, bytes([10, 99]) + hashlib.md5(session.encode()).digest()[:2]) + attribute(31, b"203.0.113.9")
    attributes += attribute(4, bytes([10, 77, 0, 80])) + attribute(61, struct.pack(">I", 5))
    if delay is not None:
        attributes += attribute(41, struct.pack(">I", delay))
    head = struct.pack(">BBH", 4, identifier, 20 + len(attributes))
    return head + hashlib.md5(head + bytes(16) + attributes + secret).digest() + attributes


def proven(answer, asked, secret):
    """Whether it is an Accounting-Response to what was asked."""
    if len(answer) < 20 or answer[0] != 5 or answer[1] != asked[1]:
        return False
    return answer[4:20] == hashlib.md5(answer[:4] + asked[4:20] + answer[20:] + secret).digest()


class Client:
    def __init__(self, server, secret):
        self.server, self.secret = server, secret
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(PORTS)]
        for port in self.sockets:
            port.bind(("0.0.0.0", 0))
            port.setblocking(False)
        self.free = [(port, identifier) for identifier in range(IDENTIFIERS) for port in range(PORTS)][::-1]
        self.asked, self.again = {}, []
        self.answered, self.delays, self.forged, self.repeated = [], [], 0, 0

    def ask(self, session):
        port, identifier = self.free.pop()
        packet = request(identifier, session, self.secret)
        self.asked[port, identifier] = (session, packet, time.monotonic(), [(port, identifier)])
        self.send(port, identifier)

    def delayed(self, port, identifier):
        """The session of a request once more, as another request of the same port; what that answers to is kept beside."""
        session, _, began, asked_as = self.asked[port, identifier]
        free = next((at for at, (other, _) in enumerate(self.free) if other == port), None)
        if free is None or len(asked_as) > 8:
            return self.send(port, identifier)
        _, other = self.free.pop(free)
        asked_as.append((port, other))
        packet = request(other, session, self.secret, int(time.monotonic() - began))
        self.asked[port, other] = (session, packet, began, asked_as)
        return self.send(port, other)

    def send(self, port, identifier):
        try:
            self.sockets[port].sendto(self.asked[port, identifier][1], self.server)
        except OSError:
            pass  # nobody is there just now
        heapq.heappush(self.again, (time.monotonic() + AGAIN, port, identifier, self.asked[port, identifier][0]))

    def hear(self, patience):
        ready, _, _ = select.select(self.sockets, [], [], patience)
        for socket_ in ready:
            port = self.sockets.index(socket_)
            while True:
                try:
                    answer = socket_.recv(4096)
                except OSError:
                    break
                self.answer(port, answer, time.monotonic())

    def answer(self, port, answer, now):
        asked = self.asked.get((port, answer[1])) if len(answer) > 1 else None
        if asked is None:
            return  # an answer to a repetition, when the first came after all
        session, packet, began, asked_as = asked
        if not proven(answer, packet, self.secret):
            self.forged += 1
            return
        for one in asked_as:
            del self.asked[one]
            self.free.insert(0, one)
        self.answered.append(session)
        self.delays.append(now - began)

    def repeat(self):
        now = time.monotonic()
        while self.again and self.again[0][0] <= now:
            _, port, identifier, session = heapq.heappop(self.again)
            asked = self.asked.get((port, identifier))
            if asked and asked[0] == session:
                self.repeated += 1
                (self.delayed if int(session[1:]) % 2 else self.send)(port, identifier)


def main():
    server, secret, sessions, rate, prefix, report = sys.argv[1:]
    host, port = server.rsplit(":", 1)
    client = Client((host, int(port)), secret.encode())
    began, sent, sessions, rate = time.monotonic(), 0, int(sessions), float(rate)
    end = began + sessions / rate + PATIENCE
    while (sent < sessions or client.asked) and time.monotonic() < end:
        due = min(sessions, int((time.monotonic() - began) * rate) + 1)
        while sent < due and client.free:
            client.ask(f"{prefix}{sent}")
            sent += 1
        client.hear(0.0002 if sent < sessions else 0.01)
        client.repeat()
    delays = sorted(client.delays)
    quantile = {share: round(delays[int(len(delays) * share)] * 1000, 3) for share in (0.5, 0.9, 0.99, 0.999)} if delays else {}
    with open(report, "w", encoding="utf-8") as file:
        json.dump({"sent": sent, "answered": client.answered, "repeated": client.repeated, "forged": client.forged,
                   "seconds": time.monotonic() - began, "milliseconds": quantile}, file)


if __name__ == "__main__":
    main()
