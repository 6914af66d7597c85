#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables of the documentation against what they describe: error codes, events, states and
symbols."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read(name):
    path = ROOT / name
    return path.read_text() if path.is_file() else ""


def check_errors(problems):
    header = dict(re.findall(r"(FEDPOL_(?:OK|E_\w+)) = (-?\d+)", read("include/fedpol/error.h")))
    table = dict(re.findall(r'FP_ERROR\((FEDPOL_\w+), "([^"]*)"\)', read("libfedpol/base/errors.def")))
    page = {name: (number, sentence) for name, number, sentence in
            re.findall(r"^\| `(FEDPOL_\w+)` \| (-?\d+) \| ([^|]*?) \|", read("docs/errors.md"), flags=re.M)}
    for name in sorted(header.keys() | table.keys() | page.keys()):
        if name not in header or name not in table or name not in page:
            problems.append(f"{name} is not in all of error.h, errors.def and errors.md")
        elif page[name] != (header[name], table[name]):
            problems.append(f"{name}: errors.md says {page[name]}, not {header[name], table[name]}")


def check_enum(problems, header, prefix, page):
    numbers = dict(re.findall(rf"({prefix}\w+) = (\d+)", read(f"include/fedpol/{header}")))
    told = dict(re.findall(rf"^\| `({prefix}\w+)` \| (\d+) \|", read(page), flags=re.M))
    if numbers != told or not numbers:
        problems.append(f"{page}: {sorted(numbers.items() ^ told.items())} differ from {header}")


def check_versions(problems):
    declared = {}
    for header in (ROOT / "include/fedpol").glob("*.h"):
        for comment, name in re.findall(r"/\*\*((?:(?!\*/).)*)\*/\s*FEDPOL_API\b[^;{]*?\b(fedpol_\w+)\s*\(",
                                        header.read_text(), flags=re.S):
            since = re.search(r"@since (\d+\.\d+)", comment)
            declared[name] = since.group(1) if since else "?"
    lines = [l.split() for l in read("docs/symbols-in-versions").splitlines() if l and l[0] != "#"]
    told = {l[0]: l[1] for l in lines}
    for name in sorted(declared.keys() | told.keys()):
        if declared.get(name) != told.get(name):
            problems.append(f"{name}: header says {declared.get(name)}, the table {told.get(name)}")
    if [l[0] for l in lines] != sorted(told):
        problems.append("docs/symbols-in-versions is not sorted, or names one twice")


def main():
    problems = []
    check_errors(problems)
    check_enum(problems, "event.h", "FEDPOL_EVENT_", "docs/events.md")
    check_enum(problems, "cluster.h", "FEDPOL_CLUSTER_", "docs/events.md")
    check_versions(problems)
    print("\n".join(problems) if problems else "the tables agree with the code")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
