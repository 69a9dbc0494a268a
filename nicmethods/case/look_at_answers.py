"""A row an answered questionnaire: which tool wrote the file, who answers, which columns name people or hold names, in which words."""

from __future__ import annotations

import re
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nicmethods.case.asking import NOBODY, Eye, quoted, weight_like
from nicmethods.case.names import fold
from nicmethods.case.questionnaires import (
    NOT_TICKED,
    TICKED,
    Answer,
    Column,
    Sheet,
    is_among,
    is_import_ids,
    labels_of,
    laid_out,
    split_names,
    stem_of,
)
from nicmethods.case.surveys import SurveyFile, whom
from nicmethods.files.cells import header_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nicmethods.files.cells import Grid

__all__ = ["Tool", "look_at_answers", "tool_of"]

_REFUSAL = re.compile(r"no\b|i do not|i don't|i disagree|disagree|i decline|decline|refuse", re.IGNORECASE)
_WHO = re.compile(
    r"\b(your|respondent|ego|nominator|rater|participant|who are you|my) ?(\w+ )?(name|id|code|e ?mail)?\b|^(full )?name$|^e ?mail( address)?$|^id$"
)
_EGOS = {"ego", "source", "respondent", "nominator"}
_SAYS_MORE = re.compile(r"(?i)[(\[]\s*(?:\d|no|not\b)[^()\[\]]*[)\]]\s*$")
_MARKS = (";", ",", "|", "\n", "/", " and ", " & ", " ")
_ENOUGH, _HALF, _SOME = 0.9, 0.5, 0.2
_LONGEST_NAME = 6


@dataclass(frozen=True)
class Tool:
    """How a survey tool's files are known and what their columns mean; without a name: of no tool that is known."""

    name: str = ""
    needs: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    finished: tuple[tuple[str, tuple[str, ...]], ...] = ()
    leave_out: tuple[tuple[str, tuple[str, ...]], ...] = ()


_PREVIEWS = ("survey preview", "survey test", "spam", "1", "2", "8", "9")
_TOOLS = (
    Tool("Network Canvas", ("networkcanvasegouuid", "networkcanvasuuid"), ("networkcanvasegouuid",)),
    Tool(
        "Qualtrics", ("startdate", "enddate"), ("externalreference", "externaldatareference", "recipientemail"),
        finished=(("finished", ("true", "1")), ("progress", ("100",))),
        leave_out=(("status", _PREVIEWS), ("distributionchannel", ("preview",))),
    ),
    Tool("SurveyMonkey", ("respondent id", "collector id"), ("email address", "custom data 1")),
    Tool("Microsoft Forms", ("start time", "completion time"), ("email", "name")),
    Tool("LimeSurvey", ("submitdate",), finished=(("submitdate", ("*",)),)),
    Tool("LimeSurvey", ("date submitted",), finished=(("date submitted", ("*",)),)),
    Tool("LimeSurvey", ("completed", "last page seen"), finished=(("completed", ("*",)),)),
    Tool("REDCap", ("record_id",), ("record_id",)),
    Tool("KoboToolbox", ("_uuid", "_submission_time")),
    Tool("ODK", ("submissiondate", "key")),
    Tool("Google Forms", ("timestamp",), ("email address",)),
    Tool(finished=(("response status", ("complete", "completed")),), leave_out=(("response status", ("test", "preview", "spam")),)),
)  # fmt: skip


def _names(heading: str) -> tuple[str, ...]:
    """What a heading may be known by: LimeSurvey can write the code of a question, a dot and its text."""
    return fold(heading), fold(heading.partition(". ")[0])


def tool_of(header: Sequence[str]) -> Tool:
    """Which survey tool writes such a header."""
    folded = [name for cell in header for name in _names(cell)]
    if any(re.search(r"___-?\w+$|\(choice=.*\)$", cell) for cell in folded):
        return Tool("REDCap")
    if [fold(cell) for cell in header[:2]] == ["v1", "v2"]:
        return next(tool for tool in _TOOLS if tool.name == "Qualtrics")
    if {"From", "To"} <= set(header):
        return Tool("Kumu")
    return next(tool for tool in _TOOLS if set(tool.needs) <= set(folded))


