#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios of tests/scenarios/ through the tool; prints TAP.

A scenario is a folder: one sub-folder of manifests a cluster (east is local), flows.jsonl with what
is expected of each, and optionally sets.json (members by selector), diagnostics.json (entries that
must be there), services.json (back ends by service), endpoints.json (the wanted Endpoints) and options
(of the tool). With `--kernel` the flows are sent for real as well.

Usage: scenarios.py FEDPOL [--kernel]
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "scenarios"


def options_of(scenario):
    clusters = sorted(p.name for p in scenario.iterdir() if p.is_dir())
    options = []
    for name in ["east"] + [c for c in clusters if c != "east"]:
        options += ["--cluster", f"{name}=dir:{scenario / name}"]
    extra = scenario / "options"
    return options + (extra.read_text().split() if extra.exists() else [])


def run(fedpol, options, *command, text=""):
    done = subprocess.run([fedpol, *options, *command], input=text, capture_output=True, text=True,
                          check=False, env={**os.environ, "NODE_NAME": ""})
    if done.returncode not in (0, 1):
        raise RuntimeError(f"status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def differs(expected, got, path=""):
    """What of EXPECTED is not in GOT; dicts are compared by the keys that are expected."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return [line for key, value in expected.items()
                for line in differs(value, got.get(key), f"{path}.{key}")]
    return [] if expected == got else [f"{path[1:]}: expected {expected!r}, got {got!r}"]


def flows_of(scenario):
    path = scenario / "flows.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def check_flows(fedpol, options, flows):
    questions = "".join(json.dumps({k: v for k, v in flow.items() if k not in ("expect", "send")})
                        + "\n" for flow in flows)
    answers = [json.loads(line) for line in
               run(fedpol, options, "verdict", "--jsonl", text=questions).splitlines()]
    problems = [] if len(answers) == len(flows) else ["the number of answers is wrong"]
    for flow, answer in zip(flows, answers):
        for line in differs(flow["expect"], answer):
            problems.append(f"{flow['from']} -> {flow['to']} {flow['proto']} "
                            f"{flow.get('port', '')}: {line}")
    return problems


def check_sets(fedpol, options, path):
    members = {}
    for item in json.loads(run(fedpol, options, "-o", "json", "sets")):
        if item["type"] == "net":
            members[item["selector"]] = item["members"]
    return [f"set {selector}: expected {expected}, got {members.get(selector)}"
            for selector, expected in json.loads(path.read_text()).items()
            if members.get(selector) != expected]


def check_diagnostics(fedpol, options, path):
    found = json.loads(run(fedpol, options, "-o", "json", "diagnostics"))
    return [f"no diagnostic like {wanted}" for wanted in json.loads(path.read_text())
            if not any(not differs(wanted, item) for item in found)]


def backend_line(backend):
    state = "ready" if backend["ready"] else "terminating" if backend["terminating"] else "waiting"
    target = f" {backend['target']}" if backend["target"] else ""
    return (f"{backend['cluster']}/{backend['service']} {backend['address']} "
            f"{backend['port_name']}:{backend['protocol']}:{backend['port']} {state}{target}")


def check_services(fedpol, options, path):
    found = {f"{item['namespace']}/{item['name']}": item
             for item in json.loads(run(fedpol, options, "-o", "json", "services"))}
    expected = json.loads(path.read_text())
    problems = [f"services: expected {sorted(expected)}, got {sorted(found)}"] \
        if set(expected) != set(found) else []
    for name in sorted(set(expected) & set(found)):
        lines = [backend_line(backend) for backend in found[name]["backends"]]
        problems += [f"{name}: not expected: {line}" for line in lines if line not in expected[name]]
        problems += [f"{name}: missing: {line}" for line in expected[name] if line not in lines]
    return problems


def check_endpoints(fedpol, options, path):
    found = json.loads(run(fedpol, options, "-o", "json", "services", "--wanted", "endpoints"))
    expected = json.loads(path.read_text())
    return [] if found == expected else [f"endpoints: expected {expected}, got {found}"]


def check_kernel(fedpol, options, flows):
    sent = [{k: v for k, v in flow.items() if k not in ("expect", "send")} for flow in flows
            if flow.get("send", True) and flow["proto"] in ("tcp", "udp") and "port" in flow]
    done = subprocess.run([sys.executable, str(ROOT / "examples" / "prove.py"), fedpol, "/dev/stdin",
                           "--", *options], input="".join(json.dumps(f) + "\n" for f in sent),
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "NODE_NAME": ""})
    if done.returncode == 77:
        return None
    wrong = [line for line in done.stdout.splitlines() if "WRONG" in line]
    if done.returncode and not wrong:
        wrong = [done.stderr.strip()]
    return wrong


def main():
    fedpol, kernel = sys.argv[1], "--kernel" in sys.argv
    scenarios = sorted(p for p in FOLDER.iterdir() if p.is_dir() and (flows_of(p) or not kernel))
    print(f"1..{len(scenarios)}")
    failed = 0
    for number, scenario in enumerate(scenarios, 1):
        options = options_of(scenario)
        flows = flows_of(scenario)
        try:
            if kernel:
                problems = check_kernel(fedpol, options, flows)
            else:
                problems = check_flows(fedpol, options, flows)
                for name, check in (("sets", check_sets), ("diagnostics", check_diagnostics),
                                    ("services", check_services), ("endpoints", check_endpoints)):
                    if (scenario / f"{name}.json").exists():
                        problems += check(fedpol, options, scenario / f"{name}.json")
        except (RuntimeError, ValueError) as error:
            problems = [str(error)]
        if problems is None:
            print(f"ok {number} {scenario.name} # SKIP needs root, nft and network namespaces")
            continue
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} {scenario.name}")
        for problem in problems:
            print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
