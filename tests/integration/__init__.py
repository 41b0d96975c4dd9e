"""What crosses a border: processes, sockets, languages."""
