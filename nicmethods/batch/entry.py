"""What Papermill finds by entry point. It imports nothing, since Papermill loads it while it is itself being imported."""

from __future__ import annotations

from typing import Any

__all__ = ["NicmethodsEngine"]


class NicmethodsEngine:
    """Stands for :class:`nicmethods.batch.engine.NicmethodsEngine` until a notebook runs."""

    @classmethod
    def execute_notebook(cls, *arguments: Any, **options: Any) -> Any:
        """Hand a notebook to the engine; arguments are Papermill's."""
        from nicmethods.batch import engine

        return engine.NicmethodsEngine.execute_notebook(*arguments, **options)
