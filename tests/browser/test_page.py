"""The web page in a real browser, on a real dashboard over a real gate: what pages.mjs asks for is done here."""

import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import PASSWORD, Dashboard  # noqa: E402
from issuer import Issuer  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import BUILD, free_port, gate  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def refuse_once(box):
    before = box.head()
    box.scene.show("NOBODYS-CODE")
    box.wait_event("AccessDenied", after=before)
    box.scene.clear()


def pass_with(box, code):
    before = box.head()
    box.scene.show(code)
    box.wait_event("AccessGranted", after=before)
    box.pass_through()
    box.scene.clear()
    box.wait_event("AccessTaken", after=before)


def drive(box, made):
    """Runs the browser; its lines are the test's."""
    url = f"http://127.0.0.1:{made.port}"
    does = {"pass": lambda: pass_with(box, "CODE-0001"), "refuse": lambda: refuse_once(box), "stop": made.stop, "start": made.start,
            "grant": lambda code: pass_with(box, code)}
    with subprocess.Popen(["node", HERE / "pages.mjs", url, made.link.read_text().strip(), PASSWORD, BUILD], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as browser:
        for line in browser.stdout:
            if line.startswith("# do "):
                what, _, code = line[5:].rstrip("\n").partition(" ")
                does[what](code) if code else does[what]()
                browser.stdin.write("done\n")
                browser.stdin.flush()
            else:
                print(line, end="", flush=True)
        return browser.wait(60)


def main():
    page = BUILD / "page"
    if not shutil.which("chromium") or not page.exists():
        print("1..0 # SKIP no chromium, or the page is not built")
        return 0
    with gate(with_broker=True, start=False) as box:
        hr = Issuer(box.folder).trust()
        box.options["trust.issuers-folder"] = hr.trusted
        box.write_config()
        box.start()
        box.wait_seeing()
        # The site's registry knows the same person as the gate, by the same key: events have a name.
        site = Site(box.folder, box.broker, site_key=box.folder / "key")
        made = Dashboard(box.folder, site.collector, {"registry.socket": site.socket, "registry.declarations": "yes", "passes.key": "hr",
                                               "passes.keys-folder": hr.keys, "passes.file": box.folder / "passes.db", "http.page": page, "http.port": free_port(), "broker.host": "127.0.0.1",
                                               "broker.port": box.broker.port, "broker.tls": "no", "broker.name": "desk",
                                               "site.utc-offset-min": 420})
        try:
            site.collector.start()
            site.ctl("holder", "add", "an", "--name", "Nguyễn Văn An")
            made.start()
            box.enrol("an", "CODE-0001")
            box.wait_seeing()
            status = drive(box, made)
            if status:
                print("# " + "\n# ".join(made.log_text().splitlines()[-20:]))
            return status
        finally:
            made.stop()
            site.collector.stop()


if __name__ == "__main__":
    sys.exit(main())
