"""A short form in JupyterLab: a survey file, its first rows, which column says what, and into the case it goes."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods.case.asking import OPTIONS
from nicmethods.case.folder import read_identities
from nicmethods.case.taking_in import in_words, look_at, take_in
from nicmethods.errors import CaseError, MeasureError, said_once
from nicmethods.files.sheets import read_grid
from nicmethods.lab.base import StaticTwin

if TYPE_CHECKING:
    from nicmethods.case.asking import Says
    from nicmethods.case.taking_in import Taken

__all__ = ["SurveyForm"]

_ROWS, _COLUMNS = 6, 60
_WHO = "says who answers"
_FILES = (".csv", ".tsv", ".xlsx", ".graphml", ".gexf", ".net", ".paj", ".dl")


class SurveyForm(StaticTwin):
    """A survey file on its way into a case.

    Parameters
    ----------
    case
        The case folder.
    file
        The file to begin with; None: one is chosen in the form.
    """

    def __init__(self, case: Path, file: Path | None = None) -> None:
        known = read_identities(case)
        if known is None:
            message = f"nobody can be read from the roster of '{case.name}'. Fill in roster.csv first."
            raise MeasureError(message)
        self.case, self.file = case, file
        self.waves = [wave.id for wave in known[0].waves]
        self.relations = [relation.name for relation in known[0].relations]
        self.says: Says = {}
        self.picked: dict[str, str] = {}
        self.taken: Taken | None = None

    def __repr__(self) -> str:
        return f"<Survey form of {self.case.name}: {self.file.name if self.file else 'no file yet'}>"

    @property
    def choices(self) -> list[str]:
        """What a column may be picked for."""
        return ["", _WHO, *(f"asks for {relation}" for relation in self.relations)]

    def preview(self) -> list[tuple[str, ...]]:
        """The first rows of the file, cut to a width that can be read; none of a graph file."""
        grid, _ = read_grid(self.file, self.file.name) if self.file else (None, [])
        return [tuple(cell[:40] for cell in row[:_COLUMNS]) for row in (grid.rows[:_ROWS] if grid else ())]

    def look(self) -> list[str]:
        """Look at the file under what was picked and said, and say what it is taken for."""
        if self.file is None:
            return ["Choose a file."]
        if not self.file.is_file():
            return [f"There is no file '{self.file}'."]
        says = {option: list(values) for option, values in self.says.items() if values}
        says["who"] = [column for column, role in self.picked.items() if role == _WHO] or says.get("who", [])
        asked = [f"{role.removeprefix('asks for ')}={column}" for column, role in self.picked.items() if role.startswith("asks")]  # fmt: skip
        says["relation"] = asked or says.get("relation", [])
        self.taken = look_at(self.file, self.case, {option: values for option, values in says.items() if values})
        found = self.taken.look
        return [
            f"{found.name}: {found.kind or 'not read'}.",
            *found.why,
            *([found.refused] if found.refused else []),
            *in_words(self.taken),
            *(str(said) for said in said_once(self.taken.problems)),
            *(f"{ask.question} {'One of: ' + ', '.join(ask.choices) + '.' if ask.choices else ''} [{ask.option}]" for ask in found.asks),
            *(f"people.csv, as proposed: {spelling},{actor}" for spelling, actor in dict.fromkeys(found.aliases)),
        ]  # fmt: skip

    def take(self) -> str:
        """Copy the file and describe it in case.yml, if nothing is left to ask."""
        self.look()
        if self.taken is None or not self.taken.is_plain:
            return "Something has to be said first."
        try:
            copy, lines = take_in(self.taken, self.case)
        except CaseError as error:
            return str(error)
        return f"Copied to {copy}. case.yml has, under files: ties:\n{lines}\nCheck the case with: nicmethods check {self.case.name}"

    def widget(self) -> Any:
        """The form as a widget."""
        import ipywidgets as w

        wide = w.Layout(width="100%")
        here = sorted(str(path) for folder in (Path.cwd(), self.case) for path in folder.glob("*") if path.suffix.lower() in _FILES)  # fmt: skip
        path = w.Combobox(value=str(self.file or ""), options=here, placeholder="path of the file", description="File", layout=wide, continuous_update=False)  # fmt: skip
        wave = w.Dropdown(options=["", *self.waves], description="Wave")
        option = w.Dropdown(
            options=[(meaning, name) for name, meaning in OPTIONS.items()], description="Say", layout=wide
        )
        answer = w.Text(placeholder="answer, then Enter", layout=wide, continuous_update=False)
        table, said = w.VBox(), w.HTML()
        take = w.Button(description="Take in", button_style="primary", disabled=True)

        def tell(lines: list[str]) -> None:
            said.value = "<br>".join(f"<span>{escape(line)}</span>" for line in lines)

        def look(_: object = None) -> None:
            self.says["wave"] = [wave.value] if wave.value else []
            tell(self.look())
            take.disabled = self.taken is None or not self.taken.is_plain

        def pick(change: dict[str, Any], column: str) -> None:
            self.picked[column] = change["new"]
            look()

        def show(_: object = None) -> None:
            self.file, self.picked = (Path(path.value).expanduser() if path.value else None), {}
            rows = self.preview() if self.file and self.file.is_file() else []
            heads = list(rows[0]) if rows else []
            boxes = []
            for column in heads:
                choose = w.Dropdown(options=self.choices, layout=w.Layout(width="11em"))
                choose.observe(lambda change, column=column: pick(change, column), names="value")
                boxes.append(choose)
            cells = [w.HTML(f"<code>{escape(cell)}</code>", layout=w.Layout(width="11em")) for row in rows for cell in (*row, *[""] * (len(heads) - len(row)))]  # fmt: skip
            grid = w.GridBox([*boxes, *cells], layout=w.Layout(grid_template_columns=f"repeat({max(len(heads), 1)}, 11.5em)", overflow="auto"))  # fmt: skip
            table.children = [grid] if heads else []
            look()

        def add(_: object) -> None:
            if answer.value:
                self.says.setdefault(option.value, []).append(answer.value)
                answer.value = ""
                look()

        path.observe(show, names="value")
        wave.observe(look, names="value")
        answer.observe(add, names="value")
        take.on_click(lambda _: tell(self.take().split("\n")))
        show()
        return w.VBox([path, wave, table, w.HBox([option, answer]), said, take])
