#!/usr/bin/env bash
# Resolves pyproject.toml into the two hashed locks. Run on the oldest Python the project supports.
#
#   requirements.lock      what `make run` installs: the desk's own dependencies and the wheel builder
#   requirements-dev.lock  all of that at the same versions, with tests, lints and the training script's needs
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pip-tools>=7.5'

# pip-tools reads neither [dependency-groups] nor an extra without building the project: write them out flat.
"$work/venv/bin/python" - "$work" <<'PYTHON'
import pathlib
import sys
import tomllib

if sys.version_info[:2] != (3, 11):
    sys.exit("lock.sh: run it with Python 3.11, the oldest version supported, as python3")
work = pathlib.Path(sys.argv[1])
pyproject = tomllib.loads(pathlib.Path("pyproject.toml").read_text(encoding="utf-8"))
groups = pyproject["dependency-groups"]
project = pyproject["project"]
runtime = [*project["dependencies"], *groups["build"]]
developer = [*runtime, *project["optional-dependencies"]["research"], *groups["dev"]]
(work / "requirements.in").write_text("\n".join(runtime) + "\n", encoding="utf-8")
(work / "requirements-dev.in").write_text("\n".join(developer) + "\n", encoding="utf-8")
PYTHON

compile_lock() {
    "$work/venv/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
        --output-file "$@"
}
compile_lock requirements.lock "$work/requirements.in"
compile_lock requirements-dev.lock --constraint requirements.lock "$work/requirements-dev.in"
