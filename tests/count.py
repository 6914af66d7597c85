#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up the JUnit files that meson left, one test case each, and prints the last line."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(path, totals, bad, skipped):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{path.stem}: {case.get('classname')} {case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            totals["failed"] += 1
            bad.append(name)
        elif case.find("skipped") is not None:
            totals["skipped"] += 1
            skipped.append(name)
        else:
            totals["passed"] += 1


def main():
    folder = pathlib.Path(sys.argv[1])
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    bad, skipped = [], []
    for path in sorted(folder.glob("*.xml")):
        count(path, totals, bad, skipped)
    for path in sorted(folder.glob("*.broken")):
        totals["failed"] += 1
        bad.append(path.read_text().strip())
    for name in skipped:
        print(f"skipped: {name}")
    for name in bad:
        print(f"FAILED: {name}")
    line = f"{totals['passed']} passed, {totals['failed']} failed"
    if totals["skipped"]:
        line += f", {totals['skipped']} skipped"
    print(line)
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
