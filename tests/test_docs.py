"""What README, docs, CONTRIBUTING and messages mention is there: paths, commands, options, names, tables and columns."""

import ast
import doctest
import functools
import importlib
import importlib.util
import inspect
import json
import re
import subprocess
from pathlib import Path

import pytest
import typer.main
import yaml
from nbclient.exceptions import CellExecutionError

import nicmethods as nic
from nicmethods.cli import app
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES

ROOT = Path(__file__).resolve().parents[1]
FILES = [Path(name) for name in subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines() if (ROOT / name).exists()]  # fmt: skip
PAGES = [path for path in FILES if path.suffix == ".md" and path.parts[0] in ("README.md", "CONTRIBUTING.md", "docs")]
COMMANDS = typer.main.get_command(app).commands
OPTIONS = {name: {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"-h", "--help"}
           for name, command in COMMANDS.items()}  # fmt: skip
TABLES = {**CASE_TABLES, **RUN_TABLES, **WORK_TABLES}
OF_OTHERS = {"--whole", "--no-deps", "--no-compile", "--nthreads", "--print-to-pdf", "--require-hashes"}
"""Options of pip, dask, Chromium and a benchmark."""
OF_IGRAPH = {"as_adjacency_matrix", "cluster_leiden", "graph_from_data_frame", "write_graph"}
"""Functions of R's igraph, beside which a page sets ours."""


