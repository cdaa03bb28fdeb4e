"""The server is killed at every point of core/kill_point.hpp; the next one puts everything right."""

import http.client
import os
import shutil
import subprocess
import time
import unittest

import pictures
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
LONG = bool(os.environ.get("ATHANOR_LONG"))

# These end `athanor restore`, not the server; backup_test.py has them.
RESTORE = {"restore_named", "restore_exchanged"}
KILL_POINTS = [point for point in subprocess.run(
    [WORKER, "kill-points"], check=True, capture_output=True, text=True).stdout.split()
    if point not in RESTORE]
# The flow comes to these with every record and every file; without ATHANOR_LONG only some passings
# are tried.
PASSINGS = [int(n) for n in os.environ.get("ATHANOR_PASSINGS", "1 2 3 5 8 13 21").split()]
FREQUENT = {"store_changed", "store_committed", "file_written", "file_synced", "file_renamed",
            "job_result_stored", "job_settled", "job_log_ended"}
# These end a launcher, not the server.
LAUNCHER = {"launch_begun", "launch_identified"}

ARCHIVE = pictures.archive({f"images_train/{name}/1.png": pictures.png((200, 50, 50), 1, side=4)
                            for name in ("cat", "dog")})


class ServerDied(Exception):
    pass


class Flow:
    """Comes to every kill point; notes in a ledger what was acknowledged."""

    def __init__(self, server):
        self.server = server
        self.ledger = witness.Ledger()

    def api(self, method, path, body=None):
        try:
            return self.server.api(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            raise ServerDied from error

    def create(self, kind, body):
        record = self.api("POST", f"/{kind}", body)
        path = f"/{kind}/{record['id']}"
        self.ledger.records[path] = record
        return path

    def upload(self, dataset):
        try:
            self.server.upload(dataset.rsplit("/", 1)[1], ARCHIVE)
        except (OSError, http.client.HTTPException) as error:
            raise ServerDied from error

    def add_pretrained(self, name):
        try:
            record = self.server.add_pretrained("classification", "resnet18", name)
        except (OSError, http.client.HTTPException) as error:
            raise ServerDied from error
        path = f"/pretrained/{record['id']}"
        self.ledger.records[path] = record
        return path

    def post(self, model, seed, actions=("train",)):
        self.api("POST", f"{model}/specs/train", {"train_config": {"random_seed": seed}})
        jobs, parent = [], None
        for id, action in zip(self.api("POST", f"{model}/job", {"actions": actions}), actions):
            job = witness.Job(f"{model}/job/{id}", seed if action == "train" else 0, parent)
            self.ledger.jobs[job.path] = job
            parent = parent or job.path
            jobs.append(job)
        return jobs

    def cancel(self, job):
        job.cancels += 1
        self.api("POST", job.path + "/cancel")

    def resume(self, job):
        job.resumes += 1
        self.api("POST", job.path + "/resume")

    def delete(self, path):
        below = self.ledger.below(path)
        self.ledger.move(path, self.ledger.uncertain)
        self.api("DELETE", path)
        self.ledger.removed.update(below)

    def reach(self, job, *states):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status = self.api("GET", job.path)["status"]
            if status in states:
                return
            time.sleep(0.005)
        raise AssertionError(f"{job.path} stays {status}:\n{self.server.log_end()}")

    def run(self):
        dataset = self.create("dataset", {"type": "image_classification", "format": "default"})
        self.upload(dataset)
        self.upload(dataset)
        id = dataset.rsplit("/", 1)[1]
        links = {"network_arch": "classification", "train_datasets": [id], "eval_dataset": id}
        model = self.create("model", links)
        train, evaluate = self.post(model, 0, ["train", "evaluate"])
        self.reach(evaluate, "Done", "Error")
        waiting, = self.post(model, witness.WAITS)
        self.reach(waiting, "Running", "Error")
        self.cancel(waiting)
        self.resume(waiting)
        self.reach(waiting, "Running", "Error")
        self.cancel(waiting)
        self.delete(evaluate.path)
        self.delete(self.add_pretrained("doomed"))
        self.add_pretrained("kept")
        doomed = self.create("model", links)
        self.post(doomed, witness.WAITS)
        self.delete(doomed)
        self.delete(self.create("dataset",
                                {"type": "image_classification", "format": "default"}))
        self.reach(train, "Done", "Error")
        self.wait_until_quiet()

    def wait_until_quiet(self):
        """What goes on in the background comes to its kill points too."""
        try:
            witness.wait_until_quiet(self.server)
        except (OSError, http.client.HTTPException) as error:
            raise ServerDied from error


class KillPoints(unittest.TestCase):
    kills = 0

    @classmethod
    def setUpClass(cls):
        """A first start writes files and records of its own, which are not what is meant."""
        cls.started_before = cls.enterClassContext(Server(PROGRAM, WORKER))
        cls.started_before.stop_alone()

    @classmethod
    def tearDownClass(cls):
        print(f"{cls.kills} kills at {len(KILL_POINTS)} points", flush=True)

    def server_to_kill(self, point, passings):
        server = Server(PROGRAM, WORKER, ["--slots", "2"])
        shutil.copytree(self.started_before.data, server.data)
        server.environment["ATHANOR_KILL_AT"] = f"{point}:{passings}"
        return server

    def run_and_kill(self, point, passings):
        """Whether the server came to the point so often."""
        with self.server_to_kill(point, passings) as server:
            flow = Flow(server)
            try:
                flow.run()
            except ServerDied:
                server.process.wait(20)
            died = server.process.poll() is not None
            # It may come to the point while it stops, too.
            was_undisturbed = not died and server.stop_alone() == 0 and point not in LAUNCHER
            if was_undisturbed:
                return False  # test_undisturbed looks at what such a run leaves.
            KillPoints.kills += 1
            self.check_next_start(server, flow, point, passings)
            return died

    def check_next_start(self, server, flow, point, passings):
        del server.environment["ATHANOR_KILL_AT"]
        server.start()
        faults = witness.check(server, flow.ledger, killed_launch=point in LAUNCHER)
        self.assertEqual(faults, [], f"at {point}:{passings}\n{server.log_end(6000)}")

    def test_undisturbed(self):
        with self.server_to_kill("nowhere", 1) as server:
            flow = Flow(server)
            flow.run()
            self.assertEqual(server.stop_alone(), 0)
            self.check_next_start(server, flow, "nowhere", 1)

    def passings(self, point):
        """How often the point is passed before the kill, one run each."""
        if point in LAUNCHER:
            return [1]  # Counted in every launcher anew.
        if point in FREQUENT and not LONG:
            return PASSINGS
        return range(1, 1000)

    def sweep(self, point):
        for passings in self.passings(point):
            died = self.run_and_kill(point, passings)
            if point not in LAUNCHER:
                self.assertTrue(died or passings > 1, f"the flow never comes to {point}")
            if not died:
                return


def add_sweep(point):
    setattr(KillPoints, f"test_{point}", lambda self: self.sweep(point))


for name in KILL_POINTS:
    add_sweep(name)


if __name__ == "__main__":
    unittest.main()
