"""stile-dashboard as it ships, and somebody who talks to it as the page does."""

import contextlib
import http.client
import json
import pathlib
import queue
import socket
import subprocess
import threading
import urllib.parse

from stile import BUILD, SLOW, stop_process, wait_until

PASSWORD = "correct horse battery"
ANSWERS = []  # every one of this process: what config/openapi.json is judged by


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        return self.json["error"]["reason"]


class Person:
    """A browser: a cookie, and the number that proves it is the page that asks."""

    def __init__(self, port, name=None):
        self.port, self.name = port, name
        self.cookie = self.csrf = None

    def ask(self, method, path, body=None, headers=(), **query):
        url = f"/api/v1/{path}" if not path.startswith("/") else path
        if query:
            url += "?" + urllib.parse.urlencode({key.rstrip("_"): value for key, value in query.items()})
        sent = dict(headers)
        if self.cookie and "Cookie" not in sent:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET" and "X-Stile-CSRF" not in sent:
            sent["X-Stile-CSRF"] = self.csrf
        wanted = body if isinstance(body, dict) else None
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
            sent.setdefault("Content-Type", "text/csv")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60 * SLOW)
        try:
            connection.request(method, url, body, sent)
            answer = Answer(connection.getresponse())
            is_json = answer.headers.get("Content-Type") == "application/json"
            ANSWERS.append({"method": method, "path": url.split("?")[0], "status": answer.status,
                            "body": answer.json if is_json else None, "wanted": wanted})
            return answer
        finally:
            connection.close()

    def get(self, path, **query):
        answer = self.ask("GET", path, **query)
        assert answer.status == 200, (path, answer.status, answer.body[:500])
        return answer.json

    def _take(self, answer):
        assert answer.status in (200, 201), answer.body
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.csrf = answer.json["csrf"]
        self.name = answer.json["name"]
        return self

    def login(self, name, password=PASSWORD):
        return self._take(self.ask("POST", "session", {"name": name, "password": password}))

    def first(self, token, name="root", password=PASSWORD):
        return self._take(self.ask("POST", "first", {"token": token, "name": name, "password": password}))

    def stream(self, **query):
        return Stream(self, query)


class Stream:
    """Server-sent events, as they come: (event, data)."""

    def __init__(self, person, query):
        self.connection = http.client.HTTPConnection("127.0.0.1", person.port, timeout=60 * SLOW)
        url = "/api/v1/stream" + ("?" + urllib.parse.urlencode(query) if query else "")
        self.connection.request("GET", url, headers={"Cookie": person.cookie})
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        ANSWERS.append({"method": "GET", "path": "/api/v1/stream", "status": 200, "body": None})
        self.events = queue.Queue()
        self.seen = []
        self.is_over = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        name = None
        try:
            for line in self.response:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("data: "):
                    self.events.put((name, json.loads(text[6:])))
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.is_over.set()

    def wait(self, name, timeout=15, **fields):
        def found():
            while not self.events.empty():
                self.seen.append(self.events.get())
            for event, data in self.seen:
                if event == name and all(data.get(key) == value for key, value in fields.items()):
                    return data
            return None
        return wait_until(found, f"{name} {fields} on the stream, of {self.seen[-5:]}", timeout)

    def close(self):
        with contextlib.suppress(OSError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.is_over.wait(10)
        self.connection.close()


class Dashboard:
    """In a folder of its own, over a collector's archive."""

    def __init__(self, folder, archive=None, options=None):
        self.folder = pathlib.Path(folder)
        self.config, self.log = self.folder / "dashboard.conf", self.folder / "dashboard.log"
        self.link = self.folder / "first-link"
        self.options = {"http.port": 0, "http.page": self.folder / "page", "site.utc-offset-min": 0,
                        "archive.file": archive.file if archive else self.folder / "archive.db",
                        "accounts.file": self.folder / "accounts.db", "accounts.link-file": self.link,
                        "places.file": self.folder / "places.db",
                        "requests.file": self.folder / "requests.db", **(options or {})}
        self.process = None
        self.port = None

    def start(self):
        sections = {}
        for name, value in self.options.items():
            section, key = name.split(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}")
        self.config.write_text("".join(f"[{name}]\n" + "\n".join(lines) + "\n" for name, lines in sections.items()))
        said = self.log_text().count("started version")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BUILD / "stile-dashboard", "--config", self.config], stdout=log, stderr=log)
        wait_until(lambda: self.log_text().count("started version") > said or self.process.poll() is not None,
                   "the dashboard to start", 30)
        assert self.process.poll() is None, self.log_text()
        line = [line for line in self.log_text().splitlines() if "started version" in line][-1]
        self.port = int(line.rsplit("port=", 1)[1])
        return self

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def token(self):
        return self.link.read_text().strip().split("#")[1]

    def person(self):
        return Person(self.port)

    def root(self):
        """The first administrator."""
        return self.person().first(self.token())

    def add(self, root, name, *grants):
        """Somebody with these (role, area), logged in."""
        answer = root.ask("POST", "accounts", {"name": name, "password": PASSWORD, "grants": [
            {"role": role, "area": area} for role, area in grants]})
        assert answer.status == 201, answer.body
        return self.person().login(name)

    def stop(self):
        stop_process(self.process, 20)
        return self.process.returncode if self.process else None

    def kill(self):
        self.process.kill()
        self.process.wait()
