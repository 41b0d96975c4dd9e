"""The supervisor as a program, which `quarterdeck up` starts: `python -m console.supervisor`."""

from __future__ import annotations

import argparse
import logging
import sys
import time

import zmq

from console.core.config import ConfigError
from console.core.paths import Home, HomeError
from console.supervisor.options import UpOptions
from console.supervisor.postgres import DatabaseError
from console.supervisor.progress import Progress
from console.supervisor.supervisor import AlreadyRunningError, StartError, Supervisor


def main() -> int:
    """Run one desk until it is asked to stop; 1 when it could not be started."""
    parser = argparse.ArgumentParser(prog="console.supervisor", description=__doc__)
    parser.add_argument("--home", required=True, help="the desk's folder")
    parser.add_argument("--options", required=True, help="what `up` asked for, as JSON")
    parser.add_argument("--progress-fd", type=int, default=None, help="where to tell how the start goes")
    arguments = parser.parse_args()
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    logging.Formatter.converter = time.gmtime
    progress = Progress(arguments.progress_fd)
    try:
        Supervisor(Home.resolve(arguments.home), UpOptions.from_json(arguments.options), progress).run()
    except (StartError, AlreadyRunningError, ConfigError, HomeError, DatabaseError) as error:
        progress.failed(str(error))
        return 1
    except (OSError, zmq.ZMQError) as error:
        logging.exception("the supervisor ends")
        progress.failed(f"The supervisor can't go on: {error}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
