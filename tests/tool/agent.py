#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fedpol-agent against a real kernel, in a network namespace of its own: what it applies, what it
leaves behind, what it survives, and what it tells. Prints TAP.

Usage: agent.py FEDPOL-AGENT FEDPOL [NAME...]
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "live"))
from apiserver import ApiServer  # noqa: E402
from objects import remote_configuration, secret  # noqa: E402

AGENT, FEDPOL = (os.path.abspath(path) for path in sys.argv[1:3])
NORMALISE = ROOT / "tests" / "support" / "nft-normalise.py"
PATIENCE = 60  # seconds until something that must happen counts as not happening
NODE = ["--node", "east-1"]
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.02)


def nft(*arguments, text=None, check=True):
    return subprocess.run(("nft", *arguments), input=text, capture_output=True, text=True,
                          check=check)


def normalised(listing):
    return subprocess.run((sys.executable, NORMALISE), input=listing, capture_output=True, text=True,
                          check=True).stdout


def in_kernel():
    done = nft("-j", "list", "table", "inet", "fedpol", check=False)
    return normalised(done.stdout) if done.returncode == 0 else None


class World:
    """A copy of the bundled mesh, and an agent that has it for its clusters."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fedpol-agent-"))
        for name in ("east", "west"):
            shutil.copytree(ROOT / "examples" / "mesh" / name, self.folder / name)
        self.clusters = [word for name in ("east", "west")
                         for word in ("--cluster", f"{name}=dir:{self.folder / name}")]
        self.agents, self.servers = [], []

    def agent(self, *more, clusters=None, path=None):
        agent = Agent([*(clusters or self.clusters), *NODE, *more], path)
        self.agents.append(agent)
        return agent

    def server(self, name, **options):
        server = ApiServer(token=f"{name}-token", **options)
        system = {"apiVersion": "v1", "kind": "Namespace",
                  "metadata": {"name": "kube-system", "uid": f"uid-{name}"}}
        shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
        server.put(system, shop)
        (self.folder / f"{name}.kubeconfig").write_text(json.dumps(server.kubeconfig()))
        self.servers.append(server)
        return server

    def live(self, *names):
        return [word for name in names
                for word in ("--cluster", f"{name}=kubeconfig:{self.folder / name}.kubeconfig")]

    def change(self, name, old, new):
        path = self.folder / name
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new))

    def expected(self, *more):
        """What the kernel makes of `fedpol render`, in a namespace that nobody else sees."""
        text = subprocess.run((FEDPOL, *self.clusters, *NODE, "render", *more), text=True,
                              capture_output=True, check=True).stdout
        done = subprocess.run(("unshare", "-n", "sh", "-c",
                               "nft -f - && nft -j list table inet fedpol"),
                              input=text, capture_output=True, text=True, check=True)
        return normalised(done.stdout)

    def program(self, name, script):
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def until_equal(self, agent):
        wanted = self.expected()
        until(lambda: in_kernel() == wanted, lambda: f"the table is another; {agent.log()}")

    def close(self):
        for agent in self.agents:
            agent.kill()
        for server in self.servers:
            server.stop()
        nft("flush", "ruleset")
        shutil.rmtree(self.folder)


class Agent:
    def __init__(self, arguments, path=None):
        self.file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [AGENT, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.file, env={**os.environ, "NODE_NAME": "", "PATH": path or os.environ["PATH"]})

    def log(self):
        size = os.fstat(self.file.fileno()).st_size
        return os.pread(self.file.fileno(), size, 0).decode()

    def until_log(self, pattern, count=1):
        until(lambda: len(re.findall(pattern, self.log())) >= count or self.process.poll() is not None,
              lambda: f"{pattern!r} is not in: {self.log()}")
        assert len(re.findall(pattern, self.log())) >= count, \
            f"it ended with {self.process.returncode}: {self.log()}"

    def in_force(self, count=1):
        self.until_log("rules are in force", count)

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self, code=0, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.ends(code)

    def ends(self, code):
        assert self.process.wait(PATIENCE) == code, (self.process.returncode, self.log())

    def kept(self):
        """The processes `nft -i` of this agent."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        pids = pathlib.Path(path).read_text().split()
        return [int(pid) for pid in pids
                if b"-i" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]

    def port(self):
        self.until_log(r"status at http")
        return int(re.search(r"status at http://[^/]*:(\d+)/", self.log()).group(1))

    def get(self, path, method="GET"):
        return self.ask(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def ask(self, request, address=None):
        family = socket.AF_UNIX if address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as peer:
            peer.settimeout(PATIENCE)
            peer.connect(address or ("127.0.0.1", self.port()))
            peer.sendall(request)
            answer = b""
            while True:
                chunk = peer.recv(65536)
                if not chunk:
                    break
                answer += chunk
        head, _, body = answer.decode().partition("\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        assert not answer or int(headers["Content-Length"]) == len(body.encode()), answer
        return int(head.split()[1]) if answer else 0, headers, body

    def status(self):
        code, headers, body = self.get("/status")
        assert (code, headers["Content-Type"]) == (200, "application/json")
        return json.loads(body)


LIVE_POD = {"apiVersion": "v1", "kind": "Pod",
            "spec": {"nodeName": "east-1", "containers": [{"name": "c"}]}}
LIVE_POLICY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
               "metadata": {"namespace": "shop", "name": "db-only"},
               "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [
                   {"from": [{"podSelector": {"matchLabels": {"app": "db"}}}]}]}}


