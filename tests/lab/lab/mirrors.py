"""`adtap mirror-test` on a good mirror and on bad ones: each has to be told in the sentence that names its fix.

What it prints goes to transcripts.txt in the report; docs/operations.md shows it.
"""
import os
import socket
import threading

from shell import Failed, run, tool

TEST = ("mirror-test", "--interface", "cap0", "--controller", "dc1=10.77.0.10", "--seconds", "8")


def good(lab):
    """Both directions of dc1's port."""
    lab.switch.mirror("dc1")
    return 0, "dc1: both directions arrive"


def one_way(lab):
    """Only what the switch sends to dc1."""
    lab.switch.mirror("dc1", ingress=None)
    return 1, "dc1: only what is sent to it arrives"


def wrong_vlan(lab):
    """A mirror session whose source is another VLAN, where other hosts talk."""
    threading.Thread(target=strangers, daemon=True).start()
    return 1, "dc1: nothing seen, while"


def offloads(lab):
    """A good mirror on a NIC that merges segments."""
    lab.switch.mirror("dc1")
    lab.host.net("ethtool", "-K", "cap0", "gro", "on")
    return 1, "gro on; frames reach adtap merged"


MIRRORS = {"good": good, "one_way": one_way, "wrong_vlan": wrong_vlan, "offloads": offloads}


def run_mirrors(lab, folder):
    """What each test said in its worst sentence, and what went wrong."""
    told, wrong = {}, []
    with open(os.path.join(folder, "transcripts.txt"), "w", encoding="utf-8") as transcripts:
        for name, mirror in MIRRORS.items():
            try:
                told[f"mirror {name}"] = one(lab, mirror, transcripts)
            except Failed as error:
                wrong.append(f"mirror {name}: {error}")
            finally:
                lab.switch.quiet()
                lab.host.net("ethtool", "-K", "cap0", "gro", "off", check=False)
    return told, wrong


def one(lab, mirror, transcripts):
    code, sentence = mirror(lab)
    background = threading.Thread(target=lab.drive.few)
    background.start()
    done = lab.host.run(tool("adtap"), *TEST, check=False)
    background.join()
    transcripts.write(f"## {mirror.__doc__}\n\n    # adtap {' '.join(TEST)}\n")
    transcripts.writelines(f"    {line}\n" if line else "\n" for line in done.stdout.splitlines())
    transcripts.write("\n")
    if done.returncode != code or sentence not in done.stdout:
        raise Failed(f"ended with {done.returncode} for {code}, without {sentence!r}:\n{done.stdout}")
    return next(line for line in done.stdout.splitlines() if sentence in line)[:110]


def strangers():
    """Two hosts of VLAN 20 that are no controllers: DNS queries, a hundred."""
    udp = bytes.fromhex("d2040035001d0000" "123401000001000000000000" "0377777700" "00010001")
    header = bytearray(bytes.fromhex("4500") + (20 + len(udp)).to_bytes(2, "big") + bytes.fromhex("000040004011000" "00a1400070a140008"))
    total = sum(int.from_bytes(header[at:at + 2], "big") for at in range(0, 20, 2))
    header[10:12] = (~((total & 0xffff) + (total >> 16)) & 0xffff).to_bytes(2, "big")
    frame = bytes.fromhex("020000000008" "020000000007" "81000014" "0800") + bytes(header) + udp
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as port:
        port.bind(("v-cap", 0))
        for number in range(100):
            # Another identification each, else they would be copies.
            port.send(frame[:22] + number.to_bytes(2, "big") + frame[24:])
            run("sleep", "0.07")
