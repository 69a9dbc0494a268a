"""The same plan on a Dask cluster: two workers on this machine, one of which is killed."""

import os
import shutil
import signal
import sys
import threading
import time

import pytest

from nicmethods.batch import cluster as cluster_module
from nicmethods.batch import run as run_module
from nicmethods.batch.cluster import Cluster
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.errors import RunError
from nicmethods.results import list_results

distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
psutil = pytest.importorskip("psutil")

WRITES = (
    "import os, time\nfrom pathlib import Path\nfrom nicmethods.results import write_results\n"
    "(Path(reports).parent / 'began').mkdir(exist_ok=True)\n(Path(reports).parent / 'began' / f'{Path(case).name}-{os.getpid()}').touch()\n"
    "time.sleep(1.5)\nwrite_results(reports, Path(case).name, {}, [{'id': 'a.value', 'value': 1.0}])"
)


@pytest.fixture(autouse=True)
def same_code(monkeypatch):
    """Somebody may be editing the package while its tests run."""
    monkeypatch.setattr(run_module, "hash_code", lambda: "0" * 64)


@pytest.fixture(scope="module")
def two_workers():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", protocol="tcp", silence_logs=50
    ) as local:
        yield local


@pytest.fixture
def many(study, add_notebook):
    for number in range(6):
        shutil.copytree(study / "data" / "tiny", study / "data" / f"case{number}")
    cases = sorted((study / "data").glob("case*"))
    across = add_notebook("04", "1", parameters='reports: str = "../reports"\n')
    return plan_runs(cases, [add_notebook("01", WRITES), across], reports=study / "reports")


def test_a_worker_that_is_killed_costs_only_its_notebooks_time(two_workers, many, study):
    killed = []

    def kill_one():
        while not (began := list(study.glob("began/*"))):
            time.sleep(0.05)
        notebook = psutil.Process(int(began[0].name.split("-")[1]))
        with distributed.Client(two_workers.scheduler_address, set_as_default=False) as client:
            workers = client.run(os.getpid).values()
        killed.extend(parent.pid for parent in notebook.parents() if parent.pid in workers)
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one, daemon=True)
    with Cluster(two_workers.scheduler_address, many) as processes:
        killer.start()
        manifest = run_batch(many, processes=processes, timeout_s=600)
        killer.join()
    assert len(killed) == 1, "the worker that the notebook hangs on"
    assert (manifest["status"] == "ok").all(), manifest
    assert list_results(study / "reports") == [f"case{number}" for number in range(6)]
    assert not list((study / "reports").glob(".seen-*"))
    began = [path.name.split("-")[0] for path in study.glob("began/*")]
    assert len(began) > len(set(began)) == 6, "what the lost worker had begun was done again"
    events = []
    with Cluster(two_workers.scheduler_address, many) as processes:
        run_batch(many, processes=processes, on_event=events.append)
    assert {event.status for event in events if event.kind == "finished"} == {"unchanged"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux forks a notebook")
def test_workers_fork_notebooks_from_a_warm_process_beside_them(two_workers, study, add_notebook):
    path = add_notebook(
        "01",
        "import sys, threading\nprint('nicmethods.batch.preload' in sys.modules, threading.active_count())",
        "1 / 0",
    )
    runs = plan_runs([study / "data" / "tiny"], [path], reports=study / "reports")
    with Cluster(two_workers.scheduler_address, runs) as processes:
        manifest = run_batch(runs, processes=processes)
    assert manifest["error"].tolist() == ["cell 4: ZeroDivisionError: division by zero"]
    assert "True 1" in runs[0].output.read_text()


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"pip install 'nicmethods\[cluster\]'"):
        Cluster("tcp://127.0.0.1:1", [])


def test_an_address_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(cluster_module, "_ANSWER_S", 1)
    with pytest.raises(RunError, match=r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        Cluster("tcp://127.0.0.1:1", [])


@pytest.mark.parametrize("address", ["", "nonsense", "nonsense://x", "127.0.0.1:notaport"])
def test_what_is_no_address_is_told(address):
    with pytest.raises(RunError, match=f"'{address}' is no address of a Dask scheduler"):
        Cluster(address, [])


def test_workers_that_see_other_files_are_named(two_workers, many, monkeypatch):
    monkeypatch.setattr(cluster_module, "hash_file", lambda path: "another")
    with pytest.raises(RunError, match=r"tcp://\S+: does not see .*case0/case.yml as it is here"):
        Cluster(two_workers.scheduler_address, many)


def test_workers_with_another_version_are_named(two_workers, many, monkeypatch):
    monkeypatch.setattr(cluster_module, "versions", lambda: {"pandas": "0.0"})
    with pytest.raises(RunError, match=r"has pandas \d\S+, not 0.0"):
        Cluster(two_workers.scheduler_address, many)


def test_workers_without_the_package_are_named():
    faults = cluster_module._faults(ModuleNotFoundError("No module named 'nicmethods'"), {}, {})
    assert faults == ["has no usable nicmethods (ModuleNotFoundError: No module named 'nicmethods')"]


def test_a_worker_that_may_not_write_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    _, _, unseen = cluster_module._look([], [str(tmp_path / "file" / ".seen-1"), str(tmp_path / ".seen-2")])
    assert len(unseen) == 2, "one cannot be written, the other's mark is not there"


def test_a_cluster_without_workers_is_told(many):
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", protocol="tcp", silence_logs=50) as empty,
        pytest.raises(RunError, match="no worker yet"),
    ):
        Cluster(empty.scheduler_address, many)


def test_slurm_gets_a_job_script_with_one_thread_a_worker():
    jobqueue = pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")
    with jobqueue.SLURMCluster(
        cores=1, processes=1, memory="4GB", walltime="01:00:00", scheduler_options={"dashboard_address": ":0"}
    ) as slurm:
        script = slurm.job_script()
    assert "#SBATCH" in script
    assert "--nthreads 1" in script


def test_a_scheduler_that_is_lost_and_found_again_is_given_what_had_not_ended(many, monkeypatch):
    monkeypatch.setattr(cluster_module, "_LOOK_S", 0.2)
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "protocol": "tcp", "silence_logs": 50}
    first = distributed.LocalCluster(n_workers=1, **options)
    address = first.scheduler_address
    again = []

    def lose_and_find(event):
        if event.kind == "finished" and not again:
            first.close()
            port = int(address.rsplit(":", 1)[1])
            again.append(distributed.LocalCluster(n_workers=1, scheduler_port=port, **options))

    try:
        with Cluster(address, many) as processes:
            manifest = run_batch(many, processes=processes, timeout_s=600, on_event=lose_and_find)
    finally:
        for local in [first, *again]:
            local.close()
    assert again, "it was lost"
    assert (manifest["status"] == "ok").all(), manifest


def test_a_scheduler_that_stays_away_ends_the_batch_in_words(many, monkeypatch):
    monkeypatch.setattr(cluster_module, "_LOOK_S", 0.2)
    monkeypatch.setattr(cluster_module, "_ALONE_S", 1.0)
    monkeypatch.setattr(cluster_module, "_ANSWER_S", 1)
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "protocol": "tcp", "silence_logs": 50}
    with distributed.LocalCluster(n_workers=1, **options) as local, Cluster(local.scheduler_address, many) as processes:

        def lose(event):
            if event.kind == "finished":
                local.close()

        with pytest.raises(RunError, match=r"has not answered for 1 s; what has ended is kept\. Start it again"):
            run_batch(many, processes=processes, timeout_s=600, on_event=lose)
    assert list_results(many[0].reports), "what had ended is there"