def live_pod(name, address, **labels):
    return {**LIVE_POD, "metadata": {"namespace": "shop", "name": name, "labels": labels},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}


@test
def the_kernel_gets_what_render_says_and_then_deltas(world):
    agent = world.agent("--verbose")
    agent.in_force()
    world.until_equal(agent)
    world.change("west/pods.json", "10.20.0.11", "10.20.0.99")
    agent.hang_up()
    agent.until_log(r"applied a delta of \d+ bytes through nft -i")
    world.until_equal(agent)
    (world.folder / "east" / "policy.yaml").unlink()
    agent.hang_up()
    agent.until_log(r"applied a delta of \d+ bytes through nft -i", 2)
    world.until_equal(agent)
    assert "not applied" not in agent.log() and "-f" not in agent.log(), agent.log()
    agent.stop()
    assert in_kernel() == world.expected()


@test
def once_applies_and_ends(world):
    world.agent("--once").ends(0)
    assert in_kernel() == world.expected()
    agent = world.agent("--once", "--nft", "/nonexistent/nft")
    agent.ends(1)
    assert "/nonexistent/nft: No such file" in agent.log(), agent.log()
    assert in_kernel() == world.expected()


@test
def both_signals_end_it_with_0_and_leave_the_rules(world):
    for number in (signal.SIGTERM, signal.SIGINT):
        agent = world.agent()
        agent.in_force()
        agent.stop(number=number)
        assert in_kernel() == world.expected()


