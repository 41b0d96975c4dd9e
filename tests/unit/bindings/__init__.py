"""The extension."""