def look_at_answers(grid: Grid, mapping: dict[str, Any], tool: Tool, shape: str, eye: Eye) -> None:
    """Look at a file in which a row is an answered questionnaire, and write down how it is read.

    Parameters
    ----------
    grid
        The file's rows.
    mapping
        What is known of its entry in case.yml; ``header: false`` for a file without a header row.
    tool
        The survey tool that wrote it.
    shape
        What a person has said of its shape.
    eye
        The file under the eye.
    """
    start, n_headers = header_at(grid), 0
    if mapping.get("header", True):
        n_headers = _header_rows(grid.rows[start : start + 5], tool, eye)
    _, columns, body = laid_out(grid, n_headers)
    if not body:
        eye.found.refused = f"under {n_headers} header rows there is no answer."
        return
    said = f"{n_headers} header {'row' if n_headers == 1 else 'rows'}, {len(body)} rows of answers"
    if tool.name:
        said = f"its first row holds {', '.join(tool.needs) or 'names with ___'}; {said}"
    eye.found.kind = f"answers as {tool.name} exports them" if tool.name else "answered questionnaires, a row each"
    eye.why(said)
    if n_headers > 1:
        mapping["headers"] = n_headers
    sheet = Sheet(_with_codes(columns, eye), [Answer(row, "", None, None, cells) for row, cells in body])
    by_name = {name: column for column in reversed(sheet.columns) for text in (*column.texts[:2], column.key) if text for name in _names(text)}  # fmt: skip
    _look_at_rows(sheet, by_name, mapping, tool, eye)
    sheet.columns = [column for column in sheet.columns if column.texts[0] or any(sheet.said(column))]
    for column in sheet.columns:
        out = mapping.get("leave_out", {}).get(column.key, ())
        sheet.answers = [answer for answer in sheet.answers if not is_among(answer.at(column), out)]
    who = _look_for_who(sheet, by_name, mapping, tool, eye)
    taken = {fold(one) for one in (*mapping.get("finished", ()), *mapping.get("leave_out", ()))}
    rest = [column for column in sheet.columns if column not in who and fold(column.key) not in taken]
    groups = {} if shape == "lists" else _questions(rest, sheet, eye)
    if groups:
        _look_at_questions(groups, sheet, mapping, eye)
        read = {column for group in groups.values() for column in group}
        _look_at_unread([column for column in rest if column not in read], sheet, eye)
    else:
        _look_at_lists(rest, sheet, mapping, eye)


def _header_rows(rows: Sequence[Sequence[str]], tool: Tool, eye: Eye) -> int:
    import_ids = next((n for n, cells in enumerate(rows) if is_import_ids(cells)), None)
    if import_ids is not None:
        return import_ids + 1
    two = False
    if len(rows) > 1 and not tool.name:  # questions in merged cells above the people they are about
        below = [cell for cell in rows[1] if cell]
        two = "" in rows[0] and not any(rows[1][:1]) and len(below) > 1 and eye.share(below) >= _ENOUGH
    elif len(rows) > 1 and tool.name == "SurveyMonkey":
        two = set(rows[1][:2]) <= {"", "NA"}
    elif len(rows) > 1 and tool.name == "Qualtrics":
        began = next((below for cell, below in zip(*rows[:2], strict=False) if fold(cell) == "startdate"), "")
        two = re.match(r"\d{4}-\d\d|\d{1,2}/\d{1,2}/\d", began) is None
    return 2 if two else 1


def _with_codes(columns: list[Column], eye: Eye) -> list[Column]:
    """The columns, with the labels of a data dictionary behind those that have codes."""
    labels = eye.pairs("code")
    for key, label in labels.items():
        if eye.is_person(label) and key not in eye.pairs("person") and any(column.key == key for column in columns):
            eye.say(key, str(eye.who(label)))
    return [replace(one, texts=(*one.texts, labels[one.key])) if one.key in labels else one for one in columns]


