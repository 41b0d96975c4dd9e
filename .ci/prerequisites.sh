#!/usr/bin/env bash
# Says what is missing to build the desk, and how to get it. `--python` prints the interpreter to use.
set -euo pipefail

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3 python3.14; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

if [ "${1:-}" = "--python" ]; then
    find_python
    exit
fi

missing=0
need() {
    echo "missing: $1" >&2
    missing=1
}

find_python >/dev/null \
    || need "Python 3.11 or newer with venv (Debian: apt-get install python3 python3-venv); or name one: make PYTHON=/path/to/python3.11"
command -v c++ >/dev/null || command -v g++ >/dev/null \
    || need "a C++ compiler (Debian: apt-get install g++)"
if ! command -v cargo >/dev/null; then
    need "Rust 1.89 or newer (cargo is not on PATH; the Rust toolchain installer puts it into ~/.cargo/bin)"
elif ! cargo --version | awk '{ split($2, v, "."); exit !(v[1] > 1 || v[2] >= 89) }'; then
    need "Rust 1.89 or newer; this is $(cargo --version) (rustup update stable)"
fi
exit "$missing"
