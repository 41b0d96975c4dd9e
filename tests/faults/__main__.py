"""The desk under real faults, for as many rounds as asked.

    python -m tests.faults --rounds 100 --seed 1

Exits 0 only when no round found a violation. The same seed gives the same faults in the same order; the
moment at which each meets the desk is the machine's.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.desk import REPOSITORY
from tests.faults.rounds import Round, Rounds


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the desk's home behind")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="qdf-"))

    done: list[Round] = []

    def take(one: Round) -> None:
        done.append(one)
        print(one.line(), flush=True)
        for wrong in one.violations:
            print(f"  seed {arguments.seed}, round {one.number}: {wrong}", flush=True)

    try:
        Rounds(folder, REPOSITORY, arguments.seed).run(arguments.rounds, take)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    wrong = sum(bool(one.violations) for one in done)
    print(f"\n{'fault':<16}{'rounds':>8}{'with a kill':>14}{'violations':>12}")
    rounds, kills = Counter(one.kind for one in done), Counter(one.kind for one in done if one.with_kill)
    bad = Counter(one.kind for one in done for _ in one.violations)
    for kind in sorted(rounds):
        print(f"{kind:<16}{rounds[kind]:>8}{kills[kind]:>14}{bad[kind]:>12}")
    fills = done[-1].fills if done else 0
    print(f"{len(done)} of {arguments.rounds} rounds, {fills} fills, {wrong} with violations")
    if arguments.keep:
        print(f"The desk's home is left in {folder}")
    return 0 if not wrong and len(done) == arguments.rounds else 1


if __name__ == "__main__":
    sys.exit(main())