def _look_at_rows(sheet: Sheet, by_name: Mapping[str, Column], mapping: dict[str, Any], tool: Tool, eye: Eye) -> None:
    """Which rows are answers, and which were finished."""
    for option, key in (("finished", "finished"), ("leave-out", "leave_out")):
        for one in eye.said(option):
            name, sign, value = one.rpartition("=")
            if sign:
                mapping.setdefault(key, {}).setdefault(name, []).append(value)
    boxes = [n for n, column in enumerate(sheet.columns) if re.search(r"___|\(choice=", column.key)]
    finished = [(by_name[name], values) for name, values in tool.finished if name in by_name]
    if tool.name == "REDCap" and boxes:
        forms = [one for one in sheet.columns[boxes[-1] :] if one.key.endswith("_complete") or fold(one.key) == "complete?"]  # fmt: skip
        finished = [(form, ("2", "Complete")) for form in forms]
        if not finished and "finished" not in mapping:
            eye.ask("finished", "REDCap writes 0 for a box that nobody looked at. Which column says that the form is complete? FORM_complete=2; record_id=* believes every zero.")  # fmt: skip
    if finished and "finished" not in mapping:
        column, values = finished[0]
        mapping["finished"] = {column.key: list(values)}
        n = sum(is_among(cell, values) for cell in sheet.said(column))
        eye.why(f"'{column.key}' says who finished: {n} of {len(sheet.answers)}")
    left = mapping.pop("leave_out", {})
    if "none" in eye.said("leave-out"):
        return
    for column in sheet.columns:
        refused = Counter(filter(_REFUSAL.match, sheet.said(column)))
        if refused and column.key not in left and any("consent" in text.casefold() for text in column.texts):
            left[column.key] = list(refused)
            eye.why(f"left out without consent ('{column.key}'): {refused.total()}")
    for name, values in tool.leave_out:
        if name in by_name and by_name[name].key not in left:
            key = by_name[name].key
            there = Counter(cell for cell in sheet.said(by_name[name]) if fold(cell) in values)
            if there.total() == len(sheet.answers):
                eye.ask("leave-out", f"Every row is a preview, a test or spam by '{key}' ({', '.join(there)}). Are they answers all the same? Then leave out", ("none",))  # fmt: skip
            elif there:
                left[key] = list(there)
                eye.why(f"left out as previews, tests or spam: {there.total()} ({key} {', '.join(there)})")
    mapping |= {"leave_out": left} if left else {}


def _look_for_who(sheet: Sheet, by_name: Mapping[str, Column], mapping: dict[str, Any], tool: Tool, eye: Eye) -> list[Column]:  # fmt: skip
    """The column of those who answer: people of the roster, each once; the tool's, else the one called so, else the first."""
    known = eye.pairs("source")
    lost = [one for one in eye.said("who") if fold(one) not in by_name]
    if lost:
        eye.refuse(f"there is no column '{lost[0]}'. Columns: {', '.join(column.key for column in sheet.columns)}.")
        return []

    def labels_in(candidate: list[Column]) -> list[str]:
        return [" ".join(filter(None, map(answer.at, candidate))) for answer in sheet.answers]

    pairs = (("first name", "last name"), ("recipientfirstname", "recipientlastname"))
    several = [[by_name[one] for one in pair] for pair in pairs if all(one in by_name for one in pair)]
    scores: list[tuple[bool, int, bool, bool, int, list[Column]]] = []
    for candidate in [*([column] for column in sheet.columns), *several]:
        labels = labels_in(candidate)
        there = [known.get(label, label) for label in labels if label]
        share, apart = eye.share(there), len(set(there)) / max(len(labels), 1)
        rank = next((n for n, name in enumerate(tool.who) if fold(candidate[0].key) == name), 99)
        is_called = any(_WHO.search(fold(text)) for text in (candidate[0].key, *candidate[0].texts[:2]))
        if share * apart >= (_SOME if is_called or rank < 99 else _HALF):
            scores.append((apart < _ENOUGH, rank, not is_called, share < _ENOUGH, candidate[0].at, candidate))
    chosen = [by_name[fold(one)] for one in eye.said("who")] or min(scores, key=lambda one: one[:5], default=([],))[-1]
    if not chosen:
        eye.ask("who", "Which column says who answers?", [column.key for column in sheet.columns])
        return []
    own = [column.key for column in sheet.columns if fold(column.key) in _EGOS and any(sheet.said(column))]
    if own and not eye.said("who") and not {column.key for column in chosen} & set(own):
        eye.ask("who", f"'{own[0]}' is called as one that says who answers, but holds nobody of the roster. Which column says it?", [*own, chosen[0].key])  # fmt: skip
    keys = [column.key for column in chosen]
    mapping["who"] = _alone(keys)
    labels = labels_in(chosen)
    who = [known.get(label, label) for label in labels]
    sheet.answers = [replace(answer, who=one) for answer, one in zip(sheet.answers, who, strict=True)]
    eye.why(f"'{' + '.join(keys)}' says who answers: {sum(map(bool, labels))} rows")
    if known:
        mapping["values"] = {"source": {label: known[label] for label in dict.fromkeys(labels) if label in known}}
    eye.say_strangers(who, "who answers")
    if "wave" not in mapping:
        spare = [column for column in sheet.columns if column not in chosen and not whom(column, eye.file())]
        eye.column_of("wave", {column.key: sheet.said(column) for column in spare}, mapping)
    return chosen


