"""Run the shipped cases in a temporary study, say what differs from what was frozen, and freeze what came out."""

import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    from compare import FROZEN, add_shipped_cases, differences, read_frozen, take_snapshot, write_frozen

    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        subprocess.run([sys.executable, "-m", "nicmethods", "init", study], check=True)
        add_shipped_cases(study)
        subprocess.run([sys.executable, "-m", "nicmethods", "run", "--study", study], check=True)
        taken = take_snapshot(study / "reports")
    said = differences(read_frozen() if FROZEN.exists() else {}, taken)
    write_frozen(taken)
    print("\n".join(said), f"{len(taken)} tables and pages frozen, {len(said)} of them new or changed.", sep="\n")
