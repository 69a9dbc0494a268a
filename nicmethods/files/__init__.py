"""Bytes on disk -> text, cells, documents, and back; knows no case."""
