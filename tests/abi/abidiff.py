#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the library with what the baseline promised: additions pass, everything else fails.
Usage: abidiff.py LIBRARY BASELINE; with --update as third argument the baseline is written."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]



def describe(library, output):
    # Types are public if a file of that name is in include/: no header of ours that defines what a
    # handle points to may be called like a public one, or abidw would look inside.
    subprocess.run(["abidw", "--headers-dir", str(ROOT / "include"), "--drop-private-types",
                    "--exported-interfaces-only", "--no-show-locs", "--no-elf-needed",
                    "--no-corpus-path", "--no-comp-dir-path", "--out-file", output, library],
                   check=True)
    text = pathlib.Path(output).read_text()
    pathlib.Path(output).write_text(re.sub(r"path='[^']*?(libfedpol/[^']*)'", r"path='\1'", text))


def main():
    library, baseline = sys.argv[1:3]
    if not shutil.which("abidw") or not shutil.which("abidiff"):
        print("abigail-tools are not installed")
        return 77
    if sys.argv[3:] == ["--update"]:
        describe(library, baseline)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        now = str(pathlib.Path(folder) / "now.abi")
        describe(library, now)
        result = subprocess.run(["abidiff", "--no-added-syms", baseline, now])
    return 1 if result.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
