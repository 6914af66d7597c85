#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the tests do with API servers of their own, with real ones. TAP.
Usage: KUBEBUILDER_ASSETS=FOLDER test_real.py CONTROLLER TOOL [NAME...]"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
import test_controller as controller  # noqa: E402 pylint: disable=wrong-import-position
import test_live as live  # noqa: E402 pylint: disable=wrong-import-position
from mesh import Mesh, Watch, lists, run_tests  # noqa: E402 pylint: disable=wrong-import-position
from objects import ACCOUNT, POLICY, pod  # noqa: E402 pylint: disable=wrong-import-position
from servers import Cluster, Front  # noqa: E402 pylint: disable=wrong-import-position

CLUSTERS = []


class RealMesh(Mesh):  # pylint: disable=super-init-not-called
    """As Mesh, in front of two clusters that outlive it."""

    def __init__(self):
        for cluster in CLUSTERS:
            cluster.clean()
        self.folder, self.watches = tempfile.TemporaryDirectory(), []
        self.east, self.west = (Front(cluster, name + "-token")
                                for cluster, name in zip(CLUSTERS, ("east", "west")))
        self.fronts = [self.east, self.west]  # also where a test puts another in their place
        for server in self.fronts:
            server.put(ACCOUNT)
        self.east.put(pod("web", "10.0.0.1", app="web"), POLICY)
        self.west.put(pod("db-1", "10.1.0.1", app="db"), pod("db-2", "10.1.0.2", app="db"))
        self.arguments = ["--cluster", f"east=kubeconfig:{self.write('east', self.east)}",
                          "--cluster", f"west=kubeconfig:{self.write('west', self.west)}"]

    def close(self):
        for front in self.fronts:
            front.stop()
        return super().close()


class RealFederation(controller.Federation, RealMesh):
    """A controller before real servers."""


# --- only real servers do this ---


def a_server_that_is_killed_and_started_again_is_resumed(mesh):
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    watch.until_state("west", "in-sync")
    for how in (signal.SIGKILL, signal.SIGTERM):
        mesh.west.cluster.end(how)
        watch.until_state("west", "resync-in-progress")
        assert watch.members == {"10.1.0.1", "10.1.0.2"}
        mesh.west.cluster.start()
        mesh.west.put(pod("db-3", "10.1.0.3", app="db"))
        watch.until_members("10.1.0.1", "10.1.0.2", "10.1.0.3")
        watch.until_state("west", "in-sync")
        mesh.west.delete(pod("db-3", ""))
        watch.until_members("10.1.0.1", "10.1.0.2")
    watch.stop()


def another_cluster_behind_the_same_address_is_listed_anew(mesh):
    """It was restored elsewhere, say: its own authority, its own uid, and other pods."""
    authority = os.path.join(mesh.folder.name, "ca.pem")
    shutil.copy(mesh.west.cluster.at("ca.pem"), authority)
    mesh.west.authority = authority
    mesh.write("west", mesh.west)
    with tempfile.TemporaryDirectory() as folder:
        north = Cluster(os.environ["KUBEBUILDER_ASSETS"], folder)
        try:
            watch = Watch(mesh)
            watch.until_members("10.1.0.1", "10.1.0.2")
            watch.until_state("west", "in-sync")
            mesh.west.stop()
            mesh.west.aim(north, "west-token")
            mesh.west.put(ACCOUNT, pod("db-9", "10.9.0.1", app="db"))
            mesh.west.open()
            watch.until_state("west", "resync-in-progress")
            assert watch.members == {"10.1.0.1", "10.1.0.2"}
            shutil.copy(north.at("ca.pem"), authority)
            watch.until_members("10.9.0.1")
            watch.stop()
        finally:
            north.close()


def a_client_certificate_is_enough(mesh):
    at = mesh.west.cluster.at
    mesh.write("west", mesh.west, **{"client-certificate": at("client.pem"),
                                     "client-key": at("client.key")})
    mesh.west.token = "nobody has this"
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "in-sync" and rows["west"]["endpoints"] == 2, errors


