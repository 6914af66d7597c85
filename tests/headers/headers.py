#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public header alone in every dialect, the rules that bindings rely on, and the share of
comments. Usage: headers.py CC CXX"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = sorted((ROOT / "include/fedpol").glob("*.h"))
DIALECTS = [("c", s) for s in ("c99", "c11", "c17", "c2x")] + \
           [("c++", s) for s in ("c++98", "c++11", "c++17", "c++20")]
SYSTEM = {"stdbool.h", "stddef.h", "stdint.h"}
MAX_STRUCTS = 5
MIN_COMMENTS = 65


def compile_alone(compilers, header, language, standard):
    text = f"#include <fedpol/{header.name}>\nextern int nothing;\n"
    return subprocess.run([*compilers[language], "-x", language, f"-std={standard}", "-Wall",
                           "-Wextra", "-pedantic", "-Werror", "-fsyntax-only",
                           f"-I{ROOT / 'include'}", "-"], input=text, capture_output=True, text=True)


def check_rules(header, text, problems):
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    name = header.name
    for included in re.findall(r"#\s*include\s*<([^>]+)>", code):
        if included not in SYSTEM and not included.startswith("fedpol/"):
            problems.append(f"{name}: includes {included}")
    for pattern, what in ((r"\.\.\.", "varargs"), (r"\bva_list\b", "va_list"),
                          (r"\binline\b", "an inline body"), (r":\s*\d+\s*;", "a bit-field"),
                          (r"#\s*define\s+\w+\(", "a macro with arguments"),
                          (r"#\s*define\s+_\w*_SOURCE", "a feature macro"),
                          (r"\blong\b|\bshort\b|\boff_t\b", "a type of unclear width")):
        if re.search(pattern, code):
            problems.append(f"{name}: has {what}")


def comment_share(text):
    inside = False
    commented = 0
    lines = text.splitlines()
    for line in lines:
        starts = "/*" in line
        commented += inside or starts
        if starts:
            inside = True
        if "*/" in line:
            inside = False
    return 100 * commented // len(lines)


def check_docs(header, text, problems):
    """Each function has its comment with parameters, result, threads and version."""
    for match in re.finditer(r"/\*\*((?:(?!\*/).)*)\*/\s*FEDPOL_API\s+([^;]*);", text, flags=re.S):
        comment, prototype = match.group(1), " ".join(match.group(2).split())
        name = re.search(r"(fedpol_\w+)\s*\(", prototype).group(1)
        for word in ("Threads:", "@since 0.1"):
            if word not in comment:
                problems.append(f"{header.name}: {name} lacks {word}")
        if not prototype.startswith("void ") and "@return" not in comment:
            problems.append(f"{header.name}: {name} lacks @return")
        inside = prototype[prototype.index("(") + 1:prototype.rindex(")")]
        for argument in inside.split(","):
            words = re.findall(r"\w+", argument)
            if words and words != ["void"] and f"@param {words[-1]} " not in comment:
                problems.append(f"{header.name}: {name} does not document {words[-1]}")
    documented = len(re.findall(r"\*/\s*FEDPOL_API\s", text))
    declared = len(re.findall(r"^FEDPOL_API\s", text, flags=re.M))
    if documented != declared:
        problems.append(f"{header.name}: {declared - documented} functions have no comment")


def main():
    compilers = {"c": sys.argv[1].split(), "c++": sys.argv[2].split()}
    problems = []
    structs = []
    for header in HEADERS:
        text = header.read_text()
        check_rules(header, text, problems)
        check_docs(header, text, problems)
        structs += re.findall(r"typedef struct (\w+) \{\n\s*/\*\*(?:(?!\*/).)*\*/\s*size_t struct_size;", text,
                              flags=re.S)
        if len(re.findall(r"typedef struct \w+ \{", text)) != \
                len(re.findall(r"size_t struct_size;", text)):
            problems.append(f"{header.name}: a struct does not begin with struct_size")
        share = comment_share(text)
        if share < MIN_COMMENTS and "FEDPOL_API" in re.sub(r"/\*.*?\*/|#.*", "", text, flags=re.S):
            problems.append(f"{header.name}: {share} % comment lines, at least {MIN_COMMENTS}")
        for language, standard in DIALECTS:
            result = compile_alone(compilers, header, language, standard)
            if result.returncode:
                problems.append(f"{header.name} as {standard}:\n{result.stderr}")
    for name in structs:
        if not any(f" {name}_init(" in h.read_text() for h in HEADERS):
            problems.append(f"{name} has no {name}_init()")
    if len(structs) > MAX_STRUCTS:
        problems.append(f"{len(structs)} public structs, at most {MAX_STRUCTS}")
    print("\n".join(problems) if problems else
          f"{len(HEADERS)} headers, {len(DIALECTS)} dialects, {len(structs)} structs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
