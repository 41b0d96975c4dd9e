"""`python -m console.research.optimize_worker`: one worker of a study; the search comes as JSON on stdin.

The address of the database comes by the environment, where other users can't read it.
"""

from __future__ import annotations

import json
import os
import sys

import optuna

from console.research.leakage import LeakageError
from console.research.optimize import Search, StudyError, work
from console.research.sources import SourceError

URL_VARIABLE = "QUARTERDECK_STUDY_URL"
INTERRUPTED = 130


def main() -> int:
    """Work; the exit code says how it ended."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        work(Search(**json.load(sys.stdin)), os.environ[URL_VARIABLE])
    except (StudyError, SourceError, LeakageError) as error:
        sys.stderr.write(f"A worker ended: {error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
