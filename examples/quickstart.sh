#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets up libfedpol on a fresh Debian or Ubuntu and shows the bundled mesh: two clusters, the
# policy of one of them over the endpoints of both, the rules for a kernel, and the proof.
set -eu
cd "$(dirname "$0")/.."
build=${FEDPOL_BUILD_DIR:-build-quickstart}

sh tests/packages.sh gcc meson ninja-build pkg-config libc6-dev libcurl4-openssl-dev zlib1g-dev libyajl-dev libyaml-dev libmd-dev \
    python3 nftables iproute2 procps
[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=disabled --buildtype=release
ninja -C "$build" >"$build/build.log" 2>&1 || {
    tail -n 30 "$build/build.log"
    exit 1
}

mesh="--cluster east=dir:examples/mesh/east --cluster west=dir:examples/mesh/west --node east-1"
show() {
    echo
    echo "\$ fedpol $mesh $*"
    # shellcheck disable=SC2086 # a list of options
    "$build/examples/fedpol" $mesh "$@" || true
}

echo "== The clusters: east is local, its node east-1 enforces; west is remote"
show status
echo
echo "== Who takes part: remote endpoints, found by the same selectors as local ones"
show endpoints --selector "app in {'web', 'db'} || role == 'backup'"
echo
echo "== What east's policies need to know of them"
show sets
echo
echo "== The rules for the kernel of east-1"
show render
echo
echo "== May web talk to db, and who says so?"
show verdict --from shop/web-0 --to west:shop/db-0 --proto tcp --port 5432
show verdict --from shop/cart-0 --to shop/web-0 --proto tcp --port 8080
show verdict --from west:tools/probe-0 --to shop/web-0 --proto tcp --port 8080
echo
echo "== The proof: pods as network namespaces, the rules loaded, real packets sent"
status=0
as_root=""
[ "$(id -u)" -eq 0 ] || ! command -v sudo >/dev/null 2>&1 || as_root=sudo
# shellcheck disable=SC2086 # a list of options
$as_root python3 examples/prove.py "$build/examples/fedpol" examples/mesh/flows.jsonl -- $mesh || status=$?
if [ "$status" -eq 77 ]; then
    echo "(run as root to send real packets; what stands above needs no privileges)"
    status=0
fi
exit "$status"