def _alone(keys: list[str]) -> list[str] | str:
    """One word where there is one, as a person would write it."""
    return keys if len(keys) > 1 else keys[0]


def _questions(columns: list[Column], sheet: Sheet, eye: Eye) -> dict[str, list[Column]]:
    """Columns that name people, by the question they belong to; a question has each person once."""
    inside = _named_inside(columns, sheet, eye)
    file = eye.file({"nobody": eye.said("nobody")})
    meant = {column.at: whom(column, file) for column in columns}
    texts = [column for column in columns if column.texts[0].endswith("_TEXT") and meant[column.at]]
    if texts:
        eye.why(f"not read, texts about people: {', '.join(column.key for column in texts)}")
        columns = [column for column in columns if column not in texts]
    groups: dict[str, list[Column]] = {}
    for question, turns in _grouped(columns, lambda column: column.loop).items():
        named = [meant[column.at] for column in turns if meant[column.at] not in (None, "", "?")]
        if question and named and len(set(named)) == len(named):
            groups[question] = turns  # each turn is about a person, not about a question asked of all
    stems = _grouped(
        [column for column in columns if column.loop not in groups], lambda column: stem_of(column.texts[0])
    )
    alone: list[Column] = []
    for column in [one for group in stems.values() for one in group if not meant[one.at]]:
        ended = re.fullmatch(r"(.*\D)(\d+)", column.key)
        if ended and eye.is_person(ended[1]) and len(stems[stem_of(column.texts[0])]) == 1:
            groups.setdefault(ended[2], []).append(column)  # Microsoft Forms numbers equal titles
            eye.say(column.key, str(eye.who(ended[1])))
    numbered = {column.at for group in groups.values() for column in group if not column.loop}
    for stem, group in stems.items():
        if sum(column.texts[0] == stem for column in group) == 1 < len(group):
            # KoboToolbox writes an answer once as a list and once as ticks
            group = [column for column in group if column.texts[0] != stem or meant[column.at]]
        people = [meant[column.at] for column in group if meant[column.at]]
        if not people or group[0].at in numbered:
            continue
        if group[0].at in inside:
            for column in group:
                groups.setdefault(inside[column.at], []).append(column)
        elif len(group) == 1:
            alone += group
        elif len(set(people)) == len(people):
            groups[stem] = group
        else:
            for column in group:
                if meant[column.at]:
                    groups.setdefault(_rest(column, file), []).append(column)
    if alone:
        groups = {("1" if numbered else ""): alone, **groups}
    rest: dict[str, list[Column]] = {}
    for stem, group in groups.items():  # two dimensions may have fallen apart person by person
        lone = len(group) == 1 and stem and group[0].at not in {*numbered, *inside} and group[0] not in alone and not group[0].loop  # fmt: skip
        rest.setdefault(_rest(group[0], file) if lone else stem, []).extend(group)
    return rest


