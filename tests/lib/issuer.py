"""Somebody who issues passes, with the real stilectl."""

import base64
import os
import pathlib
import subprocess

from certificate import raw_signature
from stile import BUILD, SLOW


class Issuer:
    """Keys and passes of one issuer below a folder; what gates get of it is the public key, in `trusted`."""

    def __init__(self, folder, name="hr"):
        self.keys = pathlib.Path(folder) / "keys"
        self.trusted = pathlib.Path(folder) / "issuers"
        self.name = name
        self.trusted.mkdir(exist_ok=True)
        if not (self.keys / f"{name}.pem").exists():
            self.ctl("key", "new", name)

    def ctl(self, *arguments, **options):
        done = subprocess.run([BUILD / "stilectl", *map(str, arguments)], capture_output=True, text=True, check=False,
                              timeout=60 * SLOW, env={**os.environ, "STILE_KEYS": str(self.keys)}, **options)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    def trust(self):
        self.ctl("key", "export-public", self.name, "--out", self.trusted / f"{self.name}.pem")
        return self

    def issue(self, holder, *options):
        """The text of a code."""
        lines = self.ctl("pass", "issue", "--key", self.name, "--holder", holder, *options).splitlines()
        return next(line for line in lines if line.startswith("ST1:"))

    def phone(self, name="phone"):
        """A phone's key: its private file and its public one."""
        self.ctl("key", "new", name, "--phone")
        public = self.keys / f"{name}.public"
        self.ctl("key", "export-public", name, "--out", public)
        return self.keys / f"{name}.pem", public

    def prove(self, code, key, *options):
        return self.ctl("pass", "prove", "--pass", "-", "--phone-key", key, *options, input=code + "\n").strip()

    def sign(self, text, key):
        """As a browser does it with the phone's key: r and s, base64."""
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), check=True, capture_output=True).stdout
        return base64.b64encode(raw_signature(der)).decode()
