"""A site's registry as it ships: stile-collector that keeps it, and stilectl at its socket."""

import pathlib
import subprocess

from stile import BUILD, SLOW, Archive


class Site:
    """Broker, stile-collector with a registry, and stilectl at its socket."""

    def __init__(self, path, broker, site_key=None, options=None):
        self.path = pathlib.Path(path)
        self.broker = broker
        self.socket = self.path / "registry.sock"
        self.store = self.path / "centre"
        self.store.mkdir()
        self.ctl("key", "new", "centre", "--keys", self.path / "keys")
        public = subprocess.run(["openssl", "pkey", "-in", self.path / "keys/centre.pem", "-pubout", "-out",
                                 self.path / "centre.pub"], capture_output=True)
        assert public.returncode == 0, public.stderr
        self.collector = Archive(path, self.broker, {
            "registry.folder": self.store, "registry.org": "acme", "registry.site": "plant", "registry.socket": self.socket,
            "registry.site-key-file": site_key or self.path / "site.key", "registry.key-file": self.path / "keys/centre.pem",
            "registry.look-s": 1, **(options or {})})

    def ctl(self, *words, code=0):
        done = subprocess.run([BUILD / "stilectl", "--socket", self.socket, *words], capture_output=True, text=True,
                              timeout=60 * SLOW)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout

    def verify(self, signed, signature):
        (self.path / "signed").write_bytes(signed)
        (self.path / "signature").write_bytes(signature)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", self.path / "centre.pub", "-rawin",
                               "-in", self.path / "signed", "-sigfile", self.path / "signature"], capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