def _named_inside(columns: list[Column], sheet: Sheet, eye: Eye) -> dict[int, str]:
    """The question of columns whose text holds one person's name in the middle, and whose cells are answers; the person is noted."""
    labels = eye.scale_labels() | TICKED | NOT_TICKED | {fold(one) for one in eye.pairs("value")}
    found = {}
    for column in columns:
        cells = list(filter(None, sheet.said(column)))
        are_answers = cells and all(weight_like(cell) or fold(cell) in labels for cell in cells)
        if not are_answers or whom(column, eye.file()):
            continue
        whole = " ".join(re.sub(r"([?:!.]) ?", r"\1 ", column.texts[-1]).split())
        words = whole.split()
        spans = [" ".join(words[a : a + n]).strip(" ,;:.?!()\"“”") for n in range(_LONGEST_NAME, 1, -1) for a in range(len(words) - n + 1)]  # fmt: skip
        named = [span for span in spans if eye.is_person(span)]
        if len({eye.who(span) for span in named}) == 1:
            eye.say(column.key, str(eye.who(named[0])))
            found[column.at] = whole.replace(named[0], "…", 1)
    return found


def _grouped(columns: Iterable[Column], by: Callable[[Column], str]) -> dict[str, list[Column]]:
    """Columns by what a function says of each, in order."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        groups.setdefault(by(column), []).append(column)
    return groups


def _rest(column: Column, file: SurveyFile) -> str:
    """The header without the person's name: the question."""
    for label in labels_of(column):
        if file.ids([label]):
            text = next(text for text in reversed(column.texts) if label in " ".join(text.split()))
            return " ".join(text.split()).replace(label, "…", 1)
    return column.key


def _look_at_questions(groups: dict[str, list[Column]], sheet: Sheet, mapping: dict[str, Any], eye: Eye) -> None:
    relations = eye.ids_of("relation")
    called = [(relation, asked, _group_called(asked, groups)) for relation, several in eye.ours("relation").items() for asked in several]  # fmt: skip
    named = {relation: stem for relation, _, stem in called if stem is not None}
    wrong = [f"there is no question '{asked}'" for _, asked, stem in called if stem is None]
    wrong += [f"'{relation}' is said of two questions" for relation, _, stem in called if stem not in (None, named.get(relation))]  # fmt: skip
    if wrong:
        eye.refuse(f"{wrong[0]}. Questions that name people: {', '.join(map(_quoted, groups))}.")
        return
    waves = eye.meaning("wave", groups)
    rest = {stem.casefold().replace(wave.casefold(), "", 1).strip(" _-.:") for stem, wave in waves.items()}
    each: list[tuple[str, dict[str, str]]] = [(stem, {"relation": relation}) for relation, stem in named.items()]
    if not called and len(groups) == 1:
        relation = eye.alone("relation") or (relations[0] if len(relations) == 1 else "")
        each = [(next(iter(groups)), {"relation": relation} if relation else {})]
    elif not called and len(groups) == len(set(waves.values())) and len(rest) == 1:  # they differ by a wave's name
        eye.why(f"its questions begin or end as the waves are called: {', '.join(groups)}")
        each = [(stem, {"wave": wave}) for stem, wave in waves.items()]
    elif not called:
        each = [(stem, {"relation": one}) for one in relations for stem in groups if fold(stem) == fold(one)]
        if len(each) < len(groups):
            each = []
            where = "; ".join(f"{stem} is asked in '{group[0].key}', …" for stem, group in groups.items() if stem.isdigit())  # fmt: skip
            eye.ask("relation", "Several questions name people" + (f": {where}" if where else "") + ". Which is which relation?", [f"RELATION={stem or group[0].key}" for stem, group in groups.items()])  # fmt: skip
    spare = groups.keys() - {stem for stem, _ in each}
    if spare and each:
        eye.why(f"questions that are not read: {', '.join(_quoted(stem) for stem in groups if stem in spare)}")
    for stem, given in each:
        _look_at_question(stem, groups[stem], sheet, deepcopy(mapping) | given, eye)


