"""The product's own pages: who is signed in, what they may open, and how the UIs of extensions get their answers."""
