"""Where the registry keeps what it knows: in SQL, or in memory for tests."""
