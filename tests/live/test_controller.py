#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fedpol-controller against API servers of the test. TAP. Usage: test_controller.py CONTROLLER TOOL
[NAME...]"""
import json
import os
import signal
import subprocess
import sys
import threading
import time

CONTROLLER, NAMES = os.path.abspath(sys.argv[1]), sys.argv[3:]
sys.argv[1:] = [sys.argv[2]]
import yaml  # noqa: E402 pylint: disable=wrong-import-position
from apiserver import PATH, ApiServer  # noqa: E402 pylint: disable=wrong-import-position
from mesh import PATIENCE, Mesh, kinds, run_tests  # noqa: E402 pylint: disable=wrong-import-position
from objects import (ACCOUNT, namespace, remote_configuration,  # noqa: E402 pylint: disable=wrong-import-position
                     secret)

SELECTOR = "federation.tigera.io/serviceSelector"
MARK = {SELECTOR: 'run == "app"'}
RBAC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/rbac")
LEASE = "coordination.k8s.io/v1/leases/kube-system/fedpol-controller"


def service(name, annotation=None, labels=None, **spec):
    meta = {"namespace": "shop", "name": name, "labels": labels or {}}
    if annotation is not None:
        meta["annotations"] = {SELECTOR: annotation}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta,
            "spec": {"ports": [{"name": "ui", "port": 80}], **spec}}


def endpoints(name, *addresses, annotations=None):
    subset = {"addresses": [{"ip": address, "targetRef": {"kind": "Pod", "namespace": "shop",
                                                          "name": f"pod-{address}"}}
                            for address in addresses], "ports": [{"name": "ui", "port": 9000}]}
    meta = {"namespace": "shop", "name": name}
    if annotations:
        meta["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta,
            "subsets": [subset] if addresses else []}


class Federation(Mesh):
    """A mesh whose local cluster has a federated service, and both have back ends for it."""

    def __init__(self):
        super().__init__()
        self.east.put(service("fed", 'run == "app"'), service("app", labels={"run": "app"}),
                      endpoints("app", "10.0.0.5"))
        self.west.put(service("app", labels={"run": "app"}), endpoints("app", "10.1.0.5"))
        self.controllers = []

    def start(self, *more, arguments=None, lease=False):
        options = list(more) if lease else ["--no-lease", *more]
        process = subprocess.Popen(
            [CONTROLLER, *(arguments or self.arguments), "--rate", "20", *options], text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        process.said = []
        threading.Thread(target=lambda: process.said.extend(process.stderr), daemon=True).start()
        self.controllers.append(process)
        return process

    def present(self, kind="Endpoints", group="v1"):
        return {obj["metadata"]["name"]: obj for obj in self.east.rows(group, kind, "shop")}

    def addresses(self, name="fed"):
        obj = self.present().get(name) or {}
        return sorted(address["ip"] for subset in obj.get("subsets") or []
                      for address in subset.get("addresses") or [])

    def slices(self):
        return {name: obj for name, obj in
                self.present("EndpointSlice", "discovery.k8s.io/v1").items()
                if obj["metadata"]["labels"].get("endpointslice.kubernetes.io/managed-by") ==
                "fedpol-controller"}

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, (what, self.addresses(),
                                            [c.said for c in self.controllers])
            time.sleep(0.02)

    def until_addresses(self, *addresses):
        self.until(lambda: self.addresses() == sorted(addresses), f"expected {addresses}")

    def writes(self):
        return [write for write in self.east.writes if write[1] != LEASE]

    def events(self, reason):
        """They are told by "kubectl describe", which goes by the uid."""
        found = [obj for verb, path, obj in self.east.writes
                 if path.startswith("v1/events/") and obj["reason"] == reason]
        uids = {obj["metadata"]["name"]: obj["metadata"]["uid"]
                for obj in self.east.rows("v1", "Service", "shop")}
        for about in (obj["involvedObject"] for obj in found):
            assert about["uid"] == uids.get(about["name"], about["uid"]) != "", about
        return found

    def close(self):
        for process in self.controllers:
            process.kill()
            process.wait()
        super().close()


def both_clusters_back_the_service_as_the_specification_shows(fed):
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    obj = fed.present()["fed"]
    assert obj["metadata"]["annotations"] == MARK, obj
    (subset,) = obj["subsets"]
    assert subset["ports"] == [{"name": "ui", "port": 9000, "protocol": "TCP"}], subset
    targets = [address["targetRef"]["name"] for address in subset["addresses"]]
    assert targets == ["pod-10.0.0.5", "west/pod-10.1.0.5"], targets


def changes_are_written_and_nothing_else_is(fed):
    fed.start("--resync", "1")
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.west.put(endpoints("app", "10.1.0.5", "10.1.0.6"))
    fed.until_addresses("10.0.0.5", "10.1.0.5", "10.1.0.6")
    fed.west.delete(service("app"))
    fed.until_addresses("10.0.0.5")
    assert len(fed.writes()) == 3, fed.writes()
    time.sleep(3)  # three resyncs
    assert len(fed.writes()) == 3, fed.writes()


def edits_of_users_are_reverted(fed):
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.put(endpoints("fed", "6.6.6.6", annotations=MARK))
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.delete(endpoints("fed"))
    fed.until_addresses("10.0.0.5", "10.1.0.5")


def endpoints_of_others_are_left_alone_and_told_of(fed):
    fed.east.put(endpoints("fed", "6.6.6.6"))
    fed.start()
    fed.until(lambda: fed.events("EndpointsConflict"), "an Event")
    assert fed.addresses() == ["6.6.6.6"]
    assert all("endpoints" not in path for _, path, _ in fed.writes()), fed.writes()
    assert fed.events("EndpointsConflict")[0]["involvedObject"]["name"] == "fed"


def a_bad_selector_empties_and_a_good_one_fills_again(fed):
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.put(service("fed", "run =="))
    fed.until_addresses()
    fed.until(lambda: fed.events("InvalidSelector"), "an Event")
    assert "fed" in fed.present()
    fed.east.put(service("fed", 'run == "app"'))
    fed.until_addresses("10.0.0.5", "10.1.0.5")


def a_service_that_can_not_be_read_has_its_event_all_the_same(fed):
    fed.east.fault("/services/fed$", code=403, count=1000)
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.put(service("fed", "run =="))
    fed.until(lambda: [obj for verb, path, obj in fed.east.writes if path.startswith("v1/events/")],
              "an Event")
    (about,) = [obj["involvedObject"] for verb, path, obj in fed.east.writes
                if path.startswith("v1/events/")]
    assert about["name"] == "fed" and "uid" not in about, about


def what_is_not_federated_any_more_goes(fed):
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.put(service("fed"))
    fed.until(lambda: "fed" not in fed.present(), "the endpoints go")
    fed.east.put(service("fed", 'run == "app"'))
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.put(service("fed", 'run == "app"', selector={"a": "b"}))
    fed.until(lambda: not fed.present()["fed"]["metadata"].get("annotations"), "the mark goes")


def slices_are_written_in_hundreds_and_one_change_writes_one(fed):
    many = [f"10.1.{i // 250}.{i % 250 + 1}" for i in range(450)]
    fed.west.put(endpoints("app", *many))
    fed.start("--form", "endpointslices")
    total = lambda: sum(len(obj["endpoints"]) for obj in fed.slices().values())
    fed.until(lambda: total() == 451, "all slices")
    assert all(len(obj["endpoints"]) <= 100 for obj in fed.slices().values())
    assert "fed" not in fed.present()
    before = len(fed.writes())
    fed.west.put(endpoints("app", *many[:-1]))
    fed.until(lambda: total() == 450, "one goes")
    assert len(fed.writes()) == before + 1, fed.writes()[before:]


def both_forms_tell_kubernetes_not_to_mirror(fed):
    fed.start("--form", "both")
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.until(lambda: len(fed.slices()) == 1, "a slice")
    labels = fed.present()["fed"]["metadata"]["labels"]
    assert labels == {"endpointslice.kubernetes.io/skip-mirror": "true"}, labels


def conflicts_are_looked_at_again(fed):
    for code, reason in ((409, "Conflict"), (404, "NotFound")):
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no",
                "reason": reason, "code": code}
        fed.east.fault("/endpoints", count=2, method="PUT", code=code, body=body)
    fed.east.fault("/endpoints", count=2, method="POST", code=409)
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.west.put(endpoints("app", "10.1.0.7"))
    fed.until_addresses("10.0.0.5", "10.1.0.7")
    assert len(fed.writes()) == 2, fed.writes()


def too_many_requests_are_waited_for(fed):
    fed.east.fault("/endpoints", count=2, method="POST", code=429, headers={"Retry-After": "1"},
                   body=b"Too many requests, please try again later.\n")
    fed.east.fault("/endpoints", count=1, method="POST", code=503)
    begin = time.monotonic()
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    assert time.monotonic() - begin > 2


def refusals_are_told_with_the_hint_for_openshift(fed):
    fed.east.refused_addresses = "10.1."
    process = fed.start()
    fed.until(lambda: fed.events("EndpointsForbidden"), "an Event")
    assert "RestrictedEndpointsAdmission" in fed.events("EndpointsForbidden")[0]["message"]
    assert any("endpoint address 10.1.0.5 is not allowed" in line for line in process.said)
    fed.east.put(service("fed2", 'run == "other"'), service("other", labels={"run": "other"}),
                 endpoints("other", "10.0.0.9"))
    fed.until(lambda: fed.addresses("fed2") == ["10.0.0.9"], "others go on")


def answers_that_are_cut_leave_the_write_done_once(fed):
    """The server did it; the controller never heard so."""
    fed.east.fault("/endpoints", count=3, method="POST", cut=0, how="reset")
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    time.sleep(1)
    assert len(fed.writes()) == 1, fed.writes()
    fed.east.fault("/endpoints", count=1, method="PUT", cut=0, how="reset")
    fed.west.put(endpoints("app", "10.1.0.7"))
    fed.until_addresses("10.0.0.5", "10.1.0.7")
    time.sleep(1)
    assert len(fed.writes()) == 2, fed.writes()


def a_controller_killed_at_any_write_is_followed_by_one_that_finishes(fed):
    for i in range(20):
        fed.east.put(service(f"fed-{i}", 'run == "app"'))
    for at in range(0, 21, 4):
        process = fed.start()
        # What is there: a real server's audit log lacks a write whose client was killed meanwhile.
        fed.until(lambda at=at: sum(name.startswith("fed") for name in fed.present()) >= at,
                  f"{at} writes")
        process.kill()
        process.wait()
    fed.start()
    for i in range(20):
        fed.until(lambda i=i: fed.addresses(f"fed-{i}") == ["10.0.0.5", "10.1.0.5"], f"fed-{i}")
    time.sleep(0.5)
    created = [path for verb, path, _ in fed.writes() if verb == "create"]
    assert len(created) == len(set(created)), sorted(created)
    assert sum(name.startswith("fed") for name in fed.present()) == 21, sorted(fed.present())
    assert not [write for write in fed.writes() if write[0] == "update"], "written twice"


def a_start_without_the_remote_takes_nothing_away(fed):
    process = fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    process.terminate()
    process.wait(PATIENCE)
    port = fed.west.port
    fed.west.stop()
    fed.east.put(endpoints("app", "10.0.0.5", "10.0.0.6"))
    fed.start("--start-timeout", "5")
    fed.until_addresses("10.0.0.5", "10.0.0.6", "10.1.0.5")
    fed.until_addresses("10.0.0.5", "10.0.0.6")  # its time is over
    fed.west = ApiServer(port=port, token="west-token")
    fed.west.put(namespace("kube-system"), namespace("shop"), ACCOUNT,
                 service("app", labels={"run": "app"}), endpoints("app", "10.1.0.8"))
    fed.until_addresses("10.0.0.5", "10.0.0.6", "10.1.0.8")


def a_lost_cluster_leaves_after_its_time_but_for_the_last(fed):
    fed.east.put(service("only", "federation.tigera.io/remoteClusterName == \"west\""))
    fed.start("--backend-timeout", "2", "--keep-last")
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.until(lambda: fed.addresses("only") == ["10.1.0.5"], "only west's")
    port = fed.west.port
    fed.west.stop()
    fed.until_addresses("10.0.0.5")
    assert fed.addresses("only") == ["10.1.0.5"]
    fed.west = ApiServer(port=port)


def a_lost_cluster_keeps_its_back_ends_by_default(fed):
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    port = fed.west.port
    fed.west.stop()
    fed.east.put(endpoints("app", "10.0.0.6"))
    fed.until_addresses("10.0.0.6", "10.1.0.5")
    fed.west = ApiServer(port=port)


def configurations_bring_clusters_and_take_them_away(fed):
    fed.east.put(remote_configuration("west", datastoreType="kubernetes",
                                      k8sAPIEndpoint=fed.west.url(), k8sAPIToken="west-token"))
    fed.start("--follow-remotes", arguments=fed.arguments[:2])
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.east.delete(remote_configuration("west"))
    fed.until_addresses("10.0.0.5")


def compaction_and_cuts_are_got_over(fed):
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    for server in (fed.east, fed.west):
        server.compact()
        server.drop()
    fed.west.put(endpoints("app", "10.1.0.9"))
    fed.until_addresses("10.0.0.5", "10.1.0.9")


def a_remote_that_grants_only_endpoints_works(fed):
    fed.west.forbidden = {("*", "endpointslices")}
    fed.start()
    fed.until_addresses("10.0.0.5", "10.1.0.5")


def holder(fed):
    rows = fed.east.rows("coordination.k8s.io/v1", "Lease", "kube-system")
    return next((row["spec"]["holderIdentity"] for row in rows
                 if row["metadata"]["name"] == "fedpol-controller"), None)


def a_clean_stop_hands_the_lease_over(fed):
    first = fed.start("--identity", "first", lease=True)
    fed.until(lambda: holder(fed) == "first", "the first leads")
    fed.start("--identity", "second", lease=True)
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    time.sleep(1)
    assert holder(fed) == "first"
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    fed.until(lambda: holder(fed) == "second", "the second leads")
    fed.west.put(endpoints("app", "10.1.0.7"))
    fed.until_addresses("10.0.0.5", "10.1.0.7")


def two_controllers_are_never_two_writers(fed):
    """The leader hangs: it can't renew. The other one waits its time; then the first one wakes."""
    first = fed.start("--identity", "first", lease=True)
    fed.until(lambda: holder(fed) == "first", "the first leads")
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.start("--identity", "second", lease=True)
    time.sleep(1)
    first.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    fed.until(lambda: holder(fed) == "second", "the second leads")
    assert time.monotonic() - stopped > 10
    fed.west.put(endpoints("app", "10.1.0.7"))
    fed.until_addresses("10.0.0.5", "10.1.0.7")
    written = len(fed.writes())
    first.send_signal(signal.SIGCONT)
    fed.until(lambda: any("no leader any more" in line for line in first.said), "it steps down")
    time.sleep(3)
    assert holder(fed) == "second" and len(fed.writes()) == written, fed.writes()[written:]


