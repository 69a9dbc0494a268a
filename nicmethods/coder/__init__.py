"""Suggestions: rules, a starting coder, a trained one; links between turns. Never a coding until a person accepts."""
