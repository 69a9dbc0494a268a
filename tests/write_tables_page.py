"""Write docs/tables.md from the declared tables, and docs/glossary.md from the glossary that pages explain words with."""

from pathlib import Path

from nicmethods.site.pages import MEANINGS
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, guide

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tables.md"
GLOSSARY = PAGE.with_name("glossary.md")
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


def glossary_page() -> str:
    """The words that pages explain."""
    head = (
        "# Words\n\nThe words that reports explain where they are touched and at their end, made from `nicmethods/tables/glossary.csv` by "
        "`make tables`. How each is computed stands in the linked definitions.\n\n"
    )
    rows = sorted(MEANINGS.values(), key=lambda row: row["word"].lower())
    return head + "".join(f"- **{row['word']}**: {row['means']} [More](definitions/{row['more']}.md)\n" for row in rows)


if __name__ == "__main__":
    GLOSSARY.write_text(glossary_page(), encoding="utf-8")
    PAGE.write_text(tables_page(), encoding="utf-8")
