#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves a rendering with real packets.

Local pods become network namespaces joined to a node namespace by veth, everybody else lives in one
more namespace behind an uplink. The rules of `fedpol render` are loaded in the node namespace, each
flow is sent for real, and what got through is compared with what `fedpol verdict` said.

Usage: prove.py FEDPOL FLOWS.jsonl -- GLOBAL-OPTIONS-OF-FEDPOL
Exit status: 0 all as expected, 1 something differs, 77 no root, nft or network namespaces here.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = os.path.join(HERE, "prove_peer.py")
PREFIX = f"fpp{os.getpid() % 100000}"
NODE, WORLD = f"{PREFIX}-node", f"{PREFIX}-world"


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def in_namespace(namespace, *command):
    return ("ip", "netns", "exec", namespace, *command)


def usable():
    """Why packets can't be sent here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("ip", "nft"):
        if not shutil.which(tool):
            return f"needs {tool}"
    try:
        run("ip", "netns", "add", NODE)
        run(*in_namespace(NODE, "nft", "list", "ruleset"))
    except subprocess.CalledProcessError as error:
        subprocess.run(("ip", "netns", "del", NODE), capture_output=True, check=False)
        return f"needs network namespaces with nftables ({error.stderr.strip()})"
    return None


def interface_of(endpoint):
    digest = hashlib.sha1(f"{endpoint['namespace']}.{endpoint['name']}".encode()).hexdigest()
    return f"cali{digest[:11]}"


def width(address):
    return "128" if ":" in address else "32"


class Net:
    """The node, its pods and the rest of the world."""

    def __init__(self, endpoints):
        self.spaces = {}  # address -> namespace
        self.names = [NODE]
        self.pods = endpoints

    def add_space(self, name):
        run("ip", "netns", "add", name)
        self.names.append(name)
        run("ip", "-n", name, "link", "set", "lo", "up")

    def join(self, space, host_interface):
        """A veth between the node and SPACE; the node is the gateway of everybody."""
        run("ip", "-n", NODE, "link", "add", host_interface, "type", "veth", "peer", "name", "eth0",
            "netns", space)
        run("ip", "-n", NODE, "link", "set", host_interface, "up")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        run("ip", "-n", NODE, "addr", "add", "fe80::ee:1/64", "dev", host_interface, "nodad")
        run("ip", "-n", NODE, "addr", "add", "169.254.1.1/32", "dev", host_interface)
        run("ip", "-n", space, "route", "add", "169.254.1.1", "dev", "eth0", "scope", "link")
        run("ip", "-n", space, "route", "add", "default", "via", "169.254.1.1", "dev", "eth0")
        run("ip", "-n", space, "-6", "route", "add", "default", "via", "fe80::ee:1", "dev", "eth0")

    def assign(self, space, host_interface, addresses):
        for address in addresses:
            run("ip", "-n", space, "addr", "add", f"{address}/{width(address)}", "dev", "eth0",
                *(["nodad"] if ":" in address else []))
            run("ip", "-n", NODE, "route", "add", f"{address}/{width(address)}", "dev",
                host_interface)
            self.spaces[address] = space

    def build(self, outside):
        run("ip", "-n", NODE, "link", "set", "lo", "up")
        for key in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"):
            run(*in_namespace(NODE, "sysctl", "-qw", key))
        for number, pod in enumerate(self.pods):
            space = f"{PREFIX}-p{number}"
            self.add_space(space)
            self.join(space, interface_of(pod))
            self.assign(space, interface_of(pod), pod["addresses"])
        self.add_space(WORLD)
        self.join(WORLD, "uplink")
        self.assign(WORLD, "uplink", outside)

    def remove(self):
        for name in self.names:
            subprocess.run(("ip", "netns", "del", name), capture_output=True, check=False)


def start_servers(net, answers):
    """One process a namespace that answers on every (protocol, address, port) that is asked."""
    wanted = {}
    for answer in answers:
        space = net.spaces[answer["to_ip"]]
        wanted.setdefault(space, set()).add((answer["proto"], answer["to_ip"], answer["port"]))
    servers = []
    for space, sockets in sorted(wanted.items()):
        server = subprocess.Popen(in_namespace(space, sys.executable, PEER, "serve"),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        server.stdin.write(json.dumps(sorted(sockets)) + "\n")
        server.stdin.flush()
        servers.append(server)
    for server in servers:
        if server.stdout.readline().strip() != "ready":
            raise RuntimeError("a server did not start")
    return servers


def send_all(net, answers):
    clients = []
    for answer in answers:
        command = in_namespace(net.spaces[answer["from_ip"]], sys.executable, PEER, "send",
                               answer["proto"], answer["from_ip"], answer["to_ip"],
                               str(answer["port"]))
        clients.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    return [client.communicate(timeout=60)[0].strip() for client in clients]


def decided(answer):
    """Who decided, in a few words."""
    for direction in ("egress", "ingress"):
        side = answer[direction]
        if side and side["verdict"] == answer["verdict"]:
            if side["reason"] == "end-of-tier":
                return f"{direction}: end of tier {side['tier']}"
            rule = "" if side["rule"] is None else f" rule {side['rule']}"
            return f"{direction}: {side['policy'] or side['reason']}{rule}"
    return ""


def table(flows, answers, observed):
    wrong = 0
    print(f"{'from':20} {'to':20} {'flow':10} {'expected':9} {'observed':9} {'':5} decided by")
    for flow, answer, seen in zip(flows, answers, observed):
        expected = "deny" if answer["verdict"] == "deny" else "allow"
        same = expected == seen
        wrong += not same
        print(f"{flow['from']:20} {flow['to']:20} {flow['proto'] + ' ' + str(flow['port']):10} "
              f"{expected:9} {seen:9} {'same' if same else 'WRONG':5} {decided(answer)}")
    print(f"{len(flows) - wrong} of {len(flows)} flows were observed as expected")
    return wrong


def main():
    if len(sys.argv) < 4 or sys.argv[3] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    fedpol, flows_file, options = sys.argv[1], sys.argv[2], sys.argv[4:]
    why = usable()
    if why:
        print(f"skipped: sending real packets {why}")
        return 77
    with open(flows_file, encoding="utf-8") as file:
        lines = file.read()
    flows = [json.loads(line) for line in lines.splitlines() if line]
    net = Net([])
    servers = []
    try:
        answers = [json.loads(line) for line in
                   run(fedpol, *options, "verdict", "--jsonl", text=lines).splitlines()]
        for flow, answer in zip(flows, answers):
            answer["proto"], answer["port"] = flow["proto"], flow["port"]
        lists = json.loads(run(fedpol, *options, "-o", "json", "policies"))
        enforced = {tuple(item["endpoint"].split("/", 1)) for item in lists}
        local = json.loads(run(fedpol, *options, "-o", "json", "status"))
        local_name = [item["name"] for item in local if item["role"] == "local"][0]
        net.pods = [endpoint for endpoint in
                    json.loads(run(fedpol, *options, "-o", "json", "endpoints"))
                    if endpoint["cluster"] == local_name and endpoint["kind"] == "workload" and
                    (endpoint["namespace"], endpoint["name"]) in enforced]
        inside = {address for pod in net.pods for address in pod["addresses"]}
        outside = sorted({a[key] for a in answers for key in ("from_ip", "to_ip")} - inside)
        net.build(outside)
        run(*in_namespace(NODE, "nft", "-f", "-"), text=run(fedpol, *options, "render"))
        servers = start_servers(net, answers)
        return 1 if table(flows, answers, send_all(net, answers)) else 0
    except subprocess.CalledProcessError as error:
        print(f"prove.py: {' '.join(error.cmd)}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    finally:
        for server in servers:
            server.kill()
            server.wait()
        net.remove()


if __name__ == "__main__":
    sys.exit(main())
