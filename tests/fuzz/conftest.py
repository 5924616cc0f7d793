"""How examples are searched for: the same ones on every run, and others with `--hypothesis-profile=search`."""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
if settings.get_current_profile_name() == "default":
    settings.load_profile("ci")
