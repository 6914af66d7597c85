#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tool against API servers of the test: what it asks, what it makes of the answers, and what it
survives. TAP. Usage: test_live.py FEDPOL [NAME...]"""
import json
import os
import shutil
import socket
import subprocess
import sys
import time

from apiserver import ApiServer
from mesh import PATIENCE, TOOL, Watch, kinds, lists, run_tests
from objects import ACCOUNT, namespace, pod, remote_configuration, secret
from raw import HEAD, RawServer, chunk, flood, memory_of
from tls import FrontedMesh, certificates


def two_clusters_are_in_sync_and_verdicts_cross_them(mesh):
    rows, errors = mesh.status()
    assert [rows[name]["state"] for name in ("east", "west")] == ["in-sync"] * 2, errors
    assert rows["west"]["endpoints"] == 2 and rows["west"]["connection"]["uid"] == mesh.west.uid
    flow = ["--from", "west:shop/db-1", "--to", "shop/web", "--proto", "tcp", "--port", "5432"]
    answer = json.loads(mesh.run("-o", "json", "verdict", *flow).stdout)
    assert answer["verdict"] == "allow" and answer["ingress"]["peer_cluster"] == "west", answer


def of_a_remote_only_what_takes_part_is_asked_for(mesh):
    mesh.status()
    asked = {path.split("?")[0] for path, _ in mesh.west.requests}
    assert asked == {"/api/v1/pods", "/api/v1/namespaces", "/api/v1/serviceaccounts",
                     "/apis/crd.projectcalico.org/v1/hostendpoints",
                     "/api/v1/namespaces/kube-system"}, asked
    agents = {headers["user-agent"] for _, headers in mesh.west.requests}
    assert all(agent.startswith("libfedpol/") for agent in agents), agents


def a_server_without_streaming_lists_is_paged(mesh):
    mesh.west.streaming = False
    mesh.west.put(*[pod(f"many-{i}", f"10.2.{i // 250}.{i % 250 + 1}") for i in range(1200)])
    rows, errors = mesh.status()
    assert rows["west"]["endpoints"] == 1202 and rows["west"]["state"] == "in-sync", errors
    assert len([p for p in lists(mesh.west, "pods") if "limit=500" in p]) == 3


def a_forbidden_kind_is_named_and_the_others_go_on(mesh):
    mesh.west.forbidden = {("*", "pods")}
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "connecting", rows
    others = lambda: {kind["phase"] for path, kind in kinds(rows["west"]).items()
                      if path != "/api/v1/pods"}
    for _ in range(20):  # the start may be over before the other lists have come
        if others() == {"watching"}:
            break
        rows, errors = mesh.status()
    assert others() == {"watching"} and rows["west"]["objects"] >= 3, rows
    assert kinds(rows["west"])["/api/v1/pods"]["phase"] == "forbidden"
    assert 'cannot watch resource "pods"' in errors, errors
    assert rows["east"]["state"] == "in-sync"


def an_absent_group_is_in_sync_and_empty(mesh):
    for server in (mesh.east, mesh.west):
        server.absent = {"crd.projectcalico.org/v1", "projectcalico.org/v3"}
    rows, errors = mesh.status()
    assert [rows[name]["state"] for name in ("east", "west")] == ["in-sync"] * 2, errors


def of_two_calico_groups_one_counts(mesh):
    mesh.east.absent = {"crd.projectcalico.org/v1"}
    mesh.west.forbidden = set()
    rows, errors = mesh.status()
    assert "/apis/projectcalico.org/v3/tiers" in kinds(rows["east"]), errors
    assert "/apis/crd.projectcalico.org/v1/hostendpoints" in kinds(rows["west"])
    assert all("/crd.projectcalico.org/v1/tiers" not in path for path, _ in mesh.east.requests)


def a_wrong_token_is_told_and_retried(mesh):
    mesh.west.token = "another"
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "connecting", rows["west"]
    assert rows["east"]["state"] == "in-sync", rows["east"]
    assert "west-token" not in errors and "Unauthorized" in errors, errors


def a_token_file_is_read_again_without_losing_the_watch(mesh):
    path = os.path.join(mesh.folder.name, "token")
    with open(path, "w", encoding="utf-8") as file:
        file.write("west-token\n")
    config = mesh.write("west", mesh.west, tokenFile="token")
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    mesh.west.token = "renewed"
    with open(path, "w", encoding="utf-8") as file:
        file.write("renewed\n")
    mesh.west.drop()
    mesh.west.put(pod("db-3", "10.1.0.3", app="db"))
    watch.until_members("10.1.0.1", "10.1.0.2", "10.1.0.3")
    assert len(lists(mesh.west, "pods")) == 1, config
    watch.stop()


def an_exec_plugin_gives_the_token(mesh):
    plugin = os.path.join(mesh.folder.name, "plugin")
    with open(plugin, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\n[ "$EXTRA" = yes ] || exit 3\nprintf \'{"kind":"ExecCredential",'
                   '"apiVersion":"client.authentication.k8s.io/v1","status":{"token":'
                   '"west-token"}}\'\n')
    os.chmod(plugin, 0o755)
    exec_user = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin",
                 "interactiveMode": "Never", "env": [{"name": "EXTRA", "value": "yes"}]}
    mesh.write("west", mesh.west, exec=exec_user)
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "in-sync", errors
    exec_user["env"] = []
    mesh.write("west", mesh.west, exec=exec_user)
    rows, errors = mesh.status()
    assert "exited with status 3" in errors and rows["west"]["state"] == "connecting", errors


def a_local_cluster_that_is_not_there_ends_with_3(mesh):
    mesh.east.stop()
    done = mesh.run("--timeout", "2", "status", code=3)
    assert "cluster east is not in sync" in done.stderr, done.stderr
    mesh.east = ApiServer()


def a_remote_that_is_not_there_is_a_warning(mesh):
    mesh.west.stop()
    rows, errors = mesh.status()
    assert rows["east"]["state"] == "in-sync" and rows["west"]["state"] == "connecting"
    assert "cluster west is not in sync" in errors, errors
    mesh.west = ApiServer()


def a_required_remote_is_waited_for_though_it_fails(mesh):
    port = mesh.west.port
    mesh.west.stop()
    late = subprocess.Popen([TOOL, *mesh.arguments, "--require", "west", "--timeout", "60", "-o", "json",
                             "status"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    mesh.watches.append(late)
    with socket.socket() as refuse:  # until it has failed once
        refuse.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        refuse.bind(("127.0.0.1", port))
        refuse.listen()
        refuse.settimeout(PATIENCE)
        refuse.accept()[0].close()
    mesh.west = ApiServer(port=port, token="west-token")
    mesh.west.put(namespace("kube-system"))
    out, errors = late.communicate(timeout=2 * PATIENCE)
    assert [row["state"] for row in json.loads(out)] == ["in-sync"] * 2, (out, errors)


def a_missing_kubeconfig_ends_with_3(mesh):
    done = mesh.run("status", arguments=["--cluster", "east=kubeconfig:/nowhere"], code=3)
    assert "/nowhere" in done.stderr, done.stderr


def changes_come_as_they_happen(mesh):
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    mesh.west.put(pod("db-3", "10.1.0.3", app="db"))
    watch.until_members("10.1.0.1", "10.1.0.2", "10.1.0.3")
    mesh.west.delete(pod("db-1", ""))
    watch.until_members("10.1.0.2", "10.1.0.3")
    gone = pod("db-2", "10.1.0.2", app="db")
    gone["status"]["phase"] = "Succeeded"
    mesh.west.put(gone)
    watch.until_members("10.1.0.3")
    watch.stop()


def cut_connections_resume_without_a_list(mesh):
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    for i in range(3, 6):
        mesh.west.drop()
        mesh.west.put(pod(f"db-{i}", f"10.1.0.{i}", app="db"))
        watch.until(lambda i=i: f"10.1.0.{i}" in watch.members, f"db-{i}")
    watch.until_state("west", "in-sync")
    assert len(lists(mesh.west, "pods")) == 1
    watch.stop()


def after_compaction_what_went_is_gone(mesh):
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    mesh.west.forget(pod("db-1", ""))
    watch.until_members("10.1.0.2")
    watch.stop()


def a_remote_that_dies_keeps_its_members(mesh):
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    watch.until_state("west", "in-sync")
    port = mesh.west.port
    mesh.west.stop()
    watch.until_state("west", "resync-in-progress")
    assert watch.members == {"10.1.0.1", "10.1.0.2"}
    mesh.west = ApiServer(port=port, token="west-token")
    mesh.west.store.rv = 1000
    mesh.west.store.oldest = 1000
    system = namespace("kube-system")
    system["metadata"]["uid"] = "uid-west"
    mesh.west.put(system, namespace("shop"), ACCOUNT, pod("db-2", "10.1.0.2", app="db"))
    watch.until_members("10.1.0.2")
    watch.until_state("west", "in-sync")
    watch.stop()


def refusals_are_waited_for_and_got_over(mesh):
    mesh.west.fault("/pods", code=429, headers={"Retry-After": "1"}, body=b"Too many requests")
    mesh.west.fault("/namespaces", code=503, body=b"<html>no</html>")
    mesh.west.fault("/serviceaccounts", code=500)
    watch = Watch(mesh)
    watch.until_state("west", "in-sync")
    watch.until_members("10.1.0.1", "10.1.0.2")
    watch.stop()


def faults_of_all_sorts_are_got_over(mesh):
    mesh.west.streaming = False
    for how, cut in (("close", 200), ("reset", 400), ("garbage", 10)):
        mesh.west.fault("/pods", cut=cut, how=how)
    watch = Watch(mesh)
    watch.until_state("west", "in-sync")
    watch.until_members("10.1.0.1", "10.1.0.2")
    assert not any(fault["count"] for fault in mesh.west.faults)
    watch.stop()


def a_redirect_is_not_followed_and_gets_no_credential(mesh):
    other = ApiServer()
    mesh.west.fault(".", code=302, count=10000, body=b"",
                    headers={"Location": other.url() + "/api/v1/pods"})
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "connecting" and "HTTP 302" in errors, errors
    assert not other.requests
    other.stop()


def hostile_answers_cost_that_cluster_alone(mesh):
    deep = b'{"kind":"PodList","items":[' + b"[" * 200000
    for body in (deep, b"\x00" * 100000, b'{"kind":"PodList","apiVersion":"v1"}', b"[]", b"null"):
        mesh.west.faults.clear()
        mesh.west.fault(".", code=200, count=10000, body=body)
        rows, errors = mesh.status()
        assert rows["east"]["state"] == "in-sync", errors
        assert rows["west"]["state"] == "connecting", (body[:40], errors)
    mesh.west.faults.clear()
    mesh.west.fault(".", code=200, count=10000, body=b"{}",
                    headers={f"X-{i}": "y" * 1000 for i in range(90)})
    rows, errors = mesh.status()
    assert "headers are too large" in errors, errors


def one_bad_object_costs_that_object_alone(mesh):
    bad = pod("db-bad", "not-an-address", app="db")
    mesh.west.put(bad)
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "in-sync" and rows["west"]["endpoints"] == 2, errors


def a_policy_that_can_not_be_read_stays_in_force(mesh):
    deep = "[" * 90 + "]" * 90
    for item in ('{"metadata":{},"spec":%s}' % deep,
                 '{"metadata":{"namespace":"shop","name":"db-only"},"spec":%s}' % deep):
        watch = Watch(mesh)
        watch.until_members("10.1.0.1", "10.1.0.2")
        mesh.east.put(namespace("later"))
        body = ('{"kind":"NetworkPolicyList","apiVersion":"networking.k8s.io/v1","metadata":'
                '{"resourceVersion":"%d"},"items":[%s]}' % (mesh.east.store.rv, item))
        mesh.east.fault(r"^/apis/networking.k8s.io/v1/networkpolicies\?resourceVersion=",
                        code=200, body=body.encode())
        mesh.east.forget()
        end = time.monotonic() + PATIENCE
        while any(fault["count"] for fault in mesh.east.faults) and time.monotonic() < end:
            time.sleep(0.05)
        mesh.west.put(pod("db-3", "10.1.0.3", app="db"))
        watch.until_members("10.1.0.1", "10.1.0.2", "10.1.0.3")
        watch.stop()
        mesh.west.delete(pod("db-3", ""))
        mesh.east.call(lambda: setattr(mesh.east.store, "oldest", 0))
        assert not any(fault["count"] for fault in mesh.east.faults)
        mesh.east.faults.clear()


def configurations_make_change_and_remove_clusters(mesh):
    north = ApiServer(token="north-token")
    north.put(namespace("kube-system"), namespace("shop"), ACCOUNT,
              pod("db-n", "10.3.0.1", app="db"))
    reference = {"kind": "Secret", "namespace": "fed", "name": "west-access"}
    mesh.east.put(remote_configuration("west", clusterAccessSecret=reference),
                  remote_configuration("north", datastoreType="kubernetes",
                                       k8sAPIEndpoint=north.url(), k8sAPIToken="north-token"),
                  remote_configuration("etcd", etcdEndpoints="https://10.0.0.9:2379"),
                  remote_configuration("wrong", datastoreType="kubernetes"))
    watch = Watch(mesh, "--follow-remotes", arguments=mesh.arguments[:2])
    watch.until_state("west", "config-incomplete")
    watch.until_members("10.3.0.1")
    mesh.east.put(secret("west-access", "fed", mesh.west.kubeconfig()))
    watch.until_members("10.1.0.1", "10.1.0.2", "10.3.0.1")
    mesh.east.put(remote_configuration("north", datastoreType="kubernetes"))  # a slip
    north.put(pod("db-m", "10.3.0.2", app="db"))
    watch.until_members("10.1.0.1", "10.1.0.2", "10.3.0.1", "10.3.0.2")
    north.delete(pod("db-m", ""))
    watch.until_members("10.1.0.1", "10.1.0.2", "10.3.0.1")
    mesh.east.delete(remote_configuration("north"))
    watch.until_members("10.1.0.1", "10.1.0.2")
    mesh.east.put(secret("west-access", "fed", north.kubeconfig()))  # another server, live
    watch.until_members("10.3.0.1")
    mesh.east.delete(remote_configuration("west"))
    watch.until_members()
    watch.stop()
    asked = {path.split("?")[0] for path, _ in mesh.east.requests if "secrets" in path}
    assert asked == {"/api/v1/namespaces/fed/secrets"}, asked
    north.stop()


def a_secret_that_is_being_read_is_not_told_as_missing(mesh):
    reference = {"kind": "Secret", "namespace": "fed", "name": "west-access"}
    mesh.east.put(remote_configuration("west", clusterAccessSecret=reference),
                  secret("west-access", "fed", mesh.west.kubeconfig()))
    mesh.east.fault("/secrets", drip=300)
    watch = Watch(mesh, "--follow-remotes", arguments=mesh.arguments[:2])
    watch.until_state("west", "config-incomplete")
    watch.until_state("west", "in-sync")
    mesh.east.delete(secret("west-access", "fed", {}))
    watch.until_state("west", "config-incomplete")
    watch.stop()
    told = [line for line in watch.said if "Secret" in line]
    assert len(told) == 2 and "is being read" in told[0] and "is not there" in told[1], told


def followed_remotes_are_waited_for_and_no_longer(mesh):
    """In one run: the configuration, the Secret that it names, the cluster behind it."""
    reference = {"kind": "Secret", "namespace": "fed", "name": "west-access"}
    mesh.east.put(remote_configuration("west", clusterAccessSecret=reference),
                  secret("west-access", "fed", mesh.west.kubeconfig()))
    options = [*mesh.arguments[:2], "--follow-remotes", "--timeout", "3600"]  # more than patience
    rows, errors = mesh.status(arguments=options)
    assert {name: row["state"] for name, row in rows.items()} == \
        {"east": "in-sync", "west": "in-sync"}, errors
    mesh.east.absent = {"crd.projectcalico.org/v1", "projectcalico.org/v3"}
    rows, errors = mesh.status(arguments=options)
    assert list(rows) == ["east"], errors


def an_idle_watch_that_ends_is_no_trouble(mesh):
    mesh.west.watch_scale = 0.005  # some seconds
    watch = Watch(mesh)
    watch.until_state("west", "in-sync")
    seen = len(mesh.west.requests)
    time.sleep(5)
    mesh.west.watch_scale = 1.0
    time.sleep(5)  # now each of them is older than what counts as short
    mesh.west.drop()
    mesh.west.put(pod("db-3", "10.1.0.3", app="db"))
    watch.until(lambda: "10.1.0.3" in watch.members, "db-3")
    assert len(mesh.west.requests) > seen, "no watch ended"
    assert watch.history["west"] == ["connecting", "in-sync"] or \
        watch.history["west"] == ["in-sync"], watch.history
    watch.stop()


def services_of_live_clusters_are_federated(mesh):
    def service(name, **meta):
        return {"apiVersion": "v1", "kind": "Service", "metadata": {
            "namespace": "shop", "name": name, **meta}, "spec": {"ports": [{"port": 80}]}}
    mesh.east.put(service("fed", annotations={"federation.tigera.io/serviceSelector": "has(a)"}))
    mesh.west.put(service("s", labels={"a": "b"}),
                  {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                   "metadata": {"namespace": "shop", "name": "s-1",
                                "labels": {"kubernetes.io/service-name": "s"}},
                   "addressType": "IPv4", "ports": [{"port": 9000}],
                   "endpoints": [{"addresses": ["10.1.0.9"]}]})
    found = json.loads(mesh.run("-o", "json", "services").stdout)
    assert [(row["cluster"], row["address"], row["port"]) for row in found[0]["backends"]] == \
        [("west", "10.1.0.9", 9000)], found
    mesh.west.forbidden = {("*", "services"), ("*", "endpoints")}
    done = mesh.run("-o", "json", "services")
    assert json.loads(done.stdout)[0]["backends"] == [], done
    mesh.status()
    asked = {path.split("?")[0] for path, _ in mesh.west.requests[-6:]}
    assert "/api/v1/services" not in asked, asked


def another_cluster_under_the_same_name_is_listed_anew(mesh):
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    system = namespace("kube-system")
    system["metadata"]["uid"] = "uid-restored"
    mesh.west.call(lambda: (mesh.west.store.objects[("v1", "pods")].pop(("shop", "db-1")),
                            mesh.west.store.put(system)))
    watch.until_members("10.1.0.2")
    watch.stop()


def one_cluster_under_two_names_is_told(mesh):
    arguments = mesh.arguments + ["--cluster", "again=" + mesh.arguments[3].split("=", 1)[1],
                                  "--cluster", "self=" + mesh.arguments[1].split("=", 1)[1]]
    found = json.loads(mesh.run("-o", "json", "diagnostics", arguments=arguments).stdout)
    told = {row["cluster"]: row["message"] for row in found if row["code"] == "same-cluster"}
    assert set(told) == {"east", "self", "west", "again"}, found
    assert "the same cluster as east" in told["self"] and "west" in told["again"], told


def two_hundred_clusters_at_once(mesh):
    arguments = list(mesh.arguments[:2])
    for i in range(200):
        arguments += ["--cluster", f"r{i}=kubeconfig:{os.path.join(mesh.folder.name, 'west')}"]
    rows, errors = mesh.status(arguments=arguments + ["--timeout", "60"])
    states = [row["state"] for row in rows.values()]
    assert states == ["in-sync"] * 201, (states.count("in-sync"), errors[:500])


def the_descriptor_fits_into_other_loops(mesh):
    path = os.path.join(mesh.folder.name, "east")
    build = os.path.dirname(os.path.dirname(TOOL))
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples",
                          "loop-asyncio.py")
    where = {**os.environ, "LD_LIBRARY_PATH": os.path.join(build, "libfedpol")}
    programs = [os.path.join(build, f"examples/loop-{name}") for name in ("epoll", "libuv", "glib")]
    for program in programs:
        if not os.path.exists(program):
            print(f"# {os.path.basename(program)} was not built: its loop is not installed")
    commands = [[program, path] for program in programs if os.path.exists(program)]
    for command in [*commands, [sys.executable, script, path]]:
        done = subprocess.run(command, env=where, text=True, capture_output=True, timeout=PATIENCE,
                              check=False)
        assert done.returncode == 0 and done.stdout.endswith("in-sync\n"), (command, done)


def certificates_are_checked(mesh):
    folder = mesh.folder.name
    certificates(folder)
    at = lambda name: os.path.join(folder, name)

    def serve(name, client_ca=None):
        server = ApiServer(token="t", tls={"cert": at(name + ".pem"), "key": at(name + ".key"),
                                           "ca": at("ca.pem"), "client_ca": client_ca})
        system = namespace("kube-system")
        server.put(system, pod("db-t", "10.4.0.1", app="db"), namespace("shop"), ACCOUNT)
        return server

    for name, in_sync, word in (("good", True, ""), ("other", False, "alternative certificate"),
                                ("self", False, "certificate")):
        server = serve(name)
        mesh.write("west", server)
        rows, errors = mesh.status()
        assert (rows["west"]["state"] == "in-sync") == in_sync, (name, errors)
        assert word in errors and "Bearer" not in errors, errors
        assert in_sync or not server.requests
        server.stop()
    server = serve("other")
    config = server.kubeconfig()
    config["clusters"][0]["cluster"]["tls-server-name"] = "other.example"
    with open(at("west"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "in-sync", errors
    assert server.requests[0][1]["host"] == f"127.0.0.1:{server.port}"
    server.stop()
    server = serve("good", at("ca.pem"))
    server.token = None
    mesh.write("west", server, **{"client-certificate": "client.pem", "client-key": "client.key"})
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "in-sync", errors
    server.stop()


TESTS = [two_clusters_are_in_sync_and_verdicts_cross_them,
         of_a_remote_only_what_takes_part_is_asked_for, a_server_without_streaming_lists_is_paged,
         a_forbidden_kind_is_named_and_the_others_go_on, an_absent_group_is_in_sync_and_empty,
         of_two_calico_groups_one_counts, a_wrong_token_is_told_and_retried,
         a_token_file_is_read_again_without_losing_the_watch, an_exec_plugin_gives_the_token,
         a_local_cluster_that_is_not_there_ends_with_3, a_remote_that_is_not_there_is_a_warning,
         a_required_remote_is_waited_for_though_it_fails, a_missing_kubeconfig_ends_with_3,
         changes_come_as_they_happen,
         cut_connections_resume_without_a_list, after_compaction_what_went_is_gone,
         a_remote_that_dies_keeps_its_members, refusals_are_waited_for_and_got_over,
         faults_of_all_sorts_are_got_over, a_redirect_is_not_followed_and_gets_no_credential,
         hostile_answers_cost_that_cluster_alone, one_bad_object_costs_that_object_alone,
         a_policy_that_can_not_be_read_stays_in_force,
         configurations_make_change_and_remove_clusters,
         a_secret_that_is_being_read_is_not_told_as_missing,
         followed_remotes_are_waited_for_and_no_longer, an_idle_watch_that_ends_is_no_trouble,
         services_of_live_clusters_are_federated,
         another_cluster_under_the_same_name_is_listed_anew,
         one_cluster_under_two_names_is_told, two_hundred_clusters_at_once,
         the_descriptor_fits_into_other_loops, certificates_are_checked]


# --- the same over TLS and HTTP/2: nghttpx stands before each server ---

def a_flood_on_one_stream_grows_nothing_and_starves_no_other(mesh):
    """Host endpoints change as fast as can be read, pods ten times a second, on one connection."""
    def change(kind, obj):
        return chunk((json.dumps({"type": kind, "object": obj}) + "\n").encode())

    def answer(path):
        if "watch=1" not in path or "sendInitialEvents" in path:
            yield from flood(path)
            return
        yield HEAD
        for i in range(40 if "/pods" in path else 0):
            time.sleep(0.1)
            yield change("ADDED", pod(f"db-{i}", f"10.9.0.{i}", app="db"))
        while True:
            if "/hostendpoints" not in path:
                time.sleep(0.1)
            yield change("MODIFIED", HOST) * 100 if "/hostendpoints" in path else b""

    server = RawServer(answer)
    mesh.write("west", server)
    watch = Watch(mesh)
    watch.until(lambda: "10.9.0.0" in watch.members, "the first pod")
    before = memory_of(watch.process)
    for i in range(40):
        watch.until(lambda i=i: f"10.9.0.{i}" in watch.members, f"pod {i}")
    assert memory_of(watch.process) < before + 20000, (before, memory_of(watch.process))
    watch.stop()
    server.stop()


HOST = {"kind": "HostEndpoint", "apiVersion": "crd.projectcalico.org/v1",
        "metadata": {"name": "h", "resourceVersion": "9"},
        "spec": {"node": "n", "expectedIPs": ["10.8.0.1"]}}
FRONTED = [two_clusters_are_in_sync_and_verdicts_cross_them,
           a_server_without_streaming_lists_is_paged,
           a_token_file_is_read_again_without_losing_the_watch, changes_come_as_they_happen,
           cut_connections_resume_without_a_list, after_compaction_what_went_is_gone,
           refusals_are_waited_for_and_got_over, faults_of_all_sorts_are_got_over,
           one_bad_object_costs_that_object_alone, an_idle_watch_that_ends_is_no_trouble,
           another_cluster_under_the_same_name_is_listed_anew,
           a_flood_on_one_stream_grows_nothing_and_starves_no_other]


def main():
    names = [argument for argument in sys.argv[2:] if argument != "--front"]
    if "--front" not in sys.argv[2:]:
        return run_tests(TESTS, names)
    if not shutil.which("nghttpx"):
        print("1..0 # SKIP nghttpx is not installed")
        return 0
    return run_tests(FRONTED, names, FrontedMesh)


if __name__ == "__main__":
    sys.exit(main())
