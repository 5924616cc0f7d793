"""A small host application: what a product answers to the runners of the extension platform."""
