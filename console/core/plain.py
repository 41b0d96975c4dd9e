"""The screen for terminals without Unicode: each glyph by one character of ASCII, so that no column moves."""

from __future__ import annotations

_GLYPHS = {
    "▲": "^", "▼": "v", "▬": "-", "■": "#", "◐": "%", "●": "*", "○": "o", "◌": ".", "↻": "@", "✕": "x",
    "✓": "+", "✗": "x", "·": ".", "≈": "~", "┆": ":", "…": ".", "›": ">", "▌": "|", "▏": "|", "▸": ">",
    "▹": ">", "═": "=", "◂": "<", "→": ">", "←": "<", "↑": "^", "↓": "v", "↕": "|", "×": "x", "≤": "<",
    "–": "-", "—": "-", "•": "*", "‼": "!", "▾": "v", "▴": "^", "┈": "-", "┄": "-", "╌": "-", "│": "|",
    "┃": "#", "╵": "'", "╷": ",", "╹": "'", "╻": ",", "╽": "#", "╿": "#", "█": "#", "▀": "^", "▄": "_",
    "┼": "+", "▎": ":", "▍": ":", "▋": "#", "▊": "#", "▉": "#", "▁": "_", "▂": "_", "▃": ".", "▅": "-",
    "▆": "=", "▇": "#", "─": "-", "≥": ">", "°": "o", "△": "^", "▽": "v", "◆": "*", "±": "~", "−": "-",
    "’": "'",
}  # fmt: skip
TABLE = {ord(glyph): plain for glyph, plain in _GLYPHS.items()}
_BRAILLE = range(0x2800, 0x2900)
TABLE.update(dict.fromkeys(_BRAILLE, "."))


def plain(text: str) -> str:
    """The text in ASCII, cell by cell; what has no likeness becomes a question mark."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" for c in text.translate(TABLE))