class Probe:
    """A pod that no cluster knows sends to the host all the time. By the rules nothing arrives."""

    def __init__(self):
        self.sleeper = subprocess.Popen(("unshare", "-n", "sleep", "1000"))
        space = str(self.sleeper.pid)
        mine = os.readlink("/proc/self/ns/net")
        until(lambda: os.readlink(f"/proc/{space}/ns/net") != mine, "no namespace for the probe")
        inside = ("nsenter", "-t", space, "-n")
        for command in (("ip", "link", "add", "caliprobe", "type", "veth", "peer", "name", "eth0",
                         "netns", space), ("ip", "addr", "add", "192.0.2.200/24", "dev", "caliprobe"),
                        ("ip", "link", "set", "caliprobe", "up"),
                        (*inside, "ip", "addr", "add", "192.0.2.201/24", "dev", "eth0"),
                        (*inside, "ip", "link", "set", "eth0", "up")):
            subprocess.run(command, check=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("192.0.2.200", 9))
        self.socket.settimeout(0.2)
        # A packet each time from a port of its own, so that none is part of a connection.
        code = ("import socket, time\nnumber = 0\nwhile True:\n"
                "    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:\n"
                "        s.sendto(str(number).encode(), ('192.0.2.200', 9))\n"
                "    number += 1\n    time.sleep(0.0005)\n")
        self.sender = subprocess.Popen((*inside, sys.executable, "-c", code))
        self.got, self.stopped = 0, False
        self.thread = threading.Thread(target=self._receive, daemon=True)
        self.thread.start()

    def _receive(self):
        while not self.stopped:
            try:
                self.socket.recv(100)
                self.got += 1
            except TimeoutError:
                pass

    def close(self):
        self.stopped = True
        self.thread.join()
        for process in (self.sender, self.sleeper):
            process.kill()
            process.wait()
        self.socket.close()
        subprocess.run(("ip", "link", "del", "caliprobe"), check=False, capture_output=True)


@test
def killed_at_any_moment_and_started_again_no_packet_slips_through(world):
    probe = Probe()
    try:
        until(lambda: probe.got > 10, "without rules packets should arrive")
        agent = world.agent()
        agent.in_force()
        time.sleep(0.1)  # for what was on its way
        got, chance = probe.got, random.Random(7)
        for number in range(30):
            time.sleep(chance.random() * 0.08)
            agent.kill()
            assert in_kernel() is not None
            world.change("west/pods.json", f"10.20.0.{11 if number == 0 else 99 + number}",
                         f"10.20.0.{100 + number}")
            agent = world.agent()
        agent.in_force()
        agent.hang_up()
        world.until_equal(agent)
        assert probe.got == got, f"{probe.got - got} packets slipped through"
        nft("delete", "table", "inet", "fedpol")
        until(lambda: probe.got > got, "the probe sends no more")
    finally:
        probe.close()


@test
def a_kept_nft_that_is_killed_is_started_again(world):
    agent = world.agent("--verbose")
    agent.in_force()
    world.change("west/pods.json", "10.20.0.11", "10.20.0.99")
    agent.hang_up()
    agent.until_log("through nft -i")
    first, = agent.kept()
    os.kill(first, signal.SIGKILL)
    until(lambda: not agent.kept(), "it should be reaped")
    world.change("west/pods.json", "10.20.0.99", "10.20.0.98")
    agent.hang_up()
    agent.until_log("through nft -i", 2)
    world.until_equal(agent)
    assert agent.kept() != [first] and "not applied" not in agent.log(), agent.log()


@test
def a_kept_nft_that_does_not_work_is_done_without(world):
    notes = world.folder / "notes"
    program = world.program("nft", f'[ "$1" != -i ] || {{ echo >> {notes}; exit 7; }}\n'
                                   f'exec {shutil.which("nft")} "$@"\n')
    agent = world.agent("--nft", program, "--verbose")
    agent.in_force()
    address = 11
    for number in range(5):
        world.change("west/pods.json", f"10.20.0.{address}", f"10.20.0.{100 + number}")
        address = 100 + number
        agent.hang_up()
        world.until_equal(agent)
    agent.until_log("applied a delta of .* through nft -f")
    assert notes.read_text() == 3 * "\n", agent.log()


@test
def a_delta_that_the_kernel_refuses_is_followed_by_the_whole_ruleset(world):
    agent = world.agent("--verbose")
    agent.in_force()
    nft("flush", "table", "inet", "fedpol")
    (name,) = set(re.findall(r"set (set4-\S+) \{[^}]*elements = \{ 10\.20\.0\.11,",
                             nft("list", "table", "inet", "fedpol").stdout))
    nft("delete", "element", "inet", "fedpol", name, "{ 10.20.0.11 }")
    world.change("west/pods.json", "10.20.0.11", "10.20.0.99")
    agent.hang_up()
    agent.until_log("rules were not applied: Error: .*No such file or directory; the kernel keeps")
    agent.in_force(2)
    world.until_equal(agent)
    world.change("west/pods.json", "10.20.0.99", "10.20.0.98")
    agent.hang_up()
    agent.until_log("applied a delta of .* through nft -i")
    world.until_equal(agent)


