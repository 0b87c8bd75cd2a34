"""Networks of our own: the test in one namespace, what is far away in others, and the lines between them ours to cut.

enter() runs the program again in a network and mount namespace of its own; it needs root or user namespaces, nft and
tc. Nothing of it outlives the program.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

INSIDE = "STILE_TEST_NETWORK"


def _unshare():
    return ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def obstacle():
    """Why it cannot be done here; None: it can."""
    missing = [name for name in ("unshare", "nsenter", "ip", "ss", "tc", "nft") if not shutil.which(name)]
    if missing:
        return "there is no " + ", ".join(missing)
    tried = subprocess.run([*_unshare(), "sh", "-c", "ip link add near type veth peer name far && nft add table inet x"],
                           capture_output=True, text=True)
    return None if tried.returncode == 0 else "no network namespaces: " + tried.stderr.strip()


def enter():
    """Returns inside; the program begins anew for it."""
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", [*_unshare(), sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Line:
    """A namespace (`far`) and a line to it. Its end is 10.77.N.2, ours 10.77.N.1. The fleet blocks while it connects:
    its line is impatient."""

    def __init__(self, number, is_impatient=False):
        self.number = number
        self.here, self.there = f"10.77.{number}.1", f"10.77.{number}.2"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.inside = ["nsenter", "--net", f"--target={self.holder.pid}"]
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == own:
            time.sleep(0.005)
        self._run("ip", "link", "add", f"line{number}", "type", "veth", "peer", "name", "far", "netns",
                  str(self.holder.pid))
        self._run("ip", "address", "add", f"{self.here}/24", "dev", f"line{number}")
        self._run("ip", "link", "set", f"line{number}", "up")
        self._far("ip", "link", "set", "lo", "up")
        self._far("ip", "address", "add", f"{self.there}/24", "dev", "far")
        self._far("ip", "link", "set", "far", "up")
        if is_impatient:  # a try to connect in a dead network ends in 3 s instead of 127
            self._far("sh", "-c", "echo 1 >/proc/sys/net/ipv4/tcp_syn_retries")

    @staticmethod
    def _run(*command, text=None):
        subprocess.run(command, check=True, input=text, text=True, capture_output=True)

    def _far(self, *command, text=None):
        self._run(*self.inside, *command, text=text)

    def _drop(self, rule):
        """Replaces whatever was dropped before."""
        chains = "".join(f"chain {hook} {{ type filter hook {hook} priority 0; policy accept; {rule}\n}}\n"
                         for hook in ("input", "output"))
        self._far("nft", "-f", "-", text=f"table inet torture\ndelete table inet torture\ntable inet torture {{\n{chains}}}\n")

    def cut(self):
        """Everything vanishes, nobody is told: half-open."""
        self._drop("oifname far drop; iifname far drop")

    def lose(self, percent):
        self._drop(f"numgen random mod 100 < {percent} drop")

    def heal(self):
        self._drop("")

    def slow(self, rate):
        """To `rate` (256kbit) both ways; None: as fast as it goes."""
        for run, device in ((self._run, f"line{self.number}"), (self._far, "far")):
            if rate:
                run("tc", "qdisc", "replace", "dev", device, "root", "tbf", "rate", rate, "burst", "8kb", "latency", "800ms")
            else:
                subprocess.run([*(self.inside if run == self._far else []), "tc", "qdisc", "del", "dev", device, "root"],
                               capture_output=True)

    def carried(self):
        """Bytes that have gone to the far end: every packet, what is sent again and what is lost beyond among them."""
        counters = pathlib.Path("/proc/self/net/dev").read_text()
        return int(re.search(rf"^ *line{self.number}:(.*)$", counters, re.MULTILINE)[1].split()[8])

    def silence(self, port):
        """How long, in seconds, nothing was sent from there to our port; 0 while there is no connection."""
        shown = subprocess.run([*self.inside, "ss", "-Htin", "state", "established", f"( dport = :{port} )"],
                               capture_output=True, text=True).stdout
        return min((int(since) / 1000 for since in re.findall(r"lastsnd:(\d+)", shown)), default=0)

    def close(self):
        self.holder.kill()
        self.holder.wait()
