"""The HTTP routes of the reference system, as its command line, its host application and its runner call them."""