def _look_at_unread(columns: list[Column], sheet: Sheet, eye: Eye) -> None:
    """Columns of no question: asked about where their heading is like somebody's name, or their answers are the scale's words; else named."""
    cells = {column: {fold(cell) for cell in sheet.said(column) if cell} for column in columns}
    words = eye.scale_labels() - TICKED - NOT_TICKED
    stems = Counter(stem_of(column.texts[0]) for column in sheet.columns)
    apart = [column for column in columns if cells[column] and stems[stem_of(column.texts[0])] == 1]
    labels = {label: column for column in apart for label in labels_of(column)}
    proposed = eye.proposals(labels)
    like = proposed.loc[proposed["actor"].isin(eye.roster["actor"]), "speaker"]
    alike = {
        labels[label] for label in like if all(map(weight_like, cells[labels[label]] - words - TICKED - NOT_TICKED))
    }
    asked = [column for column in columns if cells[column] and (column in alike or cells[column] <= words)]
    for column in asked:
        eye.ask("person", f"Column '{column.key}' is answered as if it named somebody, but nobody in the roster is called so. Whom does it mean? {column.key}=ID, {column.key}=? for somebody outside or for no person.")  # fmt: skip
    left = [column.key for column in columns if cells[column] and column not in asked]
    eye.found.why += [f"not read: {', '.join(left[:12])}{', …' if len(left) > 12 else ''}"] if left else []


def _quoted(stem: str) -> str:
    return f"'{stem}'" if stem else "the columns that are called as people"


def _group_called(asked: str, groups: Mapping[str, list[Column]]) -> str | None:
    exact = [stem for stem, group in groups.items() if fold(asked) in {fold(stem), *(fold(column.key) for column in group)}]  # fmt: skip
    near = [stem for stem in groups if fold(asked) in fold(stem)]
    return exact[0] if exact else near[0] if len(near) == 1 else None


def _look_at_question(stem: str, group: list[Column], sheet: Sheet, mapping: dict[str, Any], eye: Eye) -> None:
    mapping["shape"] = "wide"
    called = [column for column in sheet.columns if stem and column.is_of(stem)]
    mapping["question"] = stem if called == group else [column.key for column in group]
    nobody = list(eye.said("nobody"))
    meant = {column: whom(column, eye.file({"nobody": nobody})) for column in group}
    for column in [column for column, one in meant.items() if one is None]:
        shortest = [label for label in labels_of(column) if NOBODY.fullmatch(label)]
        if shortest:
            nobody.append(min(shortest, key=len))
        elif not any(sheet.said(column)):
            eye.say(column.key, "?")
            eye.why(f"'{column.key}' names nobody in the roster and is empty in every row: taken for somebody outside")
        else:
            eye.ask("person", f"Column '{column.key}' ({column.texts[-1]}) names nobody in the roster. Whom does it mean? {column.key}=ID, {column.key}=? for somebody outside.")  # fmt: skip
    if nobody:
        mapping["nobody"] = nobody
        eye.why(f"{', '.join(map(repr, nobody))} is no person, and a zero for all")
    keys = {column.key for column in group}
    targets = {name: one for name, one in eye.pairs("person").items() if name in keys or name not in eye.pairs("code")}
    if targets:
        mapping.setdefault("values", {})["target"] = targets
    eye.why(f"question {_quoted(stem)}: {sum(map(bool, meant.values()))} columns name people")
    cells = []
    for answer in sheet.answers:
        own_id = eye.who(answer.who)
        cells += [answer.at(column) for column in group if own_id is None or own_id != meant[column]]
    own = {fold(label) for column in group for label in labels_of(column)}
    there = {fold(cell) for cell in cells if cell}
    labels = set(eye.file(mapping).labels(mapping.get("relation", "")))
    answered: list[str] | None = None
    if there <= own | TICKED | NOT_TICKED and not there & labels and not all(map(weight_like, there)):
        mapping["ticks"], mapping["blank"] = True, "zero"
        eye.why("its cells are ticks: a box without one is a zero where the question was answered")
    elif there == {"1"} and "" in cells:
        if not eye.said("blank"):
            eye.ask("blank", "Every answer is 1 and the rest is empty. Is an empty box 'not chosen' (zero, where the question was answered) or no answer (unknown)?", ("zero", "unknown"))  # fmt: skip
    else:
        answered = cells
    eye.finish(mapping, answered, full=all(cells))


