"""A case folder on disk -> a checked, frozen case; nothing else touches the folder."""
