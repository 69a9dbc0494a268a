"""Write docs/tables.md from the declared tables."""

from pathlib import Path

from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, guide

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tables.md"
PARTS = {
    "In the case folder": CASE_TABLES,
    "Inside the library": WORK_TABLES,
    "In `reports/<case>/tables/`": RUN_TABLES,
}


def tables_page() -> str:
    """The whole page."""
    parts = [
        "# Tables\n\nMade from `nicmethods/tables/` by `make tables`. Blank is unknown or undefined; 0 is counted and none.\n"
    ]
    for title, tables in PARTS.items():
        parts.append(f"## {title}\n")
        parts += [guide(table).replace("##", "###", 1) for table in tables.values()]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(tables_page(), encoding="utf-8")
