"""How the server starts, stops and refuses."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import pictures
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WITNESS_WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
SANITIZED = bool(os.environ.get("ATHANOR_SANITIZED"))
SCRIPTED_WORKER = pathlib.Path(__file__).parent.parent / "scenarios" / "scripted_worker.py"

# A build under sanitizers starts and allocates several times as much.
LIVENESS_SECONDS = 10 if SANITIZED else 1
REST_MEGABYTES = 50


def resident_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def open_files_limits(pid):
    """(soft, hard)"""
    for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return tuple(line.split()[3:5])
    raise AssertionError("no limit on open files")


def threads_taking(pid, number):
    """The numbers of the process's threads that do not block the signal."""
    takers = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        blocked = re.search(r"^SigBlk:\t([0-9a-f]+)$", (task / "status").read_text(), re.MULTILINE)
        if not int(blocked[1], 16) >> (number - 1) & 1:
            takers.append(task.name)
    return takers


@contextlib.contextmanager
def limited_program(limits):
    """The program behind a shell that sets limits first."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "limited"
        script.write_text(f'#!/bin/sh\n{limits}\nexec "{PROGRAM}" "$@"\n')
        script.chmod(0o755)
        yield script


def serve(folder, *options):
    """Runs the server to its end, which an error brings about at once."""
    return subprocess.run([PROGRAM, "serve", "--data-dir", folder, *options],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)


class ServerStart(unittest.TestCase):
    def test_liveness_answers_soon_after_the_start(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            server.stop()
            begin = time.monotonic()
            server.start()
            status, _, body = server.request("GET", "/api/v1/health/liveness")
            seconds = time.monotonic() - begin
        self.assertEqual((status, json.loads(body)), (201, "OK"))
        self.assertLess(seconds, LIVENESS_SECONDS)

    def test_data_folder_is_created_for_its_owner_alone(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            self.assertEqual(server.data.stat().st_mode & 0o777, 0o700)

    @unittest.skipIf(SANITIZED, "sanitizers need more memory")
    def test_memory_at_rest_is_small(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            server.api("GET", "/dataset", expect=200)
            self.assertLess(resident_megabytes(server.process.pid), REST_MEGABYTES)

    @unittest.skipIf(SANITIZED, "sanitizers reserve terabytes of address space")
    def test_starts_under_tight_limits(self):
        with limited_program("ulimit -n 256; ulimit -v 1048576") as program, \
                Server(program) as server:
            server.api("GET", "/model", expect=200)
            self.assertEqual(open_files_limits(server.process.pid), ("256", "256"))
            self.assertIn("fewer than", server.log)

    def test_limit_on_open_files_is_raised_to_the_hard_one(self):
        with limited_program("ulimit -Sn 256") as program, Server(program) as server:
            soft, hard = open_files_limits(server.process.pid)
            self.assertEqual(soft, hard)
            self.assertGreater(int(hard), 256)
            self.assertIn(f'"limit":{hard}', server.log)

    def test_taken_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with Server(PROGRAM) as other:
                ended = serve(other.folder / "second", "--listen", address, "--auth", "none")
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn(address, ended.stdout + ended.stderr)

    def test_a_second_server_on_the_same_data_is_refused(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            ended = serve(server.data, "--listen", "127.0.0.1:0", "--auth", "none")
            self.assertEqual(ended.returncode, 75)
            self.assertIn("another server runs", ended.stderr)
            server.api("GET", "/dataset", expect=200)

    def test_auth_none_is_for_loopback_alone(self):
        with Server(PROGRAM) as other:
            ended = serve(other.folder / "second", "--listen", "0.0.0.0:0", "--auth", "none")
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("127.0.0.1", ended.stdout + ended.stderr)


class ServerStop(unittest.TestCase):
    def test_sigterm_ends_it_with_success(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            self.assertEqual(server.stop(), 0)

    def test_signals_are_its_first_threads(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            pid = server.process.pid
            deadline = time.monotonic() + 20  # While it starts the last threads it takes none.
            while (takers := threads_taking(pid, signal.SIGTERM)) != [str(pid)]:
                self.assertLess(time.monotonic(), deadline, takers)
                time.sleep(0.01)

    def test_records_outlive_a_kill(self):
        with Server(PROGRAM, SCRIPTED_WORKER) as server:
            body = {"type": "image_classification", "format": "default"}
            dataset = server.api("POST", "/dataset", body, expect=201)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server.start()
            found = server.api("GET", f"/dataset/{dataset['id']}", expect=200)
        self.assertEqual(found, dataset)


class JobsOverAStop(unittest.TestCase):
    """SIGTERM ends the server alone; the witness worker testifies how often it was started."""

    def setUp(self):
        self.server = self.enterContext(Server(PROGRAM, WITNESS_WORKER))

    def start_job(self, seed):
        """(path, process id) of a training that runs."""
        dataset = pictures.post_coloured_dataset(self.server, "images_train", 1)
        links = {"train_datasets": [dataset], "eval_dataset": dataset}
        model = self.server.api("POST", "/model", {"network_arch": "classification", **links}, 201)
        spec = {"train_config": {"random_seed": seed}}
        self.server.api("POST", f"/model/{model['id']}/specs/train", spec, expect=201)
        job, = self.server.api("POST", f"/model/{model['id']}/job", {"actions": ["train"]}, 201)
        path = f"/model/{model['id']}/job/{job}"
        self.wait_until(lambda: witness.Evidence(self.server).counts["start", job], "it has begun")
        pid, = witness.processes_of(self.server)
        return path, pid

    def wait_until(self, holds, what):
        deadline = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), deadline, f"{what}: {self.server.log_end()}")
            time.sleep(0.02)

    def assert_started_once(self, path):
        counts = witness.Evidence(self.server).counts
        self.assertEqual(counts["start", path.rsplit("/", 1)[1]], 1)

    def test_running_job_is_adopted_by_the_next_server(self):
        job, pid = self.start_job(witness.WAITS)
        self.assertEqual(self.server.stop_alone(), 0)
        self.assertEqual(list(witness.processes_of(self.server)), [pid])

        self.server.start()

        self.wait_until(lambda: "job adopted" in self.server.log, "it is adopted")
        self.assertEqual(self.server.api("GET", job, expect=200)["status"], "Running")
        self.assertEqual(list(witness.processes_of(self.server)), [pid])
        self.server.api("POST", f"{job}/cancel", expect=200)
        self.wait_until(lambda: not witness.processes_of(self.server), "its worker is stopped")
        self.assertEqual(self.server.api("GET", job, expect=200)["status"], "Error")
        self.assert_started_once(job)

    def test_job_that_ends_while_no_server_runs_is_judged_by_the_next(self):
        job, pid = self.start_job(20000)  # It succeeds after two seconds.
        self.assertEqual(self.server.stop_alone(), 0)
        self.assertEqual(list(witness.processes_of(self.server)), [pid])
        self.wait_until(lambda: not witness.processes_of(self.server), "it has ended")

        self.server.start()

        ended = self.server.wait_for_job(job)
        self.assertEqual((ended["status"], ended["result"]["epoch"]), ("Done", 2))
        self.assert_started_once(job)


if __name__ == "__main__":
    unittest.main()