def _look_at_lists(columns: list[Column], sheet: Sheet, mapping: dict[str, Any], eye: Eye) -> None:
    """Cells that hold names, one or several: the questions that ask for them, and which relation each is of."""
    marks: dict[Column, list[str]] = {}
    answerers = [eye.who(answer.who) for answer in sheet.answers]
    for column in columns:
        cells = list(filter(None, sheet.said(column)))
        is_own = all(actor is not None and eye.who(cell) == actor for cell, actor in zip(sheet.said(column), answerers, strict=True) if cell)  # fmt: skip
        best = [] if is_own else _best_marks(cells, eye)
        if not is_own and _found_in(cells, best, eye) >= _HALF:
            marks[column] = best
    if not marks:
        turns = list(dict.fromkeys(column.hints[0] for column in columns if column.hints))
        loops = ", ".join(dict.fromkeys(column.loop for column in columns if column.loop))
        if turns and not eye.pairs("person"):
            eye.ask("person", f"{loops} {'is' if ',' not in loops else 'are'} asked in a loop of {len(turns)} turns, and the export does not say about whom each turn is. {turns[0]}=ID, once for each turn; ? for somebody outside.", turns)  # fmt: skip
            return
        eye.refuse(
            "no column, no header and no cell names people of the roster, so there is no tie to be seen. Are roster.csv and its names "
            "those of this survey? If columns have codes alone, export with labels, or say --person COLUMN=ID for each; if cells have "
            "codes, --person CODE=ID."
        )  # fmt: skip
        return
    labelled = [column.key for column in marks if (inside := re.search(r"\[([^\[\]]+)\]$", column.key)) and fold(inside[1]) in eye.scale_labels()]  # fmt: skip
    if labelled:
        eye.refuse(f"each of {quoted(labelled)} holds the people of one answer of the scale, which is not read. In the form, let people be the rows and answers the columns; or make a list with a row a tie: source, target, weight.")  # fmt: skip
        return
    groups: dict[str, list[Column]] = {}
    for column in marks:
        several = any(len(split_names(cell, marks[column], eye.is_person)) > 1 for cell in sheet.said(column))
        groups.setdefault(column.key if several else _slot(column), []).append(column)
    for column in columns:  # a slot that nobody used keeps its place, since strengths are counted by it
        if _slot(column) in groups and column not in marks and not any(sheet.said(column)):
            marks[column] = []
            groups[_slot(column)] = sorted([*groups[_slot(column)], column], key=lambda one: one.at)
    wanted = eye.ours("relation")
    by_key = {fold(column.key): column for group in groups.values() for column in group}
    named: dict[str, list[Column]] = {}
    for relation, one in ((relation, one) for relation, asked in wanted.items() for one in asked):
        stem = _group_called(one, groups)
        called = [by_key[fold(one)]] if fold(one) in by_key else groups[stem] if stem is not None else []
        named[relation] = list(dict.fromkeys([*named.get(relation, []), *called]))
    lost = [wanted[relation] for relation, found in named.items() if not found]
    meant = eye.meaning("relation", groups)
    if lost:
        eye.refuse(f"there is no question '{lost[0][0]}' that asks for names. There is {quoted(groups)}.")
        return
    if not named and len(groups) == 1:
        named = {eye.alone("relation"): [*marks]}
    elif not named and len(meant) == len(groups) == len(set(meant.values())):
        named = {relation: groups[stem] for stem, relation in meant.items()}
    elif not named:
        eye.ask("relation", f"Cells of several questions hold names: {quoted(groups)}. Which is which relation? The same relation may be said again for another of its questions.", [f"RELATION={stem}" for stem in groups])  # fmt: skip
    spare = [column for column in columns if column not in marks]
    for relation, found in named.items():
        split = list(dict.fromkeys(mark for column in found for mark in marks[column]))
        given = {"relation": relation} if relation else {}
        _look_at_list(deepcopy(mapping) | given, found, split, spare, sheet, eye)


