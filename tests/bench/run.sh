#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds with optimisation and prints every figure as a table with its target beside it.
# Usage: tests/bench/run.sh [NAME...]   (default: all benchmarks)
set -eu
cd "$(dirname "$0")/../.."
build=${FEDPOL_BUILD_DIR:-build-bench}

sh tests/packages.sh gcc meson ninja-build pkg-config libc6-dev libcurl4-openssl-dev zlib1g-dev libyajl-dev libyaml-dev libmd-dev \
    check libsubunit-dev python3 nftables iproute2 nginx-light openssl
[ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=release -Db_lto=true -Dbench=true >/dev/null
ninja -C "$build" >/dev/null
{
    echo 'what | target | measured'
    for program in "$build"/tests/bench/bench-*; do
        if [ ! -x "$program" ] || [ ! -f "$program" ]; then continue; fi
        name=${program##*/bench-}
        [ $# -eq 0 ] || echo " $* " | grep -q " $name " || continue
        if [ "$name" = list ]; then
            sh tests/bench/list.sh "$build" # it needs a server
        else
            "$program"
        fi
    done
} | awk -F ' +[|] +' '{
    printf "%-96s | %-22s | %s\n", $1, $2, $3
    fflush()
}'
