#!/usr/bin/env python3
"""The unit files say what the architecture promises, systemd understands them, and the sandbox is tight.

Offline: nothing is installed or started. The tokens are replaced as `make install` does it.
"""

import atexit
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from tap import Skip, run, test  # noqa: E402

SYSTEMD = pathlib.Path(__file__).resolve().parents[2] / "systemd"
UNITS = ("stiled.service", "stile-uplink.service", "stile-collector.service",
         "stile-forwarder.service", "stile-dashboard.service")
RENEWAL, TIMER = "stile-renew.service", "stile-renew.timer"

work = pathlib.Path(tempfile.mkdtemp(prefix="stile-units-"))
atexit.register(shutil.rmtree, work, ignore_errors=True)
bindir = work / "bin"
sysconfdir = work / "etc"
unitdir = work / "units"


def substitute(text):
    return text.replace("@BINDIR@", str(bindir)).replace("@SYSCONFDIR@", str(sysconfdir))


def prepare():
    for folder in (bindir, sysconfdir, unitdir):
        folder.mkdir()
    for program in ("stiled", "stile-uplink", "stile-collector", "stile-forwarder", "stile-dashboard", "stilectl"):
        stub = bindir / program
        stub.write_text("#!/bin/sh\n")
        stub.chmod(0o755)
    for unit in (*UNITS, RENEWAL):
        (unitdir / unit).write_text(substitute((SYSTEMD / f"{unit}.in").read_text()))
    shutil.copy(SYSTEMD / TIMER, unitdir)


def settings(text):
    """Every value of every key, in order. An empty assignment stays in the list as ''."""
    found = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"([A-Za-z]+)=(.*)", line.strip()):
            found.setdefault(match[1], []).append(match[2])
    return found


def unit(name):
    return settings((unitdir / name).read_text())


def words(name, key):
    return " ".join(unit(name).get(key, [])).split()


def analyze(*arguments):
    if shutil.which("systemd-analyze") is None:
        raise Skip("systemd-analyze is not installed")
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.returncode, done.stdout


def exposure(path):
    _, text = analyze("security", "--offline=yes", path)
    match = re.search(r"Overall exposure level for \S+: ([0-9.]+)", text)
    assert match, f"no score in:\n{text}"
    return float(match[1])


def assert_understood(path):
    """systemd-analyze verify: it prints what it does not understand and still returns 0 for much of it."""
    code, text = analyze("verify", "--man=no", path)
    ours = [line for line in text.splitlines() if re.search(r"stile(d|-uplink|-collector|-forwarder|-renew)\b", line)]
    assert code == 0 and not ours, f"exit {code}\n{text}"


@test("no token is left after the substitution")
def _():
    for name in (*UNITS, RENEWAL):
        left = re.findall(r"@[A-Z]+@", (unitdir / name).read_text())
        assert not left, f"{name}: {left}"


@test("the programs start with the configuration under the chosen prefix")
def _():
    for name, config in zip(UNITS, ("gate", "gate", "collector", "forwarder")):
        expected = f"{bindir}/{name.removesuffix('.service')} --config {sysconfdir}/stile/{config}.conf"
        assert unit(name)["ExecStart"] == [expected], unit(name)["ExecStart"]


@test("systemd understands every line of stiled.service")
def _():
    assert_understood(unitdir / "stiled.service")


@test("systemd understands every line of stile-uplink.service")
def _():
    assert_understood(unitdir / "stile-uplink.service")


@test("systemd understands every line of stile-collector.service")
def _():
    assert_understood(unitdir / "stile-collector.service")


@test("systemd understands every line of the renewal and its timer")
def _():
    assert_understood(unitdir / RENEWAL)
    assert_understood(unitdir / TIMER)


@test("the renewal asks whether it is due before it does anything, and then tells the uplink")
def _():
    found = unit(RENEWAL)
    verb = f"{bindir}/stilectl --config {sysconfdir}/stile/gate.conf gate renew"
    assert found["ExecCondition"] == [f"/bin/sh -c '{verb} --check; test $$? -ne 1'"] and found["ExecStart"] == [verb], found
    assert found["ExecStartPost"] == ["+-/bin/systemctl --no-block reload stile-uplink.service"]
    assert found["ConditionPathExists"] == [f"{sysconfdir}/stile/tls/enrolment-server"]
    assert unit(TIMER)["OnUnitInactiveSec"] == ["1d"]


@test("the renewal writes the folder of the uplink's key and nothing else, without a capability")
def _():
    found = unit(RENEWAL)
    assert found["ReadWritePaths"] == [f"{sysconfdir}/stile/tls"] and found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""] and found["NoNewPrivileges"] == ["yes"]
    assert found["Group"] == ["stile-uplink"] and "-/var/lib/stile" in words(RENEWAL, "InaccessiblePaths")


