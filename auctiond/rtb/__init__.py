"""Publishers ping us: what they ask is read, answered with a promise, and the promise is kept."""
