#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers: a lower folder never includes a higher one, and only some may use the outside world."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each folder may include, besides itself.
ALLOWED = {
    "base": set(),
    "net": {"base"},
    "selector": {"base"},
    "wire": {"base"},
    "model": {"base", "net", "selector", "wire"},
    "cluster": {"base", "net", "selector", "wire", "model"},
    "federation": {"base", "net", "selector", "wire", "model", "cluster"},
    "services": {"base", "net", "selector", "wire", "model", "cluster", "federation"},
    "policy": {"base", "net", "selector", "wire", "model", "cluster", "federation", "services"},
    "render": {"base", "net", "selector", "wire", "model", "cluster", "federation", "services",
               "policy"},
    "client": {"base", "wire"},
    "api": {"base", "net", "selector", "wire", "model", "cluster", "federation", "services",
            "policy", "render", "client"},
}
# System headers that mean I/O, clocks, environment or threads: for client/ and api/ only.
IMPURE = re.compile(r"<(sys/(socket|epoll|eventfd|timerfd|stat|mman|wait|un|inotify)|unistd|fcntl|"
                    r"dirent|poll|time|signal|pthread|threads|netdb|locale|arpa/|netinet/).*>")
# Third-party headers and the only folders that may include them.
FOREIGN = {"yajl/": {"wire"}, "yaml.h": {"wire"}, "curl/": {"client"}, "zlib.h": {"client"}, "sha1.h": {"base"},
           "sha2.h": {"base"}}
# stdio is for formatting into memory, stdlib for qsort; what they can do to the world is banned.
BANNED = re.compile(r"\b(sprintf|vsprintf|strcpy|strcat|strncpy|gets|atoi|atol|atof|strtol|strtoul|"
                    r"strtoll|strtoull|strtod|strtok|localtime|setlocale|setenv|putenv|alloca|"
                    r"abort|exit|_exit|system|popen|rand|srand|random)\s*\(")
IMPURE_CALLS = re.compile(r"\b(getenv|printf|puts|putchar|fprintf|fopen|fwrite|fread|open|read|write|"
                          r"socket|time|clock_gettime|gettimeofday)\s*\(")
# The libc allocator is reached in one place.
ALLOCATORS = re.compile(r"(?<![>.\w])(malloc|calloc|realloc|free|strdup|strndup)\s*\(")
GLOBAL = re.compile(r"^(?:static\s+)?(?!const\b|typedef\b|struct\b.*\{|enum\b|union\b|extern\b|return\b)"
                    r"[A-Za-z_][\w \*]*\s\**\w+(?:\[[^\]]*\])?\s*(?:=[^=].*)?;\s*$")


def strip(text):
    """Comments and literals become blanks of the same number of lines."""
    pattern = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: '""' if m.group(0)[0] != "/" else
                       "\n" * m.group(0).count("\n"), text)


def check_includes(folder, path, text, problems):
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+(["<][^">]+[">])', line)
        if not found:
            continue
        name = found.group(1)
        inner = name[1:-1]
        if inner.startswith("libfedpol/"):
            target = inner.split("/")[1]
            if target != folder and target not in ALLOWED[folder]:
                problems.append(f"{path}:{number}: {folder}/ must not include {inner}")
        elif name[0] == '"' and not inner.endswith(".def"):
            problems.append(f"{path}:{number}: include {inner} as libfedpol/...")
        if folder not in ("client", "api") and IMPURE.match(name):
            problems.append(f"{path}:{number}: {folder}/ is pure and must not include {name}")
        for prefix, folders in FOREIGN.items():
            if inner.startswith(prefix) and folder not in folders:
                problems.append(f"{path}:{number}: only {sorted(folders)} may include {name}")


def check_code(folder, path, code, problems):
    for number, line in enumerate(code.splitlines(), 1):
        if BANNED.search(line):
            problems.append(f"{path}:{number}: banned call: {line.strip()}")
        if folder not in ("client", "api") and IMPURE_CALLS.search(line):
            problems.append(f"{path}:{number}: {folder}/ is pure: {line.strip()}")
        if path.name != "alloc.c" and ALLOCATORS.search(line):
            problems.append(f"{path}:{number}: allocate through base/alloc.h: {line.strip()}")
        if path.suffix == ".c" and path.name != "alloc.c" and GLOBAL.match(line):
            if "const" not in line and "(" not in line.split("=")[0]:
                problems.append(f"{path}:{number}: a mutable global: {line.strip()}")


def main():
    problems = []
    files = sorted((ROOT / "libfedpol").rglob("*.[ch]"))
    for path in files:
        folder = path.relative_to(ROOT / "libfedpol").parts[0]
        text = path.read_text()
        relative = path.relative_to(ROOT)
        check_includes(folder, relative, text, problems)
        check_code(folder, relative, strip(text), problems)
    print("\n".join(problems) if problems else f"{len(files)} files keep to their layers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
