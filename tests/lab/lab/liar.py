"""A host that answers as an attacker would: python3 - MODE ADDRESS, MODE one of lie, garbage, slow.

  lie      it says that it is dc1, over RPC and NetBIOS
  garbage  bytes that are no answer, without end
  slow     a good answer, one byte a second
"""
import os
import socket
import sys
import threading
import time


def name(text):
    return text.encode("utf-16-le")


def pair(number, text):
    return bytes([number, 0, len(name(text)), 0]) + name(text)


def bind_ack():
    info = pair(2, "LAB") + pair(1, "DC1") + pair(4, "lab.example") + pair(3, "dc1.lab.example") + bytes(4)
    length = len(info).to_bytes(2, "little") * 2
    token = (b"NTLMSSP\0\2\0\0\0" + bytes(4) + b"\x38\0\0\0" + bytes.fromhex("05828902") + os.urandom(8) + bytes(8)
             + length + b"\x38\0\0\0" + bytes.fromhex("0a007c4f0000000f") + info)
    body = bytes.fromhex("b810b810530000000400313335000000010000000000 0000045d888aeb1cc9119fe808002b104860020000000a02000001000000")
    pdu = bytes.fromhex("05000c0310000000") + (16 + len(body) + len(token)).to_bytes(2, "little") + len(token).to_bytes(2, "little")
    return pdu + b"\1\0\0\0" + body + token


def node_status(request):
    names = b"DC1".ljust(15) + b"\0\4\0" + b"LAB".ljust(15) + b"\0\x84\0"
    return (request[:2] + bytes.fromhex("8400000000010000000020") + b"CK" + b"A" * 30 + bytes.fromhex("000021000100000000")
            + (1 + len(names)).to_bytes(2, "big") + b"\2" + names)


CONFIRM = bytes.fromhex("030000130ed000001234000201080001000000")


def lie(stream, port):
    stream.recv(4096)
    stream.sendall(bind_ack() if port == 135 else CONFIRM)
    stream.recv(4096)


def garbage(stream, _port):
    while True:
        stream.sendall(bytes(4096))


def slow(stream, port):
    for byte in bind_ack() if port == 135 else CONFIRM:
        stream.sendall(bytes([byte]))
        time.sleep(1)


def serve(address, port, talk):
    listener = socket.create_server((address, port))

    def one(stream):
        try:
            talk(stream, port)
        except OSError:
            pass  # the other end has heard enough
        stream.close()

    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


def answer(address, mode):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind((address, 137))
        while True:
            request, sender = port.recvfrom(2048)
            if mode != "slow":
                port.sendto(node_status(request) if mode == "lie" else os.urandom(700), sender)


def main():
    mode, address = sys.argv[1:]
    talk = {"lie": lie, "garbage": garbage, "slow": slow}[mode]
    for port in (135, 3389):
        threading.Thread(target=serve, args=(address, port, talk), daemon=True).start()
    threading.Thread(target=answer, args=(address, mode), daemon=True).start()
    time.sleep(600)


main()
