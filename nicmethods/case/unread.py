"""Files of a case folder that nothing reads: each is named, with what to do."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from nicmethods.errors import Problem
from nicmethods.tables import CASE_TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = ["unread_files", "what_to_do"]

_ADVICE = {
    "mp3 wav m4a ogg oga opus flac aac wma aif aiff amr": "audio: give a transcript beside it (vtt, srt, docx or txt).",
    "mp4 mov mkv webm avi m4v wmv mpg mpeg 3gp": "video: give a transcript beside it (vtt, srt, docx or txt).",
    "png jpg jpeg gif bmp tif tiff webp heic svg": "a picture: write down what is in it as notes, or take it away.",
    "rtf doc odt pages wpd gdoc": "open it in Word, LibreOffice or Google Docs and save it as docx.",
    "pdf": "a PDF does not keep who speaks: export the transcript again as docx, vtt or txt, or open the PDF in Word, save it as docx and check it.",
    "html htm xhtml mht": "open it in a browser, copy the text into Word and save it as docx, or save the page as text (txt).",
    "eaf": "ELAN: choose File > Export As > Tab-delimited Text for the tiers with utterances alone, write 'speaker', 'start', 'end' and 'text' above its columns, and save it as tsv.",
    "textgrid": "Praat: a tier is a speaker or a layer, which only you know. Write a csv with the columns speaker, start, end and text.",
    "cha": "CLAN: only lines with * are talk. Save those as txt, '*ANA:' as 'ANA:'.",
    "qdpx qdc qda sqlite3 sqlite db": "a project of another program: bring it in with `nicmethods import FILE --case NAME`.",
    "mx24 mx22 mx20 mx18 mex24 mex22 nvp nvpx nvcx atlproj atlproj23 atlproj24 hpr7 hpr6 dedoose": "a project that only its program reads: export it there as REFI-QDA (qdpx) and bring that in with `nicmethods import`.",
    "srv1 srv2 srv3 json3 ttml dfxp ass ssa stl xml lrc": "export the captions as vtt or srt.",
    "xls xlsb ods numbers": "save it as xlsx or csv.",
    "sav dta por rds rdata": "save it as csv, with words instead of codes for answers.",
    "zip gz 7z rar tar": "unpack it.",
}  # fmt: skip
_BY_ENDING = {ending: advice for endings, advice in _ADVICE.items() for ending in endings.split()}
_OTHERWISE = "it is of no kind that is read; convert it (transcripts: vtt, srt, sbv, txt, md, docx, csv, tsv, xlsx, json; tables: csv, xlsx) or take it away."
_OF_TALK = ("vtt", "srt", "sbv", "txt", "md", "docx", "csv", "tsv", "xlsx", "json")
_ABOUT = ("readme", "licence", "license", "citation", "changelog", "notice")
_OF_SYSTEMS = ("thumbs.db", "desktop.ini", "__macosx", "__pycache__", "icon\r")
_OWN = ("codebooks", "notebooks", "imported", "codings/as_coded", "codings/samples")


def what_to_do(path: Path) -> str:
    """Say what makes a file of this kind readable."""
    advice = _BY_ENDING.get(path.suffix.lower().lstrip("."), _OTHERWISE)
    return advice[0].upper() + advice[1:]


def unread_files(folder: Path, read: Collection[str]) -> list[Problem]:
    """List the files of a case folder that nothing reads.

    Parameters
    ----------
    folder
        The case folder.
    read
        Files that are read, or that something else was said about, relative to the folder.

    Returns
    -------
    list of Problem
        A warning a file, with what to do; what begins with a dot or ``~``, readme and licence files are passed over, and so
        are the case's own codebooks and notebooks.
    """
    known = {name.replace("\\", "/") for name in read}
    problems = []
    for path in _files(folder, folder):
        name = path.relative_to(folder).as_posix()
        if name not in known:
            problems.append(Problem("warning", name, None, "", path.suffix, f"is not read. {_advice(path, name)}"))
    return problems


def _files(inside: Path, folder: Path) -> Iterator[Path]:
    for path in sorted(inside.iterdir()):
        if path.name.startswith((".", "~")) or path.name.casefold() in _OF_SYSTEMS:
            continue
        if path.is_dir() and not path.is_symlink():
            if path.relative_to(folder).as_posix() not in _OWN:
                yield from _files(path, folder)
        elif path.stem.casefold() not in _ABOUT:
            yield path


def _advice(path: Path, name: str) -> str:
    ending = path.suffix.lower().lstrip(".")
    if ending in _BY_ENDING:
        return what_to_do(path)
    place = name.split("/")[0]
    if "/" not in name and ending in ("csv", "xlsx", "tsv"):
        close = get_close_matches(re.split(r"[\W_]", path.stem.casefold())[0], CASE_TABLES, n=1, cutoff=0.7)
        hint = f"Is it {close[0]}.csv? " if close else ""
        return f"{hint}Rename it to one of {', '.join(f'{table}.csv' for table in CASE_TABLES if table not in ('codings', 'coverage', 'adjudicated', 'ratings'))}, or say under files: in case.yml what it holds."
    if name.startswith("codings/to_review/"):
        return "These codings could not follow a corrected transcript: put what is right into the coder's file, then take this one away."
    if place == "codings":
        return (
            "A coder's file is codings/<coder>.csv (or xlsx); `nicmethods import` brings in what other programs wrote."
        )
    if place == "transcripts" and ending in _OF_TALK:
        return "Name it in the column 'transcript' of activities.csv, or take it away."
    if ending in _OF_TALK:
        return "Transcripts and notes go into transcripts/."
    return what_to_do(path)