@test
def a_delta_that_is_too_long_for_the_pipe_goes_by_a_file(world):
    agent = world.agent("--verbose")
    agent.in_force()
    nets = "".join(f"    - 198.18.{i // 256}.{i % 256}\n    - 2001:db8:ffff::{i:x}:0/112\n"
                   for i in range(30000))
    world.change("east/sets.yaml", "    - 198.51.100.0/24\n", "    - 198.51.100.0/24\n" + nets)
    agent.hang_up()
    size = until(lambda: re.search(r"applied a delta of (\d+) bytes through nft -f", agent.log()),
                 agent.log)
    assert int(size.group(1)) > 1 << 20
    world.until_equal(agent)
    assert "not applied" not in agent.log(), agent.log()


@test
def an_nft_that_is_not_there_is_told_and_tried_again(world):
    program = str(world.folder / "nft")
    agent = world.agent("--nft", program, "--status", "127.0.0.1:0")
    agent.until_log("not applied: .*/nft: No such file or directory.* tried in 1 s")
    code, _, body = agent.get("/healthz")
    assert (code, body) == (503, "the last ruleset was not applied\n")
    assert agent.status()["apply"]["state"] == "failing"
    agent.until_log("tried in 2 s")
    os.symlink(shutil.which("nft"), program)
    agent.in_force()
    world.until_equal(agent)
    assert agent.get("/healthz")[0] == 200
    failed = agent.status()["apply"]["failed"]
    assert failed >= 2 and f'{{result="failed"}} {failed}\n' in agent.get("/metrics")[2]
    agent.stop()


@test
def addresses_that_left_are_flushed(world):
    notes = world.folder / "notes"
    world.program("conntrack", f'echo "$@" >> {notes}\n')
    path = f"{world.folder}/bin:{os.environ['PATH']}"
    pods = (world.folder / "east" / "pods.yaml").read_text()
    address, six = "10.10.0.21", "fd00:10::21"
    assert address in pods and six in pods
    for flags, flushed in (((), True), (("--no-flush",), False)):
        (world.folder / "east" / "pods.yaml").write_text(pods)
        agent = world.agent("--verbose", *flags, path=path)
        agent.in_force()
        world.change("east/pods.yaml", address, "10.10.0.121")
        world.change("east/pods.yaml", six, "fd00:10::121")
        agent.hang_up()
        agent.until_log("through nft -i")
        if flushed:
            until(lambda: notes.exists() and len(notes.read_text().splitlines()) >= 4, agent.log)
            assert sorted(notes.read_text().splitlines()) == [
                f"-D -f ipv4 -d {address}", f"-D -f ipv4 -s {address}",
                f"-D -f ipv6 -d {six}", f"-D -f ipv6 -s {six}"]
            notes.unlink()
        agent.stop()
    assert not notes.exists()


@test
def without_conntrack_it_says_so_once(world):
    program = shutil.which("nft")
    agent = world.agent("--nft", program, "--verbose", path=str(world.folder))
    agent.in_force()
    for old, new in (("10.10.0.21", "10.10.0.121"), ("10.10.0.121", "10.10.0.122")):
        world.change("east/pods.yaml", old, new)
        agent.hang_up()
        world.until_equal(agent)
    agent.until_log("through nft -i", 2)
    agent.stop()
    assert agent.log().count("conntrack") == 1, agent.log()


