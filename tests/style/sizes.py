#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes: files of at most 800 lines, functions of at most 80 lines and complexity 15."""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_FILE, MAX_FUNCTION, MAX_COMPLEXITY = 800, 80, 15


def main():
    if not shutil.which("pmccabe"):
        print("pmccabe is not installed")
        return 77
    problems = []
    sources = sorted(p for folder in ("libfedpol", "include", "examples", "tests")
                     for p in (ROOT / folder).rglob("*") if p.suffix in (".c", ".h", ".py", ".sh"))
    for path in sources:
        lines = len(path.read_text().splitlines())
        if lines > MAX_FILE:
            problems.append(f"{path.relative_to(ROOT)}: {lines} lines, at most {MAX_FILE}")
    code = [str(p) for p in sources if p.suffix == ".c" and "tests" not in p.relative_to(ROOT).parts]
    output = subprocess.run(["pmccabe", *code], capture_output=True, text=True, check=True).stdout
    lengths = []
    for line in output.splitlines():
        _, complexity, _, _, length, where = line.split("\t", 5)
        lengths.append(int(length))
        where = where.replace(str(ROOT) + "/", "").replace("\t", " ")
        if int(length) > MAX_FUNCTION or int(complexity) > MAX_COMPLEXITY:
            problems.append(f"{where}: {length} lines, complexity {complexity}")
    lengths.sort()
    print(f"{len(sources)} files, {len(lengths)} functions; lines of a function: median "
          f"{lengths[len(lengths) // 2]}, 90% {lengths[len(lengths) * 9 // 10]}, max {lengths[-1]}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