def the_status_tells_who_leads(fed):
    path = os.path.join(fed.folder.name, "status")
    fed.start("--status", f"unix:{path}")
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    ask = lambda what: subprocess.run(["curl", "-s", "--unix-socket", path, f"http://x{what}"],
                                      text=True, capture_output=True, check=True).stdout
    status = json.loads(ask("/status"))
    assert status["lease"]["held"] and status["services"] == 1, status
    metrics = ask("/metrics")
    assert 'remote_cluster_connection_status{remote_cluster_name="west"} 2' in metrics
    assert 'fedpol_writes_total{result="ok"} 1' in metrics and metrics.endswith("# EOF\n")
    assert ask("/healthz") == "ok\n"


def documents(name):
    with open(os.path.join(RBAC, name), encoding="utf-8") as file:
        return [obj for obj in yaml.safe_load_all(file) if obj and obj["kind"] != "Secret"]


def grant_what_is_documented(fed):
    """A remote named west is configured with the Secret that docs/rbac/remote-secrets.yaml grants."""
    local = documents("local.yaml") + documents("controller.yaml") + documents("remote-secrets.yaml")
    (role,) = [obj for obj in local if obj["kind"] == "Role" and obj["rules"][0]["resources"] == ["secrets"]]
    name, space = role["rules"][0]["resourceNames"][0], role["metadata"]["namespace"]
    fed.write("east", fed.east, **fed.east.account("fedpol-controller", *local))
    user = fed.west.account("fedpol-remote-reader", *documents("remote-read-only.yaml"))
    fed.east.put(secret(name, space, fed.west.kubeconfig(**user)),
                 remote_configuration("west", clusterAccessSecret={
                     "kind": "Secret", "namespace": space, "name": name}))
    fed.arguments = [*fed.arguments[:2], "--follow-remotes"]