def a_deleted_account_ends_the_watch_and_a_new_token_resumes_it(mesh):
    """Tokens of Kubernetes itself: the one in the file ends with its account."""
    roles = controller.documents("remote-read-only.yaml")
    path = os.path.join(mesh.folder.name, "token")

    def renew():
        with open(path, "w", encoding="utf-8") as file:
            file.write(mesh.west.account("fedpol-remote-reader", *roles)["token"])

    renew()
    mesh.write("west", mesh.west, tokenFile="token")
    watch = Watch(mesh)
    watch.until_members("10.1.0.1", "10.1.0.2")
    mesh.west.delete(roles[0])
    mesh.west.drop()
    watch.until_state("west", "resync-in-progress")
    renew()
    mesh.west.put(pod("db-3", "10.1.0.3", app="db"))
    watch.until_members("10.1.0.1", "10.1.0.2", "10.1.0.3")
    assert len(lists(mesh.west, "pods")) == 1, lists(mesh.west, "pods")
    watch.stop()


LIVE = [live.two_clusters_are_in_sync_and_verdicts_cross_them,
        live.of_a_remote_only_what_takes_part_is_asked_for,
        live.a_server_without_streaming_lists_is_paged,
        live.a_forbidden_kind_is_named_and_the_others_go_on,
        live.an_absent_group_is_in_sync_and_empty, live.of_two_calico_groups_one_counts,
        live.a_wrong_token_is_told_and_retried,
        live.a_token_file_is_read_again_without_losing_the_watch,
        live.an_exec_plugin_gives_the_token, live.a_local_cluster_that_is_not_there_ends_with_3,
        live.a_remote_that_is_not_there_is_a_warning, live.changes_come_as_they_happen,
        live.cut_connections_resume_without_a_list, live.after_compaction_what_went_is_gone,
        live.configurations_make_change_and_remove_clusters,
        live.followed_remotes_are_waited_for_and_no_longer,
        live.services_of_live_clusters_are_federated, live.one_cluster_under_two_names_is_told,
        live.the_descriptor_fits_into_other_loops,
        a_server_that_is_killed_and_started_again_is_resumed,
        another_cluster_behind_the_same_address_is_listed_anew, a_client_certificate_is_enough,
        a_deleted_account_ends_the_watch_and_a_new_token_resumes_it]
CONTROLLER = [controller.both_clusters_back_the_service_as_the_specification_shows,
              controller.changes_are_written_and_nothing_else_is,
              controller.edits_of_users_are_reverted,
              controller.endpoints_of_others_are_left_alone_and_told_of,
              controller.a_bad_selector_empties_and_a_good_one_fills_again,
              controller.what_is_not_federated_any_more_goes,
              controller.slices_are_written_in_hundreds_and_one_change_writes_one,
              controller.both_forms_tell_kubernetes_not_to_mirror,
              controller.a_controller_killed_at_any_write_is_followed_by_one_that_finishes,
              controller.a_lost_cluster_keeps_its_back_ends_by_default,
              controller.a_remote_that_grants_only_endpoints_works,
              controller.a_clean_stop_hands_the_lease_over,
              controller.two_controllers_are_never_two_writers,
              controller.the_status_tells_who_leads,
              controller.a_dry_run_prints_and_writes_nothing,
              controller.the_documented_roles_are_enough]


def main():
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    missing = [name for name in ("kube-apiserver", "etcd")
               if not assets or not os.access(os.path.join(assets, name), os.X_OK)]
    if missing:
        print(f"1..0 # SKIP no {' and '.join(missing)}: KUBEBUILDER_ASSETS names no folder of them")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name in ("east", "west"):
                os.mkdir(os.path.join(folder, name))
                CLUSTERS.append(Cluster(assets, os.path.join(folder, name)))
            return run_all(controller.NAMES)
        finally:
            for cluster in CLUSTERS:
                cluster.close()


def run_all(names):
    known = {test.__name__: make for tests, make in ((LIVE, RealMesh), (CONTROLLER, RealFederation))
             for test in tests}
    return run_tests(LIVE + CONTROLLER, names, known)


if __name__ == "__main__":
    sys.exit(main())
