#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Text: licence line, format, no left-overs, each unit test in the folder of a layer."""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_BYTES = 1 << 20
LEFT_OVER = re.compile(r"\b(TODO(?!\(#\d+\))|FIXME|XXX|HACK)\b")


def tracked():
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if out.returncode == 0 and out.stdout:
        return [ROOT / name for name in out.stdout.split("\n") if name]
    return [p for p in ROOT.rglob("*") if p.is_file() and "build" not in p.parts[len(ROOT.parts)]]


def check_file(path, problems):
    name = path.relative_to(ROOT)
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        problems.append(f"{name}: larger than {MAX_BYTES} bytes")
    if not path.is_file() or path.suffix not in (".c", ".h", ".py", ".sh", ".def"):
        return
    text = path.read_text()
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.splitlines()[:3]):
        problems.append(f"{name}: no SPDX line at the top")
    for number, line in enumerate(text.splitlines(), 1):
        if LEFT_OVER.search(line) and path.name != "text.py":
            problems.append(f"{name}:{number}: left over: {line.strip()}")
        if line.rstrip() != line:
            problems.append(f"{name}:{number}: blanks at the end of the line")


def check_format(files, problems):
    tool = shutil.which("clang-format-14")
    if not tool:
        print("clang-format-14 is not installed; the format was not checked")
        return
    code = [str(p) for p in files if p.suffix in (".c", ".h") and p.is_file()]
    out = subprocess.run([tool, "--dry-run", "-Werror", *code], capture_output=True, text=True,
                         cwd=ROOT)
    for line in out.stderr.splitlines():
        if "error:" in line:
            problems.append(line.replace(str(ROOT) + "/", ""))


def check_mirror(problems):
    """Each unit test stands in the folder of a layer that exists."""
    for test in sorted((ROOT / "tests/unit").rglob("test-*.c")):
        layer = test.parent.name
        if not (ROOT / "libfedpol" / layer).is_dir():
            problems.append(f"{test.relative_to(ROOT)}: no layer libfedpol/{layer}")


def main():
    problems = []
    files = tracked()
    for path in files:
        check_file(path, problems)
    check_format(files, problems)
    check_mirror(problems)
    print("\n".join(problems[:200]) if problems else f"{len(files)} files are in style")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
