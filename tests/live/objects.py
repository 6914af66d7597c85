# SPDX-License-Identifier: Apache-2.0
"""Objects of Kubernetes and Calico as tests of live clusters need them."""
import base64
import json

ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount",
           "metadata": {"namespace": "shop", "name": "default"}}
POLICY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
          "metadata": {"namespace": "shop", "name": "db-only"},
          "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [
              {"from": [{"podSelector": {"matchLabels": {"app": "db"}}}]}]}}


def namespace(name, **labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(name, address, space="shop", **labels):
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": space, "name": name, "labels": labels},
            "spec": {"nodeName": "n1", "containers": [{"name": "c"}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}


def remote_configuration(name, **spec):
    return {"apiVersion": "crd.projectcalico.org/v1", "kind": "RemoteClusterConfiguration",
            "metadata": {"name": name}, "spec": spec}


def secret(name, space, config):
    encode = lambda text: base64.b64encode(text.encode()).decode()
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": space, "name": name},
            "data": {"datastoreType": encode("kubernetes\n"),
                     "kubeconfig": encode(json.dumps(config))}}
