#!/usr/bin/env bash
# The terminal tests drive a real tmux and a real sshd. Installs them where it may, else names them.
set -euo pipefail

packages=()
command -v tmux >/dev/null || packages+=(tmux)
command -v ssh >/dev/null || packages+=(openssh-client)
PATH="$PATH:/usr/sbin" command -v sshd >/dev/null || packages+=(openssh-server)
[ "${#packages[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
    sudo -n true 2>/dev/null || as_root=()
fi
if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || [ "${#as_root[@]}" -gt 0 ]; }; then
    echo "Installing for the terminal tests: ${packages[*]}"
    "${as_root[@]}" apt-get update -qq </dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        "${packages[@]}" </dev/null >/dev/null
else
    echo "The terminal tests need these packages; install them first: ${packages[*]}" >&2
    exit 1
fi
