"""Training: what is fixed (settings), what changes (state), one step, and the loop."""
