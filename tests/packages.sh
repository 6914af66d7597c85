#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs Debian/Ubuntu packages that are missing. Usage: packages.sh PACKAGE...
# A name of the form "A|B" takes the first of the two that the distribution has.
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "packages.sh: run as root or install sudo, to get: $*" >&2
        exit 1
    fi
}

installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing=""
for package in "$@"; do
    first=${package%%|*}
    second=${package##*|}
    installed "$first" || installed "$second" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null 2>&1 || {
    echo "packages.sh: this is no Debian or Ubuntu; please install:$missing" >&2
    exit 1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
    as_root env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
}

echo "installing:$missing"
quietly apt-get update -qq
chosen=""
for package in $missing; do
    first=${package%%|*}
    second=${package##*|}
    if apt-cache show "$first" >/dev/null 2>&1; then
        chosen="$chosen $first"
    else
        chosen="$chosen $second"
    fi
done
# shellcheck disable=SC2086 # a list of names
quietly apt-get install -y -qq --no-install-recommends $chosen
