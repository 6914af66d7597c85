# SPDX-License-Identifier: Apache-2.0
"""A mesh of API servers of the tests, the tool that looks at it, and how tests of it are run. The
first argument of the program is the tool."""
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from apiserver import ApiServer
from objects import ACCOUNT, POLICY, namespace, pod

TOOL = os.path.abspath(sys.argv[1])
PATIENCE = 60  # seconds until something that must happen counts as not happening


class Mesh:
    """Two clusters: east, the local one, has a policy; west has the pods that it lets in."""

    def __init__(self, **options):
        self.folder = tempfile.TemporaryDirectory()
        self.watches = []
        self.east, self.west = ApiServer(token="east-token"), ApiServer(token="west-token")
        for server, uid in ((self.east, "uid-east"), (self.west, "uid-west")):
            system = namespace("kube-system")
            system["metadata"]["uid"] = uid
            server.put(system, namespace("shop"), ACCOUNT)
            server.uid = uid
        self.east.put(pod("web", "10.0.0.1", app="web"), POLICY)
        self.west.put(pod("db-1", "10.1.0.1", app="db"), pod("db-2", "10.1.0.2", app="db"))
        self.arguments = ["--cluster", f"east=kubeconfig:{self.write('east', self.east)}",
                          "--cluster", f"west=kubeconfig:{self.write('west', self.west)}"]
        self.__dict__.update(options)

    def write(self, name, server, **user):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(server.kubeconfig(**user), file)
        return path

    def run(self, *command, arguments=None, code=0):
        done = subprocess.run([TOOL, *(arguments or self.arguments), *command], text=True,
                              capture_output=True, timeout=2 * PATIENCE, check=False)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def status(self, **options):
        done = self.run("-o", "json", "status", **options)
        return {row["name"]: row for row in json.loads(done.stdout)}, done.stderr

    def close(self):
        """None, or what went wrong without anybody having noticed."""
        for watch in self.watches:  # those of a test that failed still run
            watch.kill()
            watch.wait()
        self.east.stop()
        self.west.stop()
        self.folder.cleanup()


class Watch:
    """fedpol watch, as lines; `members` are those of the one set, as told so far."""

    def __init__(self, mesh, *more, arguments=None):
        self.process = subprocess.Popen(
            [TOOL, *(arguments or mesh.arguments), "-o", "json", *more, "watch"], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        mesh.watches.append(self.process)
        self.lines, self.members, self.states = queue.Queue(), set(), {}
        self.history = {}
        threading.Thread(target=self._read, daemon=True).start()
        self.said = []  # lines of its stderr
        threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            try:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"{what}: members {self.members}, states {self.states}"
            if "state" in line:
                self.states[line["cluster"]] = line["state"]
                self.history.setdefault(line["cluster"], []).append(line["state"])
            for change in line.get("sets", []):
                self.members |= set(change["added"])
                self.members -= set(change["removed"])

    def until_members(self, *members):
        self.until(lambda: self.members == set(members), f"members {members} expected")

    def until_state(self, cluster, *states):
        self.until(lambda: self.states.get(cluster) in states, f"{cluster} {states} expected")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0


def lists(server, plural):
    return [path for path, _ in server.requests if f"/{plural}?" in path and
            ("watch=1" not in path or "sendInitialEvents" in path)]


def kinds(row):
    return {kind["path"]: kind for kind in row["connection"]["kinds"]}


def run_tests(tests, names, make=Mesh):
    """Runs those of the tests that are named, or all, each with a mesh of its own: MAKE may say for
    each name which. TAP."""
    chosen = [test for test in tests if not names or test.__name__ in names]
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    for number, test in enumerate(chosen, 1):
        mesh, trouble = (make[test.__name__] if isinstance(make, dict) else make)(), None
        try:
            test(mesh)
        except Exception:  # pylint: disable=broad-except
            trouble = traceback.format_exc()
        trouble = mesh.close() or trouble
        failed += trouble is not None
        print(f"{'not ok' if trouble else 'ok'} {number} {test.__name__}", flush=True)
        for line in (trouble or "").splitlines():
            print(f"# {line}", flush=True)
    return 1 if failed else 0
