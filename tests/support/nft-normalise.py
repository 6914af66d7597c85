# SPDX-License-Identifier: Apache-2.0
"""Prints a `nft -j list table` from stdin so that equal tables print equal: no handles, no counters,
sets and chains by name, elements sorted, rules in their order within each chain."""
import json
import sys

things = []
rules = {}
for entry in json.load(sys.stdin)["nftables"]:
    (kind, body), = entry.items()
    if kind == "metainfo":
        continue
    body.pop("handle", None)
    if kind == "rule":
        rules.setdefault(body["chain"], []).append(json.dumps(body, sort_keys=True))
        continue
    if "elem" in body:
        body["elem"] = sorted(json.dumps(e, sort_keys=True) for e in body["elem"])
    things.append(kind + " " + json.dumps(body, sort_keys=True))
for line in sorted(things):
    print(line)
for chain in sorted(rules):
    for line in rules[chain]:
        print(line)
