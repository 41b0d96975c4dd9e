"""The console in a real tmux, on a real desk."""
