"""Coding, exploring and deciding in JupyterLab: widgets over the tables of a case."""
