"""A site's CA as an administrator makes it, with stilectl, and what it issues."""

import os
import pathlib
import re
import subprocess

import stile


def ctl(*arguments, text=None, **options):
    """What stilectl says: returncode, stdout, stderr."""
    return subprocess.run([stile.BUILD / "stilectl", *map(str, arguments)], input=text, capture_output=True, text=True,
                          check=False, timeout=60 * stile.SLOW, **{"env": os.environ, **options})


def must(*arguments, **options):
    done = ctl(*arguments, **options)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


class SiteCa:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        must("ca", "init", self.folder)

    @property
    def certificate(self):
        return self.folder / "ca.crt"

    def server(self, *hosts):
        must("ca", "server", self.folder, *hosts)

    def client(self, name):
        must("ca", "client", self.folder, name)

    def gate(self, name):
        """A gate's folder, filled by way of a stick."""
        tls = self.tls(name)
        tls.mkdir(mode=0o700)
        request, signed = tls / "request", tls / "signed"
        must("gate", "request", "--tls", tls, "--out", request)
        must("ca", "sign", self.folder, request, "--gate", name, "--out", signed)
        must("gate", "install", signed, "--tls", tls)
        return tls

    def tls(self, gate):
        return self.folder / gate.replace("/", ".")

    def files(self, name):
        """Certificate and key of a gate (ORG/SITE/GATE) or of another client."""
        folder, stem = (self.tls(name), "gate") if "/" in name else (self.folder, name)
        return folder / f"{stem}.crt", folder / f"{stem}.key"

    def revoke(self, which):
        return must("ca", "revoke", self.folder, which)

    def broker_config(self, out, *options):
        must("broker", "config", "--ca", self.folder, "--out", out, *options)

    def broker_config_at(self, out, port, *options, address="127.0.0.1"):
        """The same, and the text of stile.conf for a broker that has its files there and listens there."""
        self.broker_config(out, *options)
        (out / "acl").chmod(0o600)
        text, replaced = re.subn(r"(?m)^listener 8883$", f"listener {port} {address}", (out / "stile.conf").read_text())
        assert replaced == 1, "stile.conf has not the one listener that the tests know"
        return text.replace("/etc/mosquitto/stile", str(out))
