"""What crosses a border: packaging, integration, terminal, faults, golden files."""