def _look_at_list(mapping: dict[str, Any], found: list[Column], split: list[str], spare: list[Column], sheet: Sheet, eye: Eye) -> None:  # fmt: skip
    keys = [column.key for column in found]
    mapping |= {"shape": "lists", "question": _alone(keys), **({"split": _alone(split)} if split else {})}
    eye.why(f"cells of {', '.join(map(repr, keys[:4]))}{' …' if len(keys) > 4 else ''} hold names" + (f", parted by {' or '.join(map(repr, split))}" if split else ""))  # fmt: skip
    strength = _strength_of(found, spare, sheet, eye)
    if strength:
        mapping["strength"] = strength
        eye.why(f"how strong each tie is: {', '.join(strength[:4])}")
    names = [
        name for column in found for cell in sheet.said(column) for name in split_names(cell, split, eye.is_person)
    ]
    nobody = list(dict.fromkeys([*eye.said("nobody"), *filter(NOBODY.fullmatch, names)]))
    if nobody:
        mapping["nobody"] = nobody
    meant = [
        one for one in eye.config.relations if one.name == mapping.get("relation") or len(eye.config.relations) == 1
    ]
    if not strength and meant and meant[0].threshold > 1:
        label = f" ('{meant[0].scale[1]}')" if 1 in meant[0].scale else ""
        eye.refuse(f"whoever is named in a list is worth 1{label}, and '{meant[0].name}' counts as a tie from {meant[0].threshold:g} on, so that no name would. Give this question a relation of its own in case.yml (scale 0: no, 1: yes), or columns that say how strong each tie is.")  # fmt: skip
    for name in dict.fromkeys(name for name in names if _SAYS_MORE.search(name) and name not in eye.pairs("person")):
        eye.ask("person", f"'{name}' says more than a name. Whom does it mean, if it is a tie? {name}=ID; {name}=? if it is none.")  # fmt: skip
    eye.say_strangers([name for name in names if name not in nobody], "who is named")
    worth = [cell for one in strength if (column := sheet.called(one)) for cell in sheet.said(column)]
    eye.finish(mapping, worth if strength else None)


def _slot(column: Column) -> str:
    """What columns for one name each share: *Alter 1* and *Alter 2* ask one question, *Q5* and *Q6* two."""
    if column.loop:
        return column.loop
    stem = stem_of(column.texts[0])
    if stem.isdigit():  # a file without a header
        return ""
    return stem if stem != column.texts[0] else re.sub(r"(\w{2}\D*?)[ _.-]*\d+\W*$", r"\1", stem)


def _strength_of(found: list[Column], spare: list[Column], sheet: Sheet, eye: Eye) -> list[str]:
    """The columns that say how strong the ties to those named are: as many, filled only where a name stands; asked about in doubt."""
    if eye.said("strength"):
        return [one for one in eye.said("strength") if one != "none"]
    labels = eye.scale_labels()
    behind = [one for one in spare if one.at > found[0].at and all(weight_like(cell) or fold(cell) in labels for cell in sheet.said(one))]  # fmt: skip
    may = {
        stem: group
        for stem, group in _grouped(behind, _slot).items()
        if any(any(sheet.said(column)) for column in group)
    }
    for group in may.values():
        beside = list(zip(group, found, strict=False))
        if len(group) == len(found) and all(answer.at(name) for one, name in beside for answer in sheet.answers if answer.at(one)):  # fmt: skip
            return [column.key for column in group]
    if "" in (cell for column in found for cell in sheet.said(column)):
        only_there = [stem for stem, group in may.items() if len(group) > 1 and all(any(map(answer.at, found)) for answer in sheet.answers if any(map(answer.at, group)))]  # fmt: skip
        if only_there:
            eye.ask("strength", f"{len(found)} columns hold names, but {len(may[only_there[0]])} columns ({only_there[0]}) may say how strong the ties are. Which, one for each column of names, in order?", [*(column.key for column in may[only_there[0]]), "none"])  # fmt: skip
    return []


def _best_marks(cells: list[str], eye: Eye) -> list[str]:
    """What parts the people in a column's cells: the mark by which most are known, and further ones that more are known by."""
    chosen = eye.said("split")
    while not eye.said("split"):
        best = max(_MARKS, key=lambda mark: _found_in(cells, [*chosen, mark], eye))
        if _found_in(cells, [*chosen, best], eye) <= _found_in(cells, chosen, eye):
            break
        chosen = [*chosen, best]
    return chosen


def _found_in(cells: list[str], marks: list[str], eye: Eye) -> float:
    names = [name for cell in cells for name in split_names(cell, marks, eye.is_person)]
    return eye.share(name for name in names if not NOBODY.fullmatch(name))
