#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every example in a header's comment compiles, links and runs. Usage: examples.py CC LIBRARY"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROLOGUE = ("#include <fedpol/fedpol.h>\n#include <poll.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
            "#include <string.h>\n")


def header_examples():
    for header in sorted((ROOT / "include/fedpol").glob("*.h")):
        for i, match in enumerate(re.finditer(r"@code\n(.*?)\s*\* @endcode", header.read_text(),
                                              flags=re.S)):
            body = "\n".join(re.sub(r"^ \* ?", "", line) for line in match.group(1).splitlines())
            yield f"{header.name} #{i}", f"{PROLOGUE}int main(void)\n{{\n{body}\nreturn 0;\n}}\n"


def try_one(name, text, compiler, library, problems):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "example.c"
        program = pathlib.Path(folder) / "example"
        source.write_text(text)
        result = subprocess.run([*compiler.split(), "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall",
                                 "-Wextra", "-pedantic", "-Werror", f"-I{ROOT / 'include'}",
                                 str(source), "-o", str(program), library],
                                capture_output=True, text=True)
        if result.returncode:
            problems.append(f"{name} does not compile:\n{result.stderr}")
        else:
            environment = dict(os.environ, LD_LIBRARY_PATH=str(pathlib.Path(library).parent))
            done = subprocess.run([str(program)], cwd=folder, env=environment, capture_output=True)
            if done.returncode:
                problems.append(f"{name} ends with {done.returncode}")


def main():
    compiler, library = sys.argv[1:3]
    problems = []
    examples = [*header_examples()]
    for header in (ROOT / "include/fedpol").glob("*.h"):
        if header.name != "macros.h" and "@code" not in header.read_text():
            problems.append(f"{header.name} has no example")
    for name, text in examples:
        try_one(name, text, compiler, library, problems)
    print("\n".join(problems) if problems else f"{len(examples)} examples compile")
    return 1 if problems or len(examples) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
