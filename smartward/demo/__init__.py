"""A living ward on one machine: to be watched, or told as a story, or drawn as pictures."""
