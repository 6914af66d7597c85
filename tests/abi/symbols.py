#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the headers declare, the map lists, the library exports and the table of symbols names is
one and the same. Usage: symbols.py LIBRARY"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def declared():
    names = set()
    for header in sorted((ROOT / "include/fedpol").glob("*.h")):
        text = without_comments(header.read_text())
        names |= set(re.findall(r"FEDPOL_API\b[^;{]*?\b(fedpol_\w+)\s*\(", text))
    return names


def mapped():
    text = without_comments((ROOT / "libfedpol/libfedpol.map").read_text())
    listed = text[text.index("global:"):text.index("local:")]
    return set(re.findall(r"(\w+);", listed))


def exported(library):
    out = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                         check=True).stdout
    names = {line.split()[-1].split("@")[0] for line in out.splitlines()}
    return names - {"LIBFEDPOL_0.1"}


def tabled():
    names = set()
    for line in (ROOT / "docs/symbols-in-versions").read_text().splitlines():
        if line and not line.startswith("#"):
            names.add(line.split()[0])
    return names


def unchecked():
    """Enumerators and members of structs that layout.c does not hold to their place."""
    layout = (ROOT / "tests/abi/layout.c").read_text()
    missing = []
    for header in sorted((ROOT / "include/fedpol").glob("*.h")):
        text = without_comments(header.read_text())
        for name in re.findall(r"^\s+(FEDPOL_\w+) = ", text, flags=re.M):
            if f"IS({name}," not in layout:
                missing.append(f"{name} is not in tests/abi/layout.c")
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\n\} (\w+);", text, flags=re.S):
            for member in re.findall(r"(\w+)\)?(?:\([^)]*\))?;", body):
                if f"AT({name}, {member}," not in layout:
                    missing.append(f"{name}.{member} is not in tests/abi/layout.c")
    return missing


def main():
    headers = declared()
    problems = unchecked()
    for what, names in (("libfedpol.map", mapped()), ("the library", exported(sys.argv[1])),
                        ("docs/symbols-in-versions", tabled())):
        problems += [f"{name} is in the headers and not in {what}" for name in headers - names]
        problems += [f"{name} is in {what} and not in the headers" for name in names - headers]
    problems += [f"{name} is no fedpol_ name" for name in headers if not name.startswith("fedpol_")]
    print("\n".join(sorted(problems)) if problems else f"{len(headers)} symbols agree")
    return 1 if problems or len(headers) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