@test("stile-renew.service is exposed no more than 1.8")
def _():
    score = exposure(unitdir / RENEWAL)
    print(f"# stile-renew.service {score}")
    assert score <= 1.8, score


@test("systemd understands the drop-in for a CSI camera")
def _():
    folder = work / "rpicam"
    (folder / "stiled.service.d").mkdir(parents=True)
    shutil.copy(unitdir / "stiled.service", folder)
    shutil.copy(SYSTEMD / "stiled.service.d" / "rpicam.conf.example", folder / "stiled.service.d" / "rpicam.conf")
    assert_understood(folder / "stiled.service")


@test("systemd understands the drop-in for a port below 1024, which needs the machine's own users")
def _():
    folder, drop_in = work / "port", SYSTEMD / "stile-dashboard.service.d" / "port-443.conf.example"
    (folder / "stile-dashboard.service.d").mkdir(parents=True)
    shutil.copy(unitdir / "stile-dashboard.service", folder)
    shutil.copy(drop_in, folder / "stile-dashboard.service.d" / "port-443.conf")
    assert_understood(folder / "stile-dashboard.service")
    found = settings(drop_in.read_text())
    assert found["AmbientCapabilities"] == found["CapabilityBoundingSet"] == ["CAP_NET_BIND_SERVICE"]
    # The capability is one of the namespace of users: in one of its own it opens no port of the machine's.
    assert found["PrivateUsers"] == ["no"]


@test("a unit with a mistake in it is noticed")
def _():
    broken = work / "broken"
    broken.mkdir()
    (broken / "stiled.service").write_text(
        (unitdir / "stiled.service").read_text().replace("PrivateNetwork=yes", "PrivateNetwork=perhaps"))
    try:
        assert_understood(broken / "stiled.service")
    except AssertionError:
        return
    raise AssertionError("PrivateNetwork=perhaps went unnoticed")


@test("stiled.service is exposed no more than 0.9")
def _():
    score = exposure(unitdir / "stiled.service")
    print(f"# stiled.service {score}")
    assert score <= 0.9, score


@test("stile-uplink.service is exposed no more than 1.3")
def _():
    score = exposure(unitdir / "stile-uplink.service")
    print(f"# stile-uplink.service {score}")
    assert score <= 1.3, score


@test("stile-collector.service is exposed no more than 1.3")
def _():
    score = exposure(unitdir / "stile-collector.service")
    print(f"# stile-collector.service {score}")
    assert score <= 1.3, score


@test("the collector's archive is its own, and it has no device")
def _():
    collector = unit("stile-collector.service")
    assert collector["User"] == ["stile-collector"]
    assert collector["StateDirectory"] == ["stile-collector stile-collector/registry"] and collector["StateDirectoryMode"] == ["0700"]
    assert collector["PrivateDevices"] == ["yes"] and "DeviceAllow" not in collector
    assert "-/var/lib/stile" in words("stile-collector.service", "InaccessiblePaths")


@test("systemd understands every line of stile-forwarder.service, and it is exposed no more than 1.3")
def _():
    assert_understood(unitdir / "stile-forwarder.service")
    score = exposure(unitdir / "stile-forwarder.service")
    print(f"# stile-forwarder.service {score}")
    assert score <= 1.3, score


@test("the forwarder keeps nothing and has no device")
def _():
    forwarder = unit("stile-forwarder.service")
    assert forwarder["User"] == ["stile-forwarder"] and "StateDirectory" not in forwarder
    assert forwarder["PrivateDevices"] == ["yes"] and "DeviceAllow" not in forwarder


@test("systemd understands every line of stile-dashboard.service, and it is exposed no more than 1.4")
def _():
    assert_understood(unitdir / "stile-dashboard.service")
    score = exposure(unitdir / "stile-dashboard.service")
    print(f"# stile-dashboard.service {score}")
    assert score <= 1.4, score


@test("the dashboard is the collector's user, keeps its own in its own folder, and has no device")
def _():
    dashboard = unit("stile-dashboard.service")
    assert dashboard["User"] == unit("stile-collector.service")["User"]
    assert dashboard["StateDirectory"] == ["stile-dashboard"] and dashboard["StateDirectoryMode"] == ["0700"]
    assert dashboard["PrivateDevices"] == ["yes"] and "DeviceAllow" not in dashboard
    assert dashboard["UMask"] == ["0077"]


@test("the gate has no network")
def _():
    gate = unit("stiled.service")
    assert gate["PrivateNetwork"] == ["yes"], gate.get("PrivateNetwork")
    assert gate["RestrictAddressFamilies"] == ["AF_UNIX"], gate.get("RestrictAddressFamilies")
    assert gate["IPAddressDeny"] == ["any"], gate.get("IPAddressDeny")


@test("the gate opens cameras and lines, and no other device")
def _():
    gate = unit("stiled.service")
    assert gate["DevicePolicy"] == ["closed"], gate.get("DevicePolicy")
    assert sorted(gate["DeviceAllow"]) == ["char-gpiochip rw", "char-video4linux rw"], gate["DeviceAllow"]


