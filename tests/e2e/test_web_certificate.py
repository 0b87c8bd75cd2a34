"""The dashboard's page over TLS, with a certificate of the site's own CA, as docs/dashboard.md sets it up."""

import contextlib
import datetime
import http.client
import pathlib
import signal
import ssl
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import Dashboard  # noqa: E402
from site_ca import SiteCa, ctl, must  # noqa: E402
from stile import SLOW, folder, wait_until  # noqa: E402
from tap import run, test  # noqa: E402


@contextlib.contextmanager
def site():
    """A CA with a broker's certificate and the page's, and a dashboard that shows the latter."""
    with folder() as path:
        ca = SiteCa(path / "ca")
        ca.server("localhost", "127.0.0.1")
        must("ca", "web", ca.folder, "localhost", "127.0.0.1")
        certificate, key = ca.files("web")
        made = Dashboard(path, options={"http.certificate-file": certificate, "http.private-key-file": key,
                                        "http.url": "https://localhost"})
        try:
            yield ca, made.start()
        finally:
            made.stop()


def shown(ca, made, name="127.0.0.1"):
    """What a browser sees that trusts the CA: the answer's status, and the certificate."""
    context = ssl.create_default_context(cafile=ca.certificate)
    connection = http.client.HTTPSConnection(name, made.port, timeout=30 * SLOW, context=context)
    with contextlib.closing(connection):
        connection.request("GET", "/api/v1/first")
        return connection.getresponse().status, connection.sock.getpeercert()


@test("the page has a certificate beside the broker's, which browsers take")
def _():
    with site() as (ca, made):
        for name in "127.0.0.1", "localhost":
            status, certificate = shown(ca, made, name)
            assert status == 200, status
        begin, end = (datetime.datetime.strptime(certificate[key], "%b %d %H:%M:%S %Y %Z")
                      for key in ("notBefore", "notAfter"))
        assert 800 < (end - begin).days <= 825, (begin, end)
        assert certificate["subject"] == ((("commonName", "Stile site dashboard"),),), certificate["subject"]
        broker = ca.files("server")[0].read_bytes()
        assert broker != ca.files("web")[0].read_bytes()


@test("who does not trust the site's CA does not get through")
def _():
    with site() as (ca, made), folder() as path:
        other = SiteCa(path / "other")
        try:
            shown(other, made)
        except ssl.SSLCertVerificationError:
            return
        raise AssertionError("a stranger's CA was good enough")


@test("a renewed certificate is shown after a HUP, and says the same for as long")
def _():
    with site() as (ca, made):
        before = shown(ca, made)[1]
        assert ctl("ca", "web", ca.folder, "localhost").returncode == 1, "it was there"
        must("ca", "renew", ca.folder, "web")
        assert shown(ca, made)[1]["serialNumber"] == before["serialNumber"], "before it was told"
        made.process.send_signal(signal.SIGHUP)
        wait_until(lambda: shown(ca, made)[1]["serialNumber"] != before["serialNumber"], "the new certificate", 20)
        after = shown(ca, made)[1]
        assert after["subjectAltName"] == before["subjectAltName"] and after["subject"] == before["subject"], after
        assert ctl("ca", "renew", ca.folder, "web", "--days", "99999").returncode == 2


if __name__ == "__main__":
    sys.exit(run())
