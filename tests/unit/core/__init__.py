"""Tests of the console's core, which draws nothing."""
