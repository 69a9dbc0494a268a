"""Executed notebooks and results -> pages that a reviewer opens and trusts. Knows notebooks, tables and files, no measures."""
