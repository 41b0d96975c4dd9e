"""Tests of what the console draws: lines as text, and flows driven with Textual's pilot."""
