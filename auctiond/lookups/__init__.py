"""Services that say who may be called, and of whom nobody wants a call: asked, and remembered."""
