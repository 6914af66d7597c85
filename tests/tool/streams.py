#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deltas against a real kernel: random streams of objects go through `fedpol replay`, the text of each
commit is loaded into one network namespace as it comes, the whole text of the final state into another
one, and both tables must be the same. Prints TAP.

Usage: streams.py FEDPOL [SEED [COUNT]]
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys

FEDPOL = sys.argv[1]
V3 = "projectcalico.org/v3"
CLUSTERS = ("east", "west", "north")
SELECTORS = ("a == 'x'", "a == 'y'", "has(b)", "!has(a)", "a != 'x'", "a == 'x' || b == 'y'", "all()",
             "b in {'x', 'y'}")
NETS = ("10.0.0.0/24", "10.0.0.0/29", "10.0.0.0/8", "10.0.0.4/30", "10.0.0.3", "10.0.0.2/31",
        "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "fd00::/64", "fd00::2", "192.0.2.0/24")
PORTS = (80, "1:100", "8080:8090", "http", 443, "65535", "dns")
MODES = ([], ["--dispatch", "address"], ["--deny", "reject", "--counters"], ["--node", "k1"],
         ["--scope", "local", "--cluster-label", "cluster"], ["--family", "4"])


class Stream:
    """Objects that come, change and go, and what stands at the end."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.standing = {}
        self.lines = []

    def maybe(self, chance):
        return self.random.random() < chance

    def pick(self, choices):
        return self.random.choice(choices)

    def some(self, choices, most):
        return self.random.sample(choices, self.random.randrange(0, most + 1))

    def labels(self):
        return {key: self.pick("xy") for key in "ab" if self.maybe(0.6)}

    def address(self):
        return f"10.0.{self.pick((0, 0, 1))}.{self.random.randrange(1, 8)}"

    def entity(self, ported):
        entity = {}
        if self.maybe(0.5):
            entity["selector"] = self.pick(SELECTORS)
        if self.maybe(0.2):
            entity["notSelector"] = self.pick(SELECTORS)
        if self.maybe(0.25):
            entity["namespaceSelector"] = self.pick(("all()", "env == 'p'", "global()", "has(env)"))
        for key, chance in (("nets", 0.2), ("notNets", 0.15)):
            if self.maybe(chance):
                entity[key] = self.some(NETS[:6] + NETS[9:], 3)
        for key, chance in (("ports", 0.4), ("notPorts", 0.2)):
            if ported and self.maybe(chance):
                entity[key] = self.some(PORTS, 3)
        return entity

    def rule(self):
        rule = {"action": self.pick(("Allow", "Allow", "Deny", "Pass", "Log"))}
        ported = self.maybe(0.5)
        if ported:
            rule["protocol"] = self.pick(("TCP", "UDP", 6, "SCTP"))
        elif self.maybe(0.3):
            rule["protocol"] = "ICMP"
            rule[self.pick(("icmp", "notICMP"))] = self.pick(({"type": 8}, {"type": 8, "code": 0}))
        elif self.maybe(0.2):
            rule["notProtocol"] = self.pick(("TCP", "UDP", 1))
        for side in ("source", "destination"):
            if self.maybe(0.5):
                rule[side] = self.entity(ported)
        return rule

    def policy(self):
        spec = {"selector": self.pick(SELECTORS), "tier": self.pick(("default", "t0", "t1")),
                "types": self.pick((["Ingress"], ["Egress"], ["Ingress", "Egress"])),
                "ingress": [self.rule() for _ in range(self.random.randrange(0, 3))],
                "egress": [self.rule() for _ in range(self.random.randrange(0, 3))]}
        if self.maybe(0.7):
            spec["order"] = self.pick((1, 2))
        return spec

    def pod(self):
        port = {"name": self.pick(("http", "dns")), "containerPort": self.pick((80, 8080, 53)),
                "protocol": self.pick(("TCP", "UDP"))}
        ips = [self.address()] + ([f"fd00::{self.random.randrange(1, 6)}"] if self.maybe(0.5) else [])
        return {"spec": {"nodeName": self.pick(("k1", "k2")), "serviceAccountName": "sa",
                         "containers": [{"name": "c", "ports": [port]}]},
                "status": {"phase": self.pick(("Running",) * 6 + ("Succeeded",)),
                           "podIPs": [{"ip": ip} for ip in ips]}}

    def body(self, kind):
        """What the object says besides its metadata."""
        if kind == "Pod":
            return self.pod()
        if kind in ("NetworkPolicy", "GlobalNetworkPolicy"):
            return {"spec": self.policy()}
        if kind in ("NetworkSet", "GlobalNetworkSet"):
            return {"spec": {"nets": self.some(NETS, 5)}}
        if kind == "HostEndpoint":
            return {"spec": {"node": "k9", "expectedIPs": [self.address()]}}
        if kind == "Tier":
            return {"spec": {"order": self.pick((1, 5)), "defaultAction": self.pick(("Pass", "Deny"))}}
        if kind == "Node":
            return {"spec": {"podCIDRs": self.some(("10.0.0.0/24", "fd00::/64", "10.0.1.0/24"), 2)}}
        return {}

    def put(self):
        kind = self.pick(("Pod",) * 8 + ("Namespace", "Namespace", "ServiceAccount", "NetworkSet",
                                         "GlobalNetworkSet", "GlobalNetworkSet", "HostEndpoint", "Tier",
                                         "Node", "NetworkPolicy", "NetworkPolicy",
                                         "GlobalNetworkPolicy", "GlobalNetworkPolicy"))
        metadata = {"name": {"Pod": "p", "Tier": "t", "Node": "k"}.get(kind, "o") +
                            str(self.random.randrange(3))}
        if kind in ("Namespace", "ServiceAccount"):
            metadata["name"] = self.pick(("n1", "n2")) if kind == "Namespace" else "sa"
        if kind in ("Pod", "ServiceAccount", "NetworkSet", "NetworkPolicy"):
            metadata["namespace"] = self.pick(("n1", "n2"))
        metadata["labels"] = {"env": self.pick("pq")} if kind == "Namespace" else self.labels()
        api = "v1" if kind in ("Pod", "Namespace", "ServiceAccount", "Node") else V3
        local = kind in ("Tier", "Node", "NetworkPolicy", "GlobalNetworkPolicy")
        line = {"cluster": "east" if local else self.pick(CLUSTERS), "type": "ADDED",
                "object": {"apiVersion": api, "kind": kind, "metadata": metadata, **self.body(kind)}}
        key = (line["cluster"], kind, metadata.get("namespace", ""), metadata["name"])
        self.standing[key] = line
        self.lines.append(line)

    def step(self):
        if self.maybe(0.03):
            cluster = self.pick(CLUSTERS[1:])
            self.lines += [{"cluster": cluster, "removed": True}, {"cluster": cluster, "synced": True}]
            self.standing = {k: v for k, v in self.standing.items() if k[0] != cluster}
        elif self.standing and self.maybe(0.25):
            key = self.pick(sorted(self.standing))
            self.lines.append({**self.standing.pop(key), "type": "DELETED"})
        else:
            self.put()
        if self.maybe(0.4):
            self.lines.append({"commit": True})


SYNCED = [{"cluster": name, "synced": True} for name in CLUSTERS]
END = [{"commit": True}, {"dump": True}]


def replay(lines, mode):
    done = subprocess.run([FEDPOL, "--local", "east", "replay", "-", *mode], capture_output=True,
                          input="".join(json.dumps(line) + "\n" for line in lines), text=True,
                          check=True, env={**os.environ, "NODE_NAME": ""})
    return [json.loads(line) for line in done.stdout.splitlines()]


def load(namespace, text):
    done = subprocess.run(("ip", "netns", "exec", namespace, "nft", "-f", "-"), input=text,
                          capture_output=True, text=True, check=False)
    return done.stderr[:300] if done.returncode else None


def listing(namespace):
    """Sets, maps and chains of the namespace, elements in order."""
    text = subprocess.run(("ip", "netns", "exec", namespace, "nft", "list", "ruleset"),
                          capture_output=True, text=True, check=True).stdout
    text = re.sub(r"counter packets \d+ bytes \d+", "counter", text)

    def in_order(match):
        items = match.group(1).replace("\n", " ").split(",")
        return "elements = {" + ", ".join(sorted(item.strip() for item in items)) + "}"
    text = re.sub(r"elements = \{([^}]*)\}", in_order, text)
    return sorted(re.findall(r"\n\t(?:set|map|chain) .*?\n\t\}", text, re.S))


def check(seed, mode, spaces):
    stream = Stream(seed)
    for _ in range(120):
        stream.step()
    answers = replay(SYNCED + stream.lines + END, mode)
    standing = list(stream.standing.values())
    random.Random(seed).shuffle(standing)
    fresh = replay(SYNCED + standing + END, mode)
    for space in spaces:
        subprocess.run(("ip", "netns", "exec", space, "nft", "flush", "ruleset"), check=True)
    for number, answer in enumerate(answers[:-1]):
        refused = answer["text"] and load(spaces[0], answer["text"])
        if refused:
            return f"nft refused commit {number}: {refused}"
    refused = load(spaces[1], fresh[0]["text"])
    if refused:
        return f"nft refused the whole text: {refused}"
    if fresh[-1] != answers[-1]:
        return "the dumps differ"
    by_deltas, whole = listing(spaces[0]), listing(spaces[1])
    odd = [block for block in by_deltas if block not in whole] + \
          [block for block in whole if block not in by_deltas]
    return f"the tables differ, first in {odd[0][:200]}" if odd else None


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    spaces = [f"fps{os.getpid() % 100000}-{side}" for side in "ab"]
    if os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("ip") or \
            subprocess.run(("ip", "netns", "add", spaces[0]), capture_output=True,
                           check=False).returncode:
        print("1..0 # SKIP needs root, nft and network namespaces")
        return 0
    failed = 0
    try:
        subprocess.run(("ip", "netns", "add", spaces[1]), check=True)
        print(f"1..{count}")
        for number in range(count):
            mode = MODES[number % len(MODES)]
            problem = check(seed + number, mode, spaces)
            failed += problem is not None
            print(f"{'not ok' if problem else 'ok'} {number + 1} stream {seed + number} "
                  f"{' '.join(mode)}")
            if problem:
                print("# " + problem.replace("\n", "\n# "))
    finally:
        for space in spaces:
            subprocess.run(("ip", "netns", "del", space), capture_output=True, check=False)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
