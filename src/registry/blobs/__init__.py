"""Where the registry keeps bundles."""
