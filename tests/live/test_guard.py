#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What remotes may bring in, and when what they said counts no more: the tool against API servers of
the test. TAP. Usage: test_guard.py FEDPOL [NAME...]"""
import sys
import urllib.parse

from apiserver import ApiServer
from mesh import Watch, run_tests
from objects import namespace, pod, remote_configuration, secret


def paths(server, plural):
    """Where the kind was listed or watched: (path, field selector)."""
    urls = [urllib.parse.urlsplit(path) for path, _ in server.requests]
    return {(url.path, dict(urllib.parse.parse_qsl(url.query)).get("fieldSelector", ""))
            for url in urls if url.path.endswith(f"/{plural}")}


def guarded(mesh, text):
    return [*mesh.arguments, "--guard", text]


RUNNING = "status.phase!=Succeeded,status.phase!=Failed"


def one_namespace_is_asked_for_by_its_path(mesh):
    mesh.west.put(namespace("other"), pod("o", "10.1.0.9", space="other", app="db"))
    rows, errors = mesh.status(arguments=guarded(mesh, "west:namespace=shop"))
    assert rows["west"]["state"] == "in-sync" and rows["west"]["endpoints"] == 2, (rows, errors)
    assert rows["west"]["guarded"] == 0
    assert paths(mesh.west, "pods") == {("/api/v1/namespaces/shop/pods", RUNNING)}
    assert paths(mesh.west, "serviceaccounts") == {
        ("/api/v1/namespaces/shop/serviceaccounts", "")}
    assert paths(mesh.west, "namespaces") == {("/api/v1/namespaces", "metadata.name=shop")}
    assert paths(mesh.west, "hostendpoints") == {
        ("/apis/crd.projectcalico.org/v1/hostendpoints", "")}
    assert ("/api/v1/pods", RUNNING) in paths(mesh.east, "pods")  # the local one has no guard


def excluded_namespaces_are_left_out_by_the_server(mesh):
    mesh.west.put(namespace("other"), pod("o", "10.1.0.9", space="other", app="db"))
    rows, errors = mesh.status(arguments=guarded(mesh, "*:not-namespace=other,not-namespace=x"))
    assert rows["west"]["endpoints"] == 2 and rows["west"]["guarded"] == 0, (rows, errors)
    assert paths(mesh.west, "pods") == {
        ("/api/v1/pods", RUNNING + ",metadata.namespace!=other,metadata.namespace!=x")}
    assert paths(mesh.west, "namespaces") == {
        ("/api/v1/namespaces", "metadata.name!=other,metadata.name!=x")}


def of_several_namespaces_the_others_are_left_out_here(mesh):
    mesh.west.put(namespace("other"), pod("o", "10.1.0.9", space="other", app="db"))
    rows, errors = mesh.status(arguments=guarded(mesh, "west:namespace=shop,namespace=kube-system"))
    assert rows["west"]["state"] == "in-sync" and rows["west"]["endpoints"] == 2, errors
    assert rows["west"]["guarded"] == 2, rows
    assert paths(mesh.west, "pods") == {("/api/v1/pods", RUNNING)}


def labels_are_left_to_the_server(mesh):
    rows, _ = mesh.status(arguments=guarded(mesh, "west:labels=app in (x,y)"))
    assert rows["west"]["endpoints"] == 0, rows
    assert any("labelSelector=app%20in%20%28x%2Cy%29" in path for path, _ in mesh.west.requests)


def addresses_outside_of_the_claim_are_no_members(mesh):
    mesh.west.put(pod("db-3", "10.0.0.1", app="db"))  # claims what is east's
    watch = Watch(mesh, arguments=guarded(mesh, "west:cidr=10.1.0.0/31"))
    watch.until_members("10.1.0.1")
    mesh.west.put(pod("db-2", "10.1.0.0", app="db"))
    watch.until_members("10.1.0.0", "10.1.0.1")
    watch.stop()
    done = mesh.run("diagnostics", arguments=guarded(mesh, "west:cidr=10.1.0.0/31"))
    assert "10.0.0.1 is outside of what the cluster may claim" in done.stdout, done
    assert "outside-claim" in done.stdout and "local-address-claimed" not in done.stdout, done


def an_overloaded_cluster_is_listed_anew_once_there_is_room(mesh):
    mesh.west.put(*[pod(f"many-{i:02}", f"10.1.1.{i}", app="db") for i in range(10)])
    watch = Watch(mesh, arguments=guarded(mesh, "west:endpoints=10"))
    watch.until(lambda: len(watch.members) == 10, "ten members")
    rows, _ = mesh.status(arguments=guarded(mesh, "west:endpoints=10"))
    assert rows["west"]["overloaded"] is True and rows["west"]["state"] == "in-sync", rows
    assert rows["east"]["overloaded"] is False
    mesh.west.delete(*[pod(f"many-{i:02}", "") for i in range(5)])
    left = {"10.1.0.1", "10.1.0.2", *[f"10.1.1.{i}" for i in range(5, 10)]}
    watch.until_members(*left)  # those that were left out came with the new list
    mesh.west.put(pod("more", "10.1.1.100", app="db"))
    watch.until_members("10.1.1.100", *left)
    watch.stop()


def a_guard_also_holds_for_clusters_of_configurations(mesh):
    reference = {"kind": "Secret", "namespace": "fed", "name": "west-access"}
    mesh.east.put(remote_configuration("far", clusterAccessSecret=reference),
                  secret("west-access", "fed", mesh.west.kubeconfig()))
    rows, errors = mesh.status(arguments=[*mesh.arguments[:2], "--follow-remotes", "--guard",
                                          "far:cidr=10.1.0.2/32"])
    assert rows["far"]["state"] == "in-sync" and rows["far"]["guarded"] == 1, (rows, errors)


def what_a_lost_cluster_said_leaves_after_its_time(mesh):
    watch = Watch(mesh, arguments=guarded(mesh, "west:allow-timeout=1"))
    watch.until_members("10.1.0.1", "10.1.0.2")
    watch.until_state("west", "in-sync")
    port = mesh.west.port
    mesh.west.stop()
    watch.until_state("west", "resync-in-progress")
    watch.until_members()
    mesh.west = ApiServer(port=port, token="west-token")
    mesh.west.store.rv = mesh.west.store.oldest = 1000
    system = namespace("kube-system")
    system["metadata"]["uid"] = "uid-west"
    mesh.west.put(system, namespace("shop"), pod("db-2", "10.1.0.2", app="db"))
    watch.until_members("10.1.0.2")
    watch.stop()


def a_guard_that_can_not_be_read_is_told(mesh):
    for text, word in (("west", "expected NAME:KEY=VALUE"), (":cidr=10.0.0.0/8", "expected NAME"),
                       ("west:", "expected KEY=VALUE"), ("west:cidr", "expected KEY=VALUE"),
                       ("west:cidr=10.0.0.1/8", "that value can't be"),
                       ("west:colour=red", "there is no such key"),
                       ("west:objects=0", "that value can't be"),
                       ("west:objects=1x", "that value can't be"),
                       ("west:namespace=A", "that value can't be"),
                       ("west:allow-timeout=-1", "that value can't be"),
                       ("west:cidr=10.0.0.0/8,,objects=1", "expected KEY=VALUE")):
        done = mesh.run("status", arguments=guarded(mesh, text), code=2)
        assert "--guard" in done.stderr and word in done.stderr, (text, done.stderr)


TESTS = [one_namespace_is_asked_for_by_its_path, excluded_namespaces_are_left_out_by_the_server,
         of_several_namespaces_the_others_are_left_out_here, labels_are_left_to_the_server,
         addresses_outside_of_the_claim_are_no_members,
         an_overloaded_cluster_is_listed_anew_once_there_is_room,
         a_guard_also_holds_for_clusters_of_configurations,
         what_a_lost_cluster_said_leaves_after_its_time, a_guard_that_can_not_be_read_is_told]

if __name__ == "__main__":
    sys.exit(run_tests(TESTS, sys.argv[2:]))
