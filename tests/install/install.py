#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs into an empty folder, then builds and runs a program outside the tree that knows
nothing but pkg-config. Usage: install.py BUILD-FOLDER CC"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def run(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def check_tree(root, problems):
    headers = {p.name for p in (ROOT / "include/fedpol").glob("*.h")}
    installed = {p.name for p in root.rglob("include/fedpol/*.h")}
    problems += [f"{name} is not installed" for name in sorted(headers - installed)]
    for wanted in ("libfedpol.so", "libfedpol.so.0", "fedpol.pc", "bin/fedpol", "man1/fedpol.1"):
        if not any(str(p).endswith(wanted) for p in root.rglob("*")):
            problems.append(f"{wanted} is not installed")


def build_outside(root, compiler):
    config = next(root.rglob("fedpol.pc"))
    library = next(root.rglob("libfedpol.so.0")).parent
    # The installation stands elsewhere than it was configured for: pkg-config is told so.
    environment = dict(os.environ, PKG_CONFIG_PATH=str(config.parent),
                       PKG_CONFIG_SYSROOT_DIR=str(root), LC_ALL="C")
    flags = run(["pkg-config", "--cflags", "--libs", "fedpol"], env=environment).split()
    with tempfile.TemporaryDirectory() as folder:
        source = shutil.copy(HERE / "outside.c", folder)
        program = str(pathlib.Path(folder) / "outside")
        run([*compiler.split(), "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", source, "-o",
             program, *flags], cwd=folder)
        return run([program], cwd=folder, env=dict(os.environ, LD_LIBRARY_PATH=str(library)))


def main():
    build, compiler = sys.argv[1:3]
    if not shutil.which("pkg-config"):
        print("pkg-config is not installed")
        return 77
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder])
        check_tree(root, problems)
        output = build_outside(root, compiler)
        if "allow" not in output:
            problems.append(f"the program outside says: {output}")
    print("\n".join(problems) if problems else "a program outside the tree builds and runs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
