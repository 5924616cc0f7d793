"""What the routes of the reference system ask of registry and runner."""
