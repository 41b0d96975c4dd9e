"""What PostgreSQL keeps of the desk, as DataFrames."""
