#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scenario through cffi, with the declarations that the preprocessor makes of the headers.
Usage: test_cffi.py LIBRARY CC"""
import pathlib
import re
import subprocess
import sys

try:
    import cffi
except ImportError:
    print("python3-cffi is not installed")
    sys.exit(77)

import scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]


def declarations(compiler):
    """The headers as they are, but for what the system's headers bring along."""
    text = subprocess.run([*compiler.split(), "-E", "-DFEDPOL_API=", f"-I{ROOT / 'include'}",
                           str(ROOT / "include/fedpol/fedpol.h")], capture_output=True, text=True,
                          check=True).stdout
    ours, keep = [], False
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            keep = "/fedpol/" in marker.group(1)
        elif keep:
            ours.append(line)
    return "\n".join(ours)


class Library:
    def __init__(self, path, compiler):
        self.ffi = cffi.FFI()
        self.ffi.cdef(declarations(compiler))
        self.library = self.ffi.dlopen(path)
        self.kept = []

    def call(self, name, *arguments):
        return getattr(self.library, name)(*[self.ffi.NULL if a is None else a for a in arguments])

    def new(self, name, *arguments, error=False):
        parameters = self.ffi.typeof(getattr(self.library, name)).args
        ret = self.ffi.new(parameters[len(arguments)])
        tail = [ret] + ([None] if error else [])
        assert self.call(name, *arguments, *tail) == 0, name
        return ret[0]

    def failing(self, name, *arguments):
        ret = self.ffi.new(self.ffi.typeof(getattr(self.library, name)).args[len(arguments)])
        error = self.ffi.new("fedpol_error **")
        code = self.call(name, *arguments, ret, error)
        assert ret[0] == self.ffi.NULL
        story = (code, self.text(self.call("fedpol_error_get_message", error[0])),
                 self.call("fedpol_error_get_offset", error[0]))
        self.call("fedpol_error_free", error[0])
        return story

    def flow(self, source, destination, protocol, port):
        flow = self.ffi.new("fedpol_flow *")
        self.library.fedpol_flow_init(flow, self.ffi.sizeof("fedpol_flow"))
        texts = [self.ffi.new("char[]", text) for text in (source, destination, protocol)]
        self.kept.append((flow, texts))
        setattr(flow, "from", texts[0])
        flow.to, flow.protocol, flow.destination_port = texts[1], texts[2], port
        return flow

    def text(self, value):
        return self.ffi.string(value).decode()


def check_constants(library):
    """Enums of the headers are constants of the binding."""
    lib = library.library
    assert (lib.FEDPOL_ROLE_LOCAL, lib.FEDPOL_ROLE_REMOTE) == (scenario.LOCAL, scenario.REMOTE)
    assert (lib.FEDPOL_VERDICT_ALLOW, lib.FEDPOL_VERDICT_DENY) == (scenario.ALLOW, scenario.DENY)
    assert lib.FEDPOL_E_PARSE == scenario.PARSE
    assert lib.FEDPOL_DIRECTION_INGRESS == scenario.INGRESS


if __name__ == "__main__":
    binding = Library(sys.argv[1], sys.argv[2])
    check_constants(binding)
    scenario.run(binding)
    print("the scenario runs through cffi")