def fenced(text, *languages):
    blocks = re.findall(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2", text, re.MULTILINE | re.DOTALL)
    return [body for _, _, language, body in blocks if not languages or language.strip() in languages]


def spans(text):
    plain = re.sub(r"^( *)(`{3,})[^\n]*\n.*?^\1\2", "", text, flags=re.MULTILINE | re.DOTALL)
    return [span for span in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", plain) if "{" not in span]


def said_in(path):
    """What the page shows as code: spans, and lines of blocks."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [*spans(text), *(line.strip("$ ") for block in fenced(text) for line in block.splitlines())]


def cells(path, *kinds):
    read = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in read if cell["cell_type"] in kinds]


def python_in(path):
    """Code that a page or a notebook shows, without prompts and what a shell would do."""
    if path.suffix == ".ipynb":
        return [re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE) for source in cells(path, "code")]
    blocks = fenced((ROOT / path).read_text(encoding="utf-8"), "python")
    return [
        "".join(e.source for e in doctest.DocTestParser().get_examples(block)) if ">>>" in block else block
        for block in blocks
    ]


TEXTS = {path: said_in(path) for path in PAGES}
NOTEBOOKS = {path: cells(path, "code", "markdown") for path in FILES if path.suffix == ".ipynb"}
PYTHON = {path: python_in(path) for path in (*PAGES, *NOTEBOOKS)}


@functools.cache
def messages():
    """Texts in the library: what it says, and docstrings."""
    found = {}
    for path in FILES:
        if path.parts[0] == "nicmethods" and path.suffix == ".py":
            nodes = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
            found[path] = [
                node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
    return found


@functools.cache
def words_known():
    """Every word that the code, the tables, the codebooks and names of tests know."""
    kinds, folders = (".py", ".csv", ".yml", ".js", ".j2", ".html"), ("nicmethods", "codebooks", "benchmarks", "data")
    known = [
        path
        for path in FILES
        if (path.parts[0] in folders and path.suffix in kinds) or path.name in ("Makefile", "pyproject.toml")
    ]
    tests = [path for path in FILES if path.parts[0] == "tests" and path.suffix == ".py"]
    words = {
        word
        for path in known
        for word in re.findall(r"\w+", (ROOT / path).read_text(encoding="utf-8", errors="ignore"))
    }
    return words | {
        word for path in tests for word in re.findall(r"def (test_\w+)", (ROOT / path).read_text(encoding="utf-8"))
    }


def listed(wrong):
    return "\n".join(["", *sorted(set(wrong))])


def is_there(name):
    return any(path == Path(name) or path.as_posix().endswith(f"/{name.rstrip('/')}") for path in FILES) or any(
        (ROOT / folder / name).exists() for folder in ("", "nicmethods", "tests")
    )


def files_said(words):
    """A name that ends as files of a repository do, or a path that begins at one of its folders."""
    yield from re.findall(r"(?<![\w/.<>-])((?:[\w.-]+/)*[\w-]+\.(?:py|md|ipynb|lock|toml|cfg|R|xz))(?![\w/])", words)
    if "<" not in words:
        tops = "nicmethods|tests|docs|benchmarks|codebooks|notebooks|data/demo"
        yield from re.findall(rf"(?<![\w/.-])((?:{tops})/[\w./-]*[\w/])", words)


def test_files_are_there():
    of_a_case = re.compile(r"data/(?!demo/)|card\.md$|codebooks/study\.yml$|demo-report\.md$|data/demo/codings/")
    wrong = [f"{path}: {name}" for path, said in TEXTS.items() for words in said for name in files_said(words)
             if not is_there(name) and not of_a_case.match(name)]  # fmt: skip
    wrong += [f"{path}: {name}" for path, texts in messages().items() for text in texts
              for name in re.findall(r"docs/[\w./-]+\.md", text) if not is_there(name)]  # fmt: skip
    assert not wrong, listed(wrong)


def test_hooks_before_a_commit_are_tools_of_the_environment():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    tools = {hook["entry"].split()[0] for repo in hooks for hook in repo["hooks"]}
    assert tools <= {f".venv/bin/{tool}" for tool in re.findall(r"\$\(BIN\)/([\w-]+)", (ROOT / "Makefile").read_text())}
    assert {repo["repo"] for repo in hooks} == {"local"}, "nothing is fetched"


def test_links_lead_somewhere():
    pages = [Path("CHANGELOG.md"), *PAGES]
    found = [(path, link) for path in pages
             for link in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", (ROOT / path).read_text(encoding="utf-8"))]  # fmt: skip
    wrong = [
        f"{path}: {link}" for path, link in found if "://" not in link and not ((ROOT / path).parent / link).exists()
    ]
    assert not wrong, listed(wrong)


def test_targets_of_make_are_there():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = [(path, words) for path, lines in TEXTS.items() for words in lines]
    said += [(path, words) for path, texts in messages().items() for text in texts for words in spans(text)]
    wrong = [
        f"{path}: make {target}"
        for path, words in said
        for target in re.findall(r"^make ([a-z][\w-]*)", words)
        if target not in targets
    ]
    assert not wrong, listed(wrong)


def commands_said():
    for path, lines in TEXTS.items():
        for words in lines:
            for command, rest in re.findall(r"(?:^|[/ ;(\\])nicmethods (?!as )([a-z]+)\b([^`|]*)", words):
                yield path, command, rest
    for path, sources in NOTEBOOKS.items():
        for source in sources:
            for command, rest in re.findall(r"(?:%|`|^)nicmethods (?!as )([a-z]+)\b([^`\n]*)", source, re.MULTILINE):
                yield path, command, rest
    for path, texts in messages().items():
        for text in texts:
            for command, rest in re.findall(r"(?::|`|&&|or) ?nicmethods ([a-z]+)\b([^`\n]*)", text):
                yield path, command, rest


def test_commands_and_their_options_are_there():
    found = list(commands_said())
    assert {command for _, command, _ in found} == set(COMMANDS), "each command stands in some page"
    wrong = [f"{path}: nicmethods {command}" for path, command, _ in found if command not in COMMANDS]
    wrong += [f"{path}: nicmethods {command} {option}" for path, command, rest in found
              for option in re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", re.sub(r'"[^"]*"', "", rest.split("#")[0].split("nicmethods")[0]))
              if option not in OPTIONS.get(command, ())]  # fmt: skip
    assert not wrong, listed(wrong)


def test_options_that_stand_alone_are_there():
    known = set().union(*OPTIONS.values()) | OF_OTHERS
    wrong = [f"{path}: {option}" for path, lines in TEXTS.items() for words in lines
             for option in re.findall(r"^(--[a-z][a-z-]*)", words) if option not in known]  # fmt: skip
    assert not wrong, listed(wrong)


def resolves(name):
    parts = name.split(".")
    thing = nic if parts[0] == "nic" else importlib.import_module("nicmethods")
    for place, part in enumerate(parts[1:], start=1):
        if not hasattr(thing, part):
            try:
                importlib.import_module(".".join(["nicmethods", *parts[1 : place + 1]]))
            except ImportError:
                return False
        thing = getattr(thing, part)
    return True


def test_names_are_there():
    said = [(path, words) for path, lines in TEXTS.items() for words in lines]
    said += [(path, text) for path, texts in messages().items() for text in texts]
    said += [(path, source) for path, sources in NOTEBOOKS.items() for source in sources]
    names = {
        (path, name)
        for path, words in said
        for name in re.findall(r"(?<![\w./])((?:nic|nicmethods)(?:\.[A-Za-z]\w*)+)(?!\.?[\w/])", words)
    }
    files = re.compile(r"\.(?:md|svg|csv|log)$")
    wrong = [f"{path}: {name}" for path, name in sorted(names) if not files.search(name) and not resolves(name)]
    assert len(names) > 100
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("path", [path for path in PYTHON if PYTHON[path]], ids=str)
def test_calls_of_nic_take_the_options_that_they_are_given(path):
    wrong = []
    for source in PYTHON[path]:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("nicmethods"):
                wrong += [
                    f"from {node.module} import {a.name}"
                    for a in node.names
                    if not hasattr(importlib.import_module(node.module), a.name)
                ]
            if (
                isinstance(node, ast.Call)
                and (name := ast.unparse(node.func)).startswith("nic.")
                and re.fullmatch(r"[\w.]+", name)
            ):
                thing = nic
                for part in name.split(".")[1:]:
                    thing = getattr(thing, part)
                takes = inspect.signature(thing).parameters.values()
                known = {parameter.name for parameter in takes}
                if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes):
                    wrong += [f"{name}({k.arg}=)" for k in node.keywords if k.arg and k.arg not in known]
    assert not wrong, listed(wrong)


def test_tables_are_there():
    """``x.csv`` is a table of a case or of a run, or a file of the repository."""
    beside = {"manifest", "export", "names", "help", "survey", "sheet"}
    wrong = [f"{path}: {name}.csv" for path, lines in TEXTS.items() for words in lines
             for name in re.findall(r"(?<![\w/<>.-])([a-z_]+)\.csv", words) if name not in TABLES and name not in beside and not is_there(f"{name}.csv")]  # fmt: skip
    assert not wrong, listed(wrong)


def test_columns_parameters_and_labels_are_there():
    """A word with an underscore that a page shows as code is a word of the code, of a table or of a codebook."""
    known = words_known() | OF_IGRAPH | {"my_study"}
    wrong = [f"{path}: {word}" for path in PAGES for span in spans((ROOT / path).read_text(encoding="utf-8"))
             for word in re.findall(r"(?<![\w./-])([a-z]+(?:_[a-z0-9]+)+)(?![\w./-])", span) if word not in known]  # fmt: skip
    assert not wrong, listed(wrong)


def test_tutorials_are_handed_out_without_answers():
    tutorials = [json.loads((ROOT / path).read_text(encoding="utf-8")) for path in NOTEBOOKS if path.parts[0] == "docs"]
    assert len(tutorials) == 3
    assert not any(cell.get("outputs") for tutorial in tutorials for cell in tutorial["cells"])


NAMED = 'import sys\n%alias nicmethods "{sys.executable}" -m nicmethods %l\n'


@pytest.mark.slow
@pytest.mark.parametrize("source", ["1 / 0", NAMED + "%nicmethods check no_such_case"])
def test_a_tutorial_that_goes_wrong_fails_the_build(source, notebook_text):
    spec = importlib.util.spec_from_file_location("conf", ROOT / "docs" / "conf.py")
    conf = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conf)
    with pytest.raises(CellExecutionError):
        conf.Tutorial().parse(notebook_text(source), None)
