"""Instead of the daemon: the mirror is recorded, and replayed when the activities are over."""
import os

from network import end
from sensor import Sensor
from shell import run, start, tool, wait_for


class Replayed(Sensor):
    """What `adtap replay` makes of the same frames."""

    def __init__(self, host, name, *, interfaces=("cap0",), **how):
        super().__init__(host, name, interfaces=interfaces, **how)
        self.captures = {interface: self.file(f"{interface}.pcap") for interface in interfaces}
        self.recorders = []

    def start(self, *_arguments):
        for interface, capture in self.captures.items():
            log = self.file(f"{interface}.log")
            self.recorders.append(start(*self.host.inside("tcpdump", "--immediate-mode", "-i", interface, "-n", "-s", "0", "-Z", "root", "-B", "32768",
                                                          "-w", capture), log=log))
            wait_for("tcpdump listens", lambda log=log: os.path.exists(log) and "listening on" in open(log, encoding="utf-8").read())

    def settled(self):
        return {}

    def summary(self):
        return {}

    def close(self):
        for recorder in self.recorders:
            end(recorder)
        directory = self.file("directory.jsonl")
        with open(directory, "w", encoding="utf-8") as file:
            file.write(self.adtap("directory", "export").stdout)
        run(tool("adtap"), "replay", "--quiet", "--directory", directory, "--store", self.store, *self.captures.values(), timeout=120)

    def abandon(self):
        for recorder in self.recorders:
            if recorder.poll() is None:
                end(recorder)