def the_documented_roles_are_enough(fed):
    grant_what_is_documented(fed)
    rows, errors = fed.status()
    for name in ("east", "west"):
        assert "connection" in rows[name], (rows, errors)
        phases = {path: kind["phase"] for path, kind in kinds(rows[name]).items()}
        assert rows[name]["state"] == "in-sync" and "forbidden" not in phases.values(), \
            (phases, errors)
    process = fed.start("--form", "both", lease=True)
    fed.until_addresses("10.0.0.5", "10.1.0.5")
    fed.until(fed.slices, "a slice")
    fed.west.put(endpoints("app", "10.1.0.7"))
    fed.until_addresses("10.0.0.5", "10.1.0.7")
    fed.east.put(service("fed", "run =="))
    fed.until(lambda: fed.events("InvalidSelector"), "an Event")
    fed.east.delete(service("fed"))
    fed.until(lambda: not fed.slices() and "fed" not in fed.present(), "all goes")
    process.terminate()
    assert process.wait(60) == 0
    assert not fed.east.refused and not fed.west.refused, (fed.east.refused, fed.west.refused)


def the_documented_roles_grant_nothing_else(fed):
    the_documented_roles_are_enough(fed)
    for server in (fed.east, fed.west):
        asked = {PATH.match(path.partition("?")[0])["plural"] for path, _ in server.requests}
        granted = {resource for _, rule in server.roles for resource in rule["resources"]
                   if not resource.endswith("/restricted")}  # OpenShift asks for these itself
        assert asked == granted, asked ^ granted


