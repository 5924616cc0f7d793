"""Checks every invariant of database, blobs and signatures, and explains what it finds."""
