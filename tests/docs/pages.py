#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Documentation that can't rot: C blocks compile, links lead somewhere, every folder has its page,
the man page knows every option of the tool. Prints TAP.

Usage: pages.py CC FEDPOL
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def c_blocks_compile():
    problems = []
    for page in PAGES:
        for block in re.findall(r"^```c\n(.*?)^```", page.read_text(), re.M | re.S):
            if "#include" not in block:
                block = ("#include <stdio.h>\n#include <fedpol/fedpol.h>\n"
                         "int example(fedpol_context *context);\n"
                         "int example(fedpol_context *context)\n{\n" + block +
                         "\n(void)context; return 0;\n}\n")
            with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
                file.write(block)
                file.flush()
                done = subprocess.run([sys.argv[1], "-std=c11", "-Wall", "-Wextra", "-fsyntax-only",
                                       f"-I{ROOT / 'include'}", file.name], capture_output=True,
                                      text=True, check=False)
            if done.returncode or done.stderr:
                problems.append(f"{page.relative_to(ROOT)}: {done.stderr[:400]}")
    return problems


def links_lead_somewhere():
    problems = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" in target or target.startswith("mailto:"):
                continue
            path = page.parent / target
            if not path.exists() and not path.with_suffix(".md").exists():
                problems.append(f"{page.relative_to(ROOT)}: no {target}")
    return problems


def every_folder_has_its_page():
    return [f"docs/internals/{folder.name}.md is missing"
            for folder in sorted((ROOT / "libfedpol").iterdir())
            if folder.is_dir() and any(folder.glob("*.c")) and
            not (ROOT / "docs" / "internals" / f"{folder.name}.md").exists()]


def the_man_page_knows_every_option():
    page = (ROOT / "examples/fedpol/fedpol.1").read_text().replace("\\-", "-")
    source = (ROOT / "examples/fedpol/main.c").read_text()
    options = re.findall(r'^    \{"([a-z-]+)", (?:required|no)_argument', source, re.M)
    commands = re.findall(r'^    \{"([a-z]+)", cmd_', source, re.M)
    missing = [f"--{name}" for name in options if f"--{name}" not in page]
    missing += [name for name in commands if f".B {name}" not in page]
    return [f"fedpol.1 does not know {name}" for name in missing] or \
        ([] if len(options) > 20 and len(commands) > 8 else ["the options were not found"])


def help_lists_every_command():
    text = subprocess.run([sys.argv[2], "--help"], capture_output=True, text=True, check=True).stdout
    return [f"--help does not list {name}" for name in
            ("selector", "status", "diagnostics", "endpoints", "policies", "sets", "render",
             "verdict", "replay") if f"  {name}" not in text]


def main():
    tests = [c_blocks_compile, links_lead_somewhere, every_folder_has_its_page,
             the_man_page_knows_every_option, help_lists_every_command]
    failed = 0
    print(f"1..{len(tests)}")
    for number, function in enumerate(tests, 1):
        problems = function()
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} {function.__name__}")
        for problem in problems:
            print("# " + problem.replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
