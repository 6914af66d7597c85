#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need and runs all of them; the last line counts them.
# Usage: tests/run.sh [JOB...]   jobs: gcc poll sanitizers threads valgrind fuzz demo (default: all)
set -eu
cd "$(dirname "$0")/.."

jobs=${*:-gcc poll sanitizers threads valgrind fuzz demo}
builds=${FEDPOL_BUILD_DIR:-build-tests}
results=$builds/results
mkdir -p "$builds"
rm -rf "$results"
mkdir -p "$results"

sh tests/packages.sh gcc g++ meson ninja-build pkg-config libc6-dev \
    libcurl4-openssl-dev zlib1g-dev libyajl-dev libyaml-dev libmd-dev check libsubunit-dev python3 python3-cffi \
    python3-yaml git 'clang-14|clang' 'libclang-rt-14-dev|llvm' 'clang-format-14|clang-format' pmccabe valgrind \
    abigail-tools openssl libuv1-dev libglib2.0-dev curl nghttp2-proxy nftables iproute2 procps

clang='clang-14'
command -v "$clang" >/dev/null 2>&1 || clang=clang

# The modules where an uninitialised read would hide best, and the whole way through the API.
under_valgrind="base-arena base-buf base-idset base-index selector-parser selector-program wire-json
    wire-stream wire-yaml model-kind model-policy cluster-cluster policy-acceptance render-nft
    client-call client-config client-courier client-credential client-http client-kubeconfig
    client-remote_config client-status api-scenario api-commit"

# What has to be built; empty: everything.
targets=

# run_suite JOB NAME SETUP-OPTIONS -- TEST-OPTIONS: builds in $builds/NAME, leaves the job's results.
run_suite() {
    job=$1
    name=$2
    shift 2
    options=""
    while [ "$1" != "--" ]; do
        options="$options $1"
        shift
    done
    shift
    echo "== $job"
    if [ ! -f "$builds/$name/build.ninja" ]; then
        # shellcheck disable=SC2086 # a list of options
        meson setup "$builds/$name" $options >"$results/$job.setup" 2>&1 || {
            tail -n 20 "$results/$job.setup"
            echo "$job: setup of $name failed" >"$results/$job.broken"
            return 0
        }
    fi
    # shellcheck disable=SC2086 # a list of targets
    ninja -C "$builds/$name" $targets >"$results/$job.build" 2>&1 || {
        grep -A 5 -E 'error:|FAILED' "$results/$job.build" | head -n 40
        echo "$job: build of $name failed" >"$results/$job.broken"
        return 0
    }
    rm -f "$builds/$name"/meson-logs/testlog*.junit.xml
    meson test -C "$builds/$name" --no-rebuild --print-errorlogs --num-processes 2 "$@" || true
    cp "$builds/$name"/meson-logs/testlog*.junit.xml "$results/$job.xml" 2>/dev/null ||
        echo "$job ran no test" >"$results/$job.broken"
}

with_clang() (
    export CC="$clang" ASAN_OPTIONS=detect_leaks=1
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    "$@"
)

for asked in $jobs; do
    case $asked in
    gcc)
        run_suite gcc gcc --werror -Dbench=true -- --no-suite demo ;;
    poll)
        targets='libfedpol/libfedpol.so.0.1.0 examples/fedpol examples/loop-epoll examples/loop-glib examples/loop-libuv'
        run_suite poll poll --werror -Dcurl_poll=true -- live live-h2 live-hostile
        targets= ;;
    sanitizers)
        with_clang run_suite sanitizers sanitizers -Db_sanitize=address,undefined -Db_lundef=false -- \
            --suite unit --suite api --suite fuzz --suite churn --timeout-multiplier 4 ;;
    threads)
        with_clang run_suite threads threads -Db_sanitize=thread -Db_lundef=false -- \
            --suite threads --timeout-multiplier 4 ;;
    valgrind)
        # shellcheck disable=SC2086 # a list of names
        run_suite valgrind gcc --werror -Dbench=true -- --setup valgrind $under_valgrind ;;
    fuzz)
        with_clang run_suite fuzz fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -- \
            --suite fuzz --timeout-multiplier 4 ;;
    demo)
        run_suite demo gcc --werror -Dbench=true -- --suite demo ;;
    *)
        echo "run.sh: no job $asked" >&2
        exit 2 ;;
    esac
done

exec python3 tests/count.py "$results"
