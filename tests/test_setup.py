"""What the two commands install: the same on any day, with whatever pip a Python brings."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
FLAGS = re.findall(r"^INSTALL := \S+ -m pip install (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()


def pins(lock):
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text().strip())
    return {block.split(" \\")[0] for block in blocks}


def names(lock):
    return {pin.split("==")[0] for pin in pins(lock)}


def named(requirements):
    return {re.split(r"[ =<>\[]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_each_package_with_hashes_and_without_addresses(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert all(re.match(r"[a-z0-9.-]+==\S+", block) and "--hash=sha256:" in block for block in blocks)


def test_running_needs_no_more_than_running_needs_and_testing_adds_to_it():
    file = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, build = file["project"], file["dependency-groups"]["build"]
    extras = {extra: named(wanted) for extra, wanted in project["optional-dependencies"].items()}
    running, testing = names("requirements.lock"), names("requirements-dev.lock")
    # lxml comes with python-docx in any case.
    assert named(project["dependencies"]) | named(build) | extras["widgets"] <= running
    assert not running & (extras["dev"] - {"lxml"} | extras["cluster"])
    assert extras["dev"] | extras["cluster"] <= testing
    assert {pin.split(" ;")[0] for pin in pins("requirements.lock")} < {
        pin.split(" ;")[0] for pin in pins("requirements-dev.lock")
    }


def test_windows_is_told_to_install_as_the_makefile_does():
    told = re.findall(r"-m pip install (.*) -r requirements\.lock", (ROOT / "README.md").read_text())
    assert [line.split() for line in told] == [[flag for flag in FLAGS if flag in {"--require-hashes", "--no-deps"}]]
    assert {"--require-hashes", "--no-deps"} <= set(FLAGS)


def write_wheel(folder, name, version, *, metadata=""):
    """A package without code, as small as pip takes it."""
    about = f"{name}-{version}.dist-info"
    files = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}")
    files[f"{about}/RECORD"] = "\n".join([*rows, f"{about}/RECORD,,", ""])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="module")
def old_pip(tmp_path_factory):
    """The Python of an environment whose pip takes an extra of a pinned package from its newest release."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in filter(None, [str(base), shutil.which("python3.11"), shutil.which("python3.12")]):
        find = "import ensurepip, sys; print(sys.version_info >= (3, 11), ensurepip.version())"
        found = subprocess.run([python, "-c", find], capture_output=True, text=True, check=False).stdout.split()
        if found[:1] == ["True"] and tuple(map(int, found[1].split(".")[:2])) < (23, 3):
            folder = tmp_path_factory.mktemp("old pip") / "environment"
            subprocess.run([python, "-m", "venv", str(folder)], check=True)
            return folder / "bin" / "python"
    pytest.skip("no Python here brings a pip before 23.3, whose trap this is; Python 3.11.7 and 3.12.1 do")


@pytest.mark.slow
def test_a_newer_release_of_a_pinned_package_changes_nothing(old_pip, tmp_path):
    """The package ``pinned`` has a release since the lock was written, and ``wants`` asks for an extra of it."""
    extra = "Provides-Extra: more\n"
    pinned = write_wheel(tmp_path, "pinned", "1.0", metadata=extra)
    write_wheel(tmp_path, "pinned", "1.1", metadata=extra)
    wants = write_wheel(tmp_path, "wants", "1.0", metadata="Requires-Dist: pinned[more]>=1.0\n")
    lock = tmp_path / "requirements.lock"
    lock.write_text(pinned + wants)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": tmp_path.as_uri()}

    def pip(*words):
        command = [str(old_pip), "-m", "pip", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    trapped = pip("install", *(flag for flag in FLAGS if flag != "--no-deps"), "-r", str(lock))
    assert "must have their versions pinned" in trapped.stderr
    installed = pip("install", *FLAGS, "-r", str(lock))
    assert installed.returncode == 0, installed.stderr
    assert {"pinned==1.0", "wants==1.0"} <= set(pip("list", "--format=freeze").stdout.split())
    assert pip("check").returncode == 0
