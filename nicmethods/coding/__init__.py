"""Turns -> coded, linked events: suggestions, links, help events, agreement between coders."""