@test
def metrics_are_openmetrics(world):
    agent = world.agent("--status", "127.0.0.1:0")
    agent.in_force()
    code, headers, body = agent.get("/metrics")
    assert code == 200 and headers["Content-Type"] == \
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert body.endswith("\n# EOF\n")
    family, types, seen = None, {}, set()
    for line in body.splitlines()[:-1]:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family not in types, line
            types[family] = kind
        elif line.startswith("# HELP "):
            assert line.split(" ")[2] == family
        else:
            name, value = re.fullmatch(r'([a-z_]+)(?:\{(?:[a-z_]+="[^"\\]*",?)+\})? (-?[0-9.]+)',
                                       line).groups()
            suffix = {"counter": "_total", "info": "_info", "gauge": ""}[types[family]]
            assert name == family + suffix, line
            assert line.rsplit(" ", 1)[0] not in seen and float(value) >= 0, line
            seen.add(line.rsplit(" ", 1)[0])
    assert 'remote_cluster_connection_status{remote_cluster_name="west"} 2\n' in body
    assert 'remote_cluster_connection_status{remote_cluster_name="east"}' not in body
    assert 'fedpol_cluster_state{cluster="east"} 2\n' in body
    assert 'fedpol_applies_total{result="ok"} 1\n' in body
    now = time.time()
    assert now - PATIENCE < float(re.search(r"_apply_timestamp_seconds (\d+)", body).group(1)) <= now


@test
def status_tells_how_all_stands(world):
    agent = world.agent("--status", "127.0.0.1:0")
    agent.in_force()
    status = agent.status()
    rendered = json.loads(subprocess.run(
        (FEDPOL, *world.clusters, *NODE, "-o", "json", "render"), capture_output=True, text=True,
        check=True).stdout)
    hashes = [row["hash"] for row in (rendered if isinstance(rendered, list) else [rendered])]
    assert status["ruleset"] == {"table": "fedpol", "hash": hashes[0], "in_force": True}
    assert status["settled"] and status["healthy"] and status["node"] == "east-1"
    assert status["apply"]["state"] == "in-force" and status["apply"]["full"] == 1
    assert [(c["name"], c["role"], c["state"], c["state_number"], c["age_ms"])
            for c in status["clusters"]] == [("east", "local", "in-sync", 2, 0),
                                             ("west", "remote", "in-sync", 2, 0)]
    world.change("west/pods.json", "10.20.0.11", "10.20.0.99")
    agent.hang_up()
    until(lambda: agent.status()["apply"]["deltas"] == 1, "a delta should be told")
    assert agent.status()["ruleset"]["hash"] != hashes[0]


