#!/usr/bin/env bash
# Lays out what the wheel carries beside the Python package, as real files:
#
#   stage.sh TARGET BINARIES NAME...
#
# TARGET/scripts/NAME             installed into bin/
# TARGET/data/share/quarterdeck/  installed into share/quarterdeck/: config, models, themes
# TARGET/platlib/trading_rust/    installed beside the extension: its types
set -euo pipefail
cd "$(dirname "$0")/.."
target="$1" binaries="$2"
shift 2

rm -rf "$target"
mkdir -p "$target/scripts" "$target/data/share/quarterdeck"
for name in "$@"; do
    install -m 755 "$binaries/$name" "$target/scripts/$name"
done
for folder in config models themes; do
    # The scripts that made a model are for the reader of the source, not for the desk.
    (cd "$folder" && find . -type f ! -name '*.py' ! -name '*.pyc' ! -name '.*' -print0) \
        | while IFS= read -r -d '' file; do
            install -D -m 644 "$folder/$file" "$target/data/share/quarterdeck/$folder/$file"
        done
done
install -D -m 644 bindings/trading_rust.pyi "$target/platlib/trading_rust/__init__.pyi"
touch "$target/platlib/trading_rust/py.typed"
