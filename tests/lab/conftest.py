"""A real JupyterLab and a real Chromium for the widgets' tests.

``lab``
    One server a test process (about 3 s), with settings, runtime files and workspaces of its own; nobody's are touched.
    ``lab.folder`` is what it serves; kernels run with the tests' Python.
``open_notebook``
    ``page = open_notebook(["import nicmethods as nic", "nic.desk(...)"])`` writes a notebook of these cells, opens it,
    runs every cell and returns Playwright's page once the kernel is idle again. ``dark=True`` takes JupyterLab's dark
    theme. ``page.notebook`` is the notebook's path, ``page.complaints`` what the browser complained of (script errors).
    Close nothing: pages close after the test.
``demo``
    A copy of the demo case in a temporary study, to be written to; a path.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
_FLAGS = (
    "--no-browser --ip=127.0.0.1 --ServerApp.port_retries=0 --allow-root --LabApp.news_url=None "
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate --LabApp.extension_manager=readonly "
    "--ServerApp.terminals_enabled=False"
).split()
_SLOW_MS = 300_000


class Lab:
    """A running JupyterLab server."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.token = folder, secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        own = {
            name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME")
        }
        own |= {f"JUPYTERLAB_{name}_DIR": str(home / name) for name in ("SETTINGS", "WORKSPACES")}
        self.settings = home / "SETTINGS"
        flags = [f"--port={self.address.rsplit(':', 1)[1]}", f"--IdentityProvider.token={self.token}"]
        self.log = (home / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *_FLAGS, *flags, f"--ServerApp.root_dir={folder}"],
            env=os.environ | own | {"OMP_NUM_THREADS": "1", "JUPYTER_NO_CONFIG": "1"},
            cwd=folder,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def ask(self, path: str, method: str = "GET"):
        """Call the server's own interface."""
        request = urllib.request.Request(
            f"{self.address}/{path}", headers={"Authorization": f"token {self.token}"}, method=method
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or "null")

    def choose(self, *, dark: bool) -> None:
        """Choose the theme that pages opened from now on have, and no question about news."""
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        chosen = {"themes": {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"}}
        for name, settings in (chosen | {"notification": {"fetchNews": "false"}}).items():
            (folder / f"{name}.jupyterlab-settings").write_text(json.dumps(settings))

    def close(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def _wait(self) -> None:
        until = time.monotonic() + 600
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ask("api/status")
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
            else:
                return
        self.process.kill()
        raise RuntimeError(f"JupyterLab did not start:\n{Path(self.log.name).read_text()[-3000:]}")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    pytest.importorskip("anywidget", reason="the extra 'widgets' is not installed")
    server = Lab(tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("home"))
    yield server
    server.close()


@pytest.fixture
def open_notebook(lab, browser):
    contexts = []

    def open_notebook(cells, *, dark=False, width=1400, height=1000):
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        name = f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(nb, lab.folder / name)
        lab.choose(dark=dark)
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_SLOW_MS)
        page.notebook, page.complaints = lab.folder / name, []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{lab.address}/lab/workspaces/{name[:8]}/tree/{name}?token={lab.token}&reset")
        run_all(page)
        return page

    yield open_notebook
    for context in contexts:
        context.close()


def run_all(page) -> None:
    """Run every cell of the notebook that is open, once its kernel is idle, and wait until it is idle again."""
    idle = page.locator("#jp-main-statusbar").get_by_text("| Idle")
    idle.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = page.locator(".jp-Notebook .jp-CodeCell").last.locator(".jp-InputArea-prompt")
    last.filter(has_text="[").filter(has_not_text="[ ]").filter(has_not_text="[*]").wait_for()


@pytest.fixture
def demo(tmp_path):
    """A copy of the demo case that may be written to."""
    return Path(shutil.copytree(ROOT / "data" / "demo", tmp_path / "data" / "demo"))