@test
def whatever_is_asked_the_server_answers_or_hangs_up(world):
    agent = world.agent("--status", "127.0.0.1:0")
    agent.in_force()
    assert agent.get("/status?pretty")[0] == 200
    for request, code in (
            (b"GET / HTTP/1.1\r\n\r\n", 404), (b"GET /../status HTTP/1.1\r\n\r\n", 404),
            (b"POST /status HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 405),
            (b"HEAD /status HTTP/1.1\r\n\r\n", 405), (b"nonsense\n\n", 400),
            (b"GET /status\r\n\r\n", 400), (b"GET /status HTTP/2.0\r\n\r\n", 400),
            (b"\x00\xff\r\n\r\n", 400), (b"\r\n\r\n", 400), (b" \r\n\r\n", 400),
            (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n", 431),
            (b"GET /healthz HTTP/1.0\n\n", 200)):
        assert agent.ask(request)[0] == code, request
    idle = [socket.create_connection(("127.0.0.1", agent.port())) for _ in range(40)]
    idle[0].sendall(b"GET /hea")
    assert agent.get("/healthz")[0] == 200  # once the idle ones' time is over
    for peer in idle[:8]:
        peer.settimeout(PATIENCE)
        assert peer.recv(10) == b""
    for peer in idle:
        peer.close()
    assert agent.get("/healthz")[0] == 200


@test
def a_socket_in_the_file_system_is_private_and_goes_with_its_server(world):
    path = str(world.folder / "socket")
    agent = world.agent("--status", f"unix:{path}")
    agent.in_force()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert agent.ask(b"GET /healthz HTTP/1.1\r\n\r\n", path)[0] == 200
    second = world.agent("--status", f"unix:{path}")
    second.ends(1)
    assert "in use" in second.log(), second.log()
    agent.kill()
    agent = world.agent("--status", f"unix:{path}")
    agent.in_force()
    assert agent.ask(b"GET /healthz HTTP/1.1\r\n\r\n", path)[0] == 200
    agent.stop()
    assert not os.path.exists(path)


@test
def wrong_usage_is_2_and_a_missing_source_3(world):
    cases = ((["--status", "0.0.0.0:0"], 2, "no loopback"), (["--status", "[::]:0"], 2, "no loopback"),
             (["--status", "127.0.0.1"], 2, "expected"), (["--status", "127.0.0.1:70000"], 2, "expected"),
             (["--status", "localhost:80"], 2, "expected"), (["--table", "a b"], 2, "table"),
             (["--dispatch", "x"], 2, "dispatch"), (["--pod-cidr", "x"], 2, "x"),
             (["--local", "north"], 2, "north"), (["--start-timeout", "x"], 2, "number"),
             (["--start-timeout", "3601"], 2, "range"), (["more"], 2, "more"), (["--nope"], 2, "nope"),
             (["--cluster", "east=dir:/tmp"], 2, "east"), (["--cluster", "x=dir:/nonexistent"], 3, "x"),
             (["--cluster", "x=kubeconfig:/nonexistent"], 3, "nonexistent"),
             (["--cluster", "x=http://y"], 2, "dir:PATH"))
    for more, code, word in cases:
        agent = world.agent(*more)
        agent.ends(code)
        assert word in agent.log() and len(agent.log().splitlines()) == 1, (more, agent.log())
    assert in_kernel() is None
    agent = world.agent("--status", "0.0.0.0:0", "--status-anywhere")
    assert agent.get("/metrics")[0] == 200


@test
def live_clusters_are_followed(world):
    east, west = world.server("east"), world.server("west")
    east.put(live_pod("web", "10.0.0.1", app="web"), LIVE_POLICY)
    west.put(live_pod("db-1", "10.1.0.1", app="db"))
    agent = world.agent("--verbose", "--status", "127.0.0.1:0", clusters=world.live("east", "west"))
    agent.in_force()
    until(lambda: "10.1.0.1" in in_kernel(), agent.log)
    east.put(live_pod("db-2", "10.0.0.2", app="db"))
    until(lambda: "10.0.0.2" in in_kernel(), agent.log)
    west.put(live_pod("db-9", "10.1.0.9", app="db"))
    until(lambda: "10.1.0.9" in in_kernel(), agent.log)
    agent.until_log("through nft -i")
    rows = {row["name"]: row for row in agent.status()["clusters"]}
    assert {kind["phase"] for kind in rows["west"]["kinds"]} <= {"watching", "absent"}, rows
    assert rows["east"]["server"].startswith("http://127.0.0.1:")
    assert re.search(r'fedpol_watch_events_total\{cluster="east",kind="Pod",path="/api/v1/pods"\} [1-9]',
                     agent.get("/metrics")[2])
    assert "token" not in agent.log()
    agent.hang_up()
    east.put(live_pod("db-3", "10.0.0.3", app="db"))
    until(lambda: "10.0.0.3" in in_kernel(), agent.log)
    agent.stop()


@test
def clusters_of_configurations_come_and_go_with_their_members(world):
    east, west = world.server("east"), world.server("west")
    remote = remote_configuration("west", clusterAccessSecret={
        "kind": "Secret", "namespace": "shop", "name": "west-access"})
    east.put(live_pod("web", "10.0.0.1", app="web"), LIVE_POLICY, remote)
    west.put(live_pod("db-1", "10.1.0.1", app="db"), live_pod("db-2", "10.2.0.2", app="db"))
    agent = world.agent("--verbose", "--status", "127.0.0.1:0", "--follow-remotes", "--start-timeout",
                        "1", "--guard", "west:cidr=10.1.0.0/16", clusters=world.live("east"))
    agent.in_force()
    until(lambda: 'remote_cluster_connection_status{remote_cluster_name="west"} 5' in
          agent.get("/metrics")[2], agent.log)
    east.put(secret("west-access", "shop", west.kubeconfig()))
    until(lambda: "10.1.0.1" in in_kernel(), agent.log)
    assert "10.2.0.2" not in in_kernel(), "the guard lets it in"
    west.put(live_pod("db-3", "10.1.0.3", app="db"))
    until(lambda: "10.1.0.3" in in_kernel(), agent.log)
    east.delete(remote)
    until(lambda: "10.1.0." not in in_kernel(), agent.log)
    assert [row["name"] for row in agent.status()["clusters"]] == ["east"]
    assert "remote_cluster_name" not in agent.get("/metrics")[2]
    agent.stop()


@test
def a_remote_that_is_missing_is_not_waited_for_and_joins_later(world):
    east, west = world.server("east"), world.server("west")
    east.put(live_pod("web", "10.0.0.1", app="web"))
    port = west.port
    world.servers.remove(west)
    west.stop()
    agent = world.agent("--status", "127.0.0.1:0", clusters=world.live("east", "west"))
    agent.in_force()
    agent.until_log("cluster west: connecting: .+")
    assert 'remote_cluster_connection_status{remote_cluster_name="west"} 1' in agent.get("/metrics")[2]
    again = world.server("west", port=port)
    again.put(live_pod("db-1", "10.1.0.1", app="db"))
    agent.until_log("cluster west: in-sync")


@test
def without_the_local_cluster_the_kernel_keeps_what_it_has(world):
    world.agent("--once").ends(0)
    before = in_kernel()
    east = world.server("east")
    world.servers.remove(east)
    east.stop()
    agent = world.agent("--start-timeout", "1", "--status", "127.0.0.1:0", clusters=world.live("east"))
    agent.until_log("the kernel keeps what it has until cluster east was complete once")
    assert in_kernel() == before
    assert agent.get("/healthz")[0] == 503 and agent.status()["apply"]["state"] == \
        "waiting-for-clusters"
    agent.stop()
    agent = world.agent("--start-timeout", "1", "--once", clusters=world.live("east"))
    agent.ends(3)
    assert in_kernel() == before


def usable():
    """Why this can't be tested here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("ip", "nft", "nsenter", "unshare"):
        if not shutil.which(tool):
            return f"needs {tool}"
    done = subprocess.run(("unshare", "-n", "nft", "list", "ruleset"), capture_output=True,
                          check=False)
    return "needs network namespaces with nftables" if done.returncode else None


def main():
    missing = usable()
    if missing:
        print(f"1..0 # SKIP {missing}")
        return 0
    if os.environ.get("FEDPOL_AGENT_TEST") != "inside":
        os.execvpe("unshare", ["unshare", "-n", sys.executable, *sys.argv],
                   {**os.environ, "FEDPOL_AGENT_TEST": "inside"})
    subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
    chosen = [t for t in TESTS if not sys.argv[3:] or t.__name__ in sys.argv[3:]]
    print(f"1..{len(chosen)}", flush=True)
    failed = 0
    for number, function in enumerate(chosen, 1):
        world = World()
        problem = None
        try:
            function(world)
        except Exception:  # pylint: disable=broad-except
            problem = traceback.format_exc()
        finally:
            world.close()
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {number} {function.__name__.replace('_', ' ')}",
              flush=True)
        if problem:
            print("# " + problem.strip().replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
