#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need and runs all of them; the last line counts them.
# Usage: tests/run.sh [JOB...]   jobs: gcc sanitizers threads valgrind fuzz demo (default: all)
set -eu
cd "$(dirname "$0")/.."

jobs=${*:-gcc sanitizers threads valgrind fuzz demo}
builds=${FEDPOL_BUILD_DIR:-build-tests}
results=$builds/results
mkdir -p "$builds"
rm -rf "$results"
mkdir -p "$results"

sh tests/packages.sh gcc g++ meson ninja-build pkg-config libc6-dev libcurl4-openssl-dev \
    libyajl-dev libyaml-dev libmd-dev check libsubunit-dev python3 python3-cffi git \
    'clang-14|clang' 'libclang-rt-14-dev|llvm' 'clang-format-14|clang-format' pmccabe valgrind \
    abigail-tools nftables iptables ipset iproute2 procps

clang='clang-14'
command -v "$clang" >/dev/null 2>&1 || clang=clang

# run_suite NAME SETUP-OPTIONS -- TEST-OPTIONS: builds in $builds/NAME, leaves the results.
run_suite() {
    name=$1
    shift
    options=""
    while [ "$1" != "--" ]; do
        options="$options $1"
        shift
    done
    shift
    echo "== $name"
    if [ ! -f "$builds/$name/build.ninja" ]; then
        # shellcheck disable=SC2086 # a list of options
        meson setup "$builds/$name" $options >"$results/$name.setup" 2>&1 || {
            tail -n 20 "$results/$name.setup"
            echo "setup of $name failed" >"$results/$name.broken"
            return 0
        }
    fi
    ninja -C "$builds/$name" >"$results/$name.build" 2>&1 || {
        grep -A 5 -E 'error:|FAILED' "$results/$name.build" | head -n 40
        echo "build of $name failed" >"$results/$name.broken"
        return 0
    }
    rm -f "$builds/$name/meson-logs/testlog.junit.xml"
    meson test -C "$builds/$name" --no-rebuild --print-errorlogs --num-processes 2 "$@" || true
    cp "$builds/$name"/meson-logs/testlog*.junit.xml "$results/$name.xml" 2>/dev/null ||
        echo "$name ran no test" >"$results/$name.broken"
}

for job in $jobs; do
    case $job in
    gcc)
        run_suite gcc --werror -Dbench=true -- ;;
    sanitizers)
        export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        CC=$clang run_suite sanitizers -Db_sanitize=address,undefined -Db_lundef=false -- \
            --suite unit --suite api --suite fuzz --timeout-multiplier 4 ;;
    threads)
        CC=$clang run_suite threads -Db_sanitize=thread -Db_lundef=false -- \
            --suite threads --timeout-multiplier 4 ;;
    valgrind)
        run_suite valgrind -Db_ndebug=false -- --setup valgrind --suite valgrind ;;
    fuzz)
        CC=$clang run_suite fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -- \
            --suite fuzz --timeout-multiplier 4 ;;
    demo)
        run_suite gcc --werror -Dbench=true -- --suite demo ;;
    *)
        echo "run.sh: no job $job" >&2
        exit 2 ;;
    esac
done

exec python3 tests/count.py "$results"
