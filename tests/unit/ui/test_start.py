"""What the console loads before its first screen: a trader waits for each of these modules."""

from __future__ import annotations

import subprocess
import sys

# Each takes longer to load than the screen to be drawn, or belongs to another part of the desk.
HEAVY = {
    "numpy", "pandas", "psycopg2", "jsonschema", "onnxruntime", "onnx", "xgboost", "optuna", "pyarrow",
    "sqlite3", "aiohttp", "jinja2", "textual_serve", "psutil", "pygments", "markdown_it", "rich.markdown",
    "rich.progress", "textual.widgets._markdown", "textual.widgets._data_table",
    "textual.widgets._text_area", "console.store", "console.supervisor", "console.research",
    "console.core.player", "console.core.drill",
    "console.core.lineage",
}  # fmt: skip


def test_nothing_heavy_is_loaded_before_the_first_screen(repository):
    code = "import sys, console.cli.open_console, console.ui.start; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=120, check=True
    )
    assert HEAVY & set(done.stdout.split()) == set()