def a_dry_run_prints_and_writes_nothing(fed):
    done = subprocess.run([CONTROLLER, *fed.arguments, "--dry-run", "--once"], text=True,
                          capture_output=True, timeout=PATIENCE, check=True)
    method, path, body = done.stdout.splitlines()[0].split(" ", 2)
    assert (method, path) == ("POST", "/api/v1/namespaces/shop/endpoints"), done.stdout
    assert json.loads(body)["metadata"]["name"] == "fed" and not fed.east.writes


def wrong_usage_is_told(fed):
    for arguments, word in (
            ([], "--cluster"), (["--form", "x"], "--form"), (["--rate", "0"], "--rate"), (["--rate", "21"], "--rate"),
            (["--resync", "x"], "--resync"), (["--lease", "a"], "--lease"),
            (["--lease", "A/b"], "--lease"), (["--lease", "a/../b"], "--lease"),
            (["--identity", ""], "--identity"), (["--require", "north"], "--require"), (["--start-timeout", "-1"], "--start-timeout"),
            (["extra"], "extra"), (["--cluster", "a=dir:/tmp"], "folder"),
            (["--status", "1.2.3.4:5"], "loopback")):
        base = [] if not arguments or "--cluster" in arguments else fed.arguments
        done = subprocess.run([CONTROLLER, *base, *arguments], text=True, capture_output=True,
                              timeout=PATIENCE, check=False)
        assert done.returncode == 2 and word in done.stderr, (arguments, done)


