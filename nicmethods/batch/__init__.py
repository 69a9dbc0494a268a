"""Notebooks in bulk: plan, run, keep what they leave, and make a site of it. Knows notebooks and files, no measures."""
