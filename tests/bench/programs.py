"""Programs of the Rust workspace that only measure: cargo's examples."""

from __future__ import annotations

import os
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2] / "rust"


def example(name: str) -> Path:
    """Where `cargo build --release --example NAME` puts it; it may not have been built."""
    target = WORKSPACE / os.environ.get("CARGO_TARGET_DIR", "target")
    return target / "release" / "examples" / name