TESTS = [both_clusters_back_the_service_as_the_specification_shows,
         changes_are_written_and_nothing_else_is, edits_of_users_are_reverted,
         endpoints_of_others_are_left_alone_and_told_of,
         a_bad_selector_empties_and_a_good_one_fills_again,
         a_service_that_can_not_be_read_has_its_event_all_the_same, what_is_not_federated_any_more_goes,
         slices_are_written_in_hundreds_and_one_change_writes_one,
         both_forms_tell_kubernetes_not_to_mirror, conflicts_are_looked_at_again,
         too_many_requests_are_waited_for, refusals_are_told_with_the_hint_for_openshift,
         answers_that_are_cut_leave_the_write_done_once,
         a_controller_killed_at_any_write_is_followed_by_one_that_finishes,
         a_start_without_the_remote_takes_nothing_away,
         a_lost_cluster_leaves_after_its_time_but_for_the_last,
         a_lost_cluster_keeps_its_back_ends_by_default,
         configurations_bring_clusters_and_take_them_away, compaction_and_cuts_are_got_over,
         a_remote_that_grants_only_endpoints_works, a_clean_stop_hands_the_lease_over,
         two_controllers_are_never_two_writers, the_status_tells_who_leads,
         the_documented_roles_are_enough, the_documented_roles_grant_nothing_else,
         a_dry_run_prints_and_writes_nothing, wrong_usage_is_told]


if __name__ == "__main__":
    sys.exit(run_tests(TESTS, NAMES, Federation))
