"""A private PostgreSQL, to be killed at any moment, and collectors whose archive is in it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from centre import Centre

SCRIPT = pathlib.Path(__file__).resolve().parent / "postgres.sh"


def is_installed():
    return any(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))


class Server:
    """A server and its database `stile`; `conninfo` leads there. Below /tmp, for a socket's path may not be long."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stile-postgres-"))
        self.frozen = []
        self.conninfo = f"host={self.folder} user=stile dbname=stile"
        self._do("make")

    def _do(self, what):
        subprocess.run([SCRIPT, what, self.folder], check=True)

    def start(self):
        self._do("start")

    def stop_at_once(self):
        self._do("stop")

    def kill(self):
        self._do("kill")

    def freeze(self):
        """It answers nobody any more, until thaw()."""
        self.frozen = self.processes()
        for process in self.frozen:
            os.kill(process, signal.SIGSTOP)

    def thaw(self):
        for process in self.frozen:
            os.kill(process, signal.SIGCONT)
        self.frozen = []

    def processes(self):
        postmaster = int((self.folder / "data/postmaster.pid").read_text().split("\n", 1)[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True).stdout
        return [postmaster, *map(int, children.split())]

    def sql(self, text):
        return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo, "-c", text], check=True,
                              capture_output=True, text=True).stdout

    def close(self):
        self.thaw()
        subprocess.run([SCRIPT, "stop", self.folder], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder)


class PostgresCentre(Centre):
    """A collector in a folder of its own; several may share a server."""

    def __init__(self, folder, broker, server, name, options=None):
        folder = pathlib.Path(folder) / name
        folder.mkdir()
        super().__init__(folder, broker, {"archive.postgresql": server.conninfo, "collector.name": name, **(options or {})})
        self.server = server

    def query(self, sql, *values):
        """Without values; what a type has no JSON for is text."""
        assert not values
        return [tuple(row.values()) for row in json.loads(self.server.sql(
            f"SELECT coalesce(json_agg(found), '[]') FROM ({sql}) AS found"))]

    def stored(self):
        return self.query("SELECT name, epoch, seq, entry.id, at, event, access_point, direction, reason,"
                          " credential_class, encode(subject, 'hex') AS subject, grant_seq FROM entry"
                          " JOIN stream ON stream.id = stream JOIN gate ON gate.id = gate ORDER BY stream.id, seq")