@test("the gate may ask for real time and lock its memory")
def _():
    gate = unit("stiled.service")
    assert gate["RestrictRealtime"] == ["no"]
    assert int(gate["LimitRTPRIO"][0]) >= 1
    assert gate["LimitMEMLOCK"] == ["infinity"]
    assert "sched_setscheduler" in words("stiled.service", "SystemCallFilter")


@test("the gate sees who its peers are")
def _():
    assert unit("stiled.service").get("PrivateUsers", ["no"]) == ["no"]


@test("all are watched and always come back")
def _():
    for name in UNITS:
        found = unit(name)
        assert found["Type"] == ["notify"], name
        assert found["Restart"] == ["always"], name
        assert found["StartLimitIntervalSec"] == ["0"], name
        assert re.fullmatch(r"[0-9]+s", found["WatchdogSec"][0]), name
        assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"], name


@test("the group reaches the socket and not the journal")
def _():
    gate = unit("stiled.service")
    assert gate["StateDirectory"] == ["stile"] and gate["StateDirectoryMode"] == ["0700"]
    assert gate["RuntimeDirectory"] == ["stile"] and gate["RuntimeDirectoryMode"] == ["0750"]
    assert "stile" in words("stile-uplink.service", "SupplementaryGroups")


@test("the uplink has no devices")
def _():
    uplink = unit("stile-uplink.service")
    assert uplink["PrivateDevices"] == ["yes"]
    assert "DeviceAllow" not in uplink
    assert not {"video", "gpio"} & set(words("stile-uplink.service", "SupplementaryGroups"))


@test("the uplink is another user, and neither reads the other's secrets")
def _():
    gate, uplink = unit("stiled.service"), unit("stile-uplink.service")
    assert gate["User"] == ["stile"] and uplink["User"] == ["stile-uplink"]
    assert f"-{sysconfdir}/stile/tls" in words("stiled.service", "InaccessiblePaths")
    assert "-/var/lib/stile" in words("stile-uplink.service", "InaccessiblePaths")


@test("none runs with a capability or as root")
def _():
    for name in UNITS:
        assert unit(name)["CapabilityBoundingSet"] == [""], name
        assert unit(name)["AmbientCapabilities"] == [""], name
        assert unit(name)["NoNewPrivileges"] == ["yes"], name


@test("a dead uplink does not stop the gate, nor a dead gate the uplink")
def _():
    binding = ("Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "PropagatesStopTo", "Upholds", "OnFailure")
    for name in UNITS:
        for key in binding:
            assert not [v for v in unit(name).get(key, []) if "stile" in v], f"{name}: {key}"
    assert "uplink" not in " ".join(words("stiled.service", "Wants") + words("stiled.service", "After"))


@test("boot does not wait for the network")
def _():
    for name in UNITS:
        assert "network-online.target" not in words(name, "Wants") + words(name, "After"), name


@test("the users of the units are created, with the groups that own the devices")
def _():
    lines = [line.split() for line in (SYSTEMD / "stile.sysusers").read_text().splitlines()]
    users = {line[1] for line in lines if line[:1] == ["u"]}
    groups = users | {line[1] for line in lines if line[:1] == ["g"]} | {"video"}  # systemd's basic.conf
    for name in UNITS:
        assert unit(name)["User"][0] in users, name
        assert set(words(name, "SupplementaryGroups")) <= groups, name


@test("systemd-sysusers understands the users")
def _():
    if shutil.which("systemd-sysusers") is None:
        raise Skip("systemd-sysusers is not installed")
    root = work / "root"
    (root / "etc").mkdir(parents=True)
    done = subprocess.run(["systemd-sysusers", f"--root={root}", str(SYSTEMD / "stile.sysusers")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    created = (root / "etc" / "passwd").read_text()
    assert re.search(r"^stile:", created, re.M) and re.search(r"^stile-uplink:", created, re.M), created


@test("systemd-tmpfiles makes the folder of the uplink's key for its group only")
def _():
    if shutil.which("systemd-tmpfiles") is None:
        raise Skip("systemd-tmpfiles is not installed")
    root = work / "root"
    if not (root / "etc" / "passwd").exists():
        raise Skip("needs the users made by systemd-sysusers")
    done = subprocess.run(["systemd-tmpfiles", "--create", f"--root={root}", str(SYSTEMD / "stile.tmpfiles")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if done.returncode != 0 and "not permitted" in done.stdout:
        raise Skip("needs root to change owners")
    assert done.returncode == 0, done.stdout
    for folder, mode in (("", 0o755), ("tls", 0o750)):
        found = (root / "etc" / "stile" / folder).stat().st_mode & 0o7777
        assert found == mode, f"/etc/stile/{folder} is {found:o}"


if __name__ == "__main__":
    prepare()
    sys.exit(run())
