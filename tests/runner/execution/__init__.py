"""The execution half of the runner: engine, host functions, executors, artifacts."""
