"""Publishing for tools that cannot sign: archives that wait, and the registry that signs for their publishers."""
