"""A manuscript as a file: Word, with real headings, captions and alternative texts, or Markdown with its pictures beside it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from nicmethods.exchange.word import legal, repeat_on_each_page
from nicmethods.paper.parts import Figure, Grid, Heading, Note, Part, Quote, Text, ToWrite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["write_docx", "write_markdown"]

_TO_WRITE = "For the authors: "
_MARKS = re.compile(r"([\\`*_\[\]<>#|$~^])")


def write_markdown(parts: Sequence[Part], path: Path) -> None:
    """Write a manuscript as Markdown; pictures go into a folder of the file's name beside it.

    Parameters
    ----------
    parts
        From :func:`~nicmethods.paper.manuscript.manuscript`. What people said or wrote is escaped, so that nothing in it marks up.
    path
        The file to write; its folder must exist.
    """
    blocks = []
    for part in parts:
        if isinstance(part, Figure):
            picture = path.with_suffix("") / f"{part.label.lower().replace(' ', '-')}.png"
            picture.parent.mkdir(exist_ok=True)
            picture.write_bytes(part.png)
            blocks += [
                f"![{_plain(part.alt)}]({picture.parent.name.replace(' ', '%20')}/{picture.name})",
                f"**{part.label}.** {_plain(part.caption)}",
            ]
        else:
            blocks.append(_markdown(part))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8", newline="\n")


def _markdown(part: Text | Grid) -> str:
    if isinstance(part, Grid):
        head, *rows = (f"| {' | '.join(map(_plain, row))} |" for row in (part.head, *part.rows))
        note = [f"\n*Note.* {_plain(part.note)}"] if part.note else []
        return "\n".join(
            [f"**{part.label}.** {_plain(part.caption)}\n", head, f"|{'---|' * len(part.head)}", *rows, *note]
        )
    text = _plain(part.text)
    match part:
        case Heading():
            return f"{'#' * (part.level + 1)} {text}"
        case Quote():
            return f"> {text}\n>\n> — {_plain(part.source)}"
        case Note():
            return f"**{text}**"
        case ToWrite():
            return f"*\\[{_TO_WRITE}{text}\\]*"
    return text


def _plain(text: str) -> str:
    """One line in which nothing marks up; a line that begins like a list does not."""
    line = _MARKS.sub(r"\\\1", " ".join(legal(text).split()))
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", re.sub(r"^([-+=])", r"\\\1", line))


def write_docx(parts: Sequence[Part], path: Path) -> None:
    """Write a manuscript as a Word document.

    Parameters
    ----------
    parts
        From :func:`~nicmethods.paper.manuscript.manuscript`. Wide tables stand on pages of their own on their side.
    path
        The document to write, ending in ``.docx``; its folder must exist.
    """
    from docx import Document
    from docx.shared import Cm, Pt

    document = Document()
    _on_paper(document.sections[0], wide=False)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Georgia", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    caption = document.styles["Caption"]
    caption.font.size, caption.font.color.rgb, caption.paragraph_format.keep_with_next = Pt(9.5), None, True
    was_wide = False
    for part in parts:
        wide = isinstance(part, Grid) and part.wide
        if wide != was_wide:
            _on_paper(document.add_section(), wide=wide)
        was_wide = wide
        if isinstance(part, Grid):
            _add_grid(document, part)
        elif isinstance(part, Figure):
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            shape = paragraph.add_run().add_picture(io.BytesIO(part.png))
            _fit(shape, Cm(16.4), Cm(19))
            shape._inline.docPr.set("descr", legal(part.alt))
            shape._inline.docPr.set("title", part.label)
            _caption(document, part).paragraph_format.keep_with_next = False
        else:
            _add_text(document, part)
    document.core_properties.author = ""
    title = next((part.text for part in parts if isinstance(part, Heading)), "")
    document.core_properties.title = legal(title)[:255]
    document.save(str(path))


def _add_text(document: Any, part: Text) -> None:
    text = legal(part.text)
    match part:
        case Heading():
            document.add_heading(text, part.level)
        case Quote():
            paragraph = document.add_paragraph(text, style="Quote")
            paragraph.add_run(f" ({legal(part.source)})").italic = False
        case Note():
            document.add_paragraph().add_run(text).bold = True
        case ToWrite():
            document.add_paragraph().add_run(f"[{_TO_WRITE}{text}]").italic = True
        case _:
            document.add_paragraph(text)


def _add_grid(document: Any, part: Grid) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, Twips

    _caption(document, part)
    grid = document.add_table(rows=0, cols=len(part.head), style="Light Shading")
    grid.autofit = False
    look = grid._tbl.tblPr.find(qn("w:tblLook"))
    look.set(qn("w:noHBand"), "1")
    look.set(qn("w:val"), "0620")
    section = document.sections[-1]
    width = section.page_width - section.left_margin - section.right_margin
    shares = part.shares or [2.0] + [1.0] * (len(part.head) - 1)
    sizes = [Twips(int(width / Twips(1) * share / sum(shares))) for share in shares]
    for column, size in zip(grid.columns, sizes, strict=True):
        column.width = size
    for texts in (part.head, *part.rows):
        row = grid.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # no row breaks over two pages
        for cell, text, size in zip(row.cells, texts, sizes, strict=True):
            cell.width = size
            run = cell.paragraphs[0].add_run(legal(text))
            run.font.size, run.bold = Pt(8), texts is part.head
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
    repeat_on_each_page(grid.rows[0])
    note = document.add_paragraph()
    if part.note:
        note.add_run(f"Note. {legal(part.note)}").font.size = Pt(8.5)


def _caption(document: Any, part: Grid | Figure) -> Any:
    """A caption whose number Word can count anew."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    kind, number = part.label.split()
    paragraph = document.add_paragraph(f"{kind} ", style="Caption")
    field = (
        f'<w:fldSimple {nsdecls("w")} w:instr=" SEQ {kind} \\* ARABIC "><w:r><w:t>{number}</w:t></w:r></w:fldSimple>'
    )
    paragraph._p.append(parse_xml(field))
    paragraph.add_run(f". {legal(part.caption)}")
    return paragraph


def _on_paper(section: Any, *, wide: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(29.7), Cm(21)) if wide else (Cm(21), Cm(29.7))
    section.left_margin = section.right_margin = Cm(2.3)
    section.top_margin = section.bottom_margin = Cm(2.3)


def _fit(shape: Any, width: int, height: int) -> None:
    scale = min(width / shape.width, height / shape.height, 1)
    shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
