"""Servers and workers are killed at random while clients work; nothing is lost, run twice or left."""

import http.client
import json
import os
import random
import signal
import threading
import time
import unittest

import pictures
import witness
from athanor_server import Server

PROGRAM = os.environ["ATHANOR_PROGRAM"]
WORKER = os.environ["ATHANOR_WITNESS_WORKER"]
KILLS = int(os.environ.get("ATHANOR_KILLS", 300))
SEED = int(os.environ.get("ATHANOR_SEED", 20261126))
CLIENTS = 3
SLOTS = 3
KILLS_TOLD = 1000  # A long run tells after so many how far it is.

ARCHIVE = pictures.archive({f"images_train/{name}/1.png": pictures.png((200, 50, 50), 1, side=4)
                            for name in ("cat", "dog")})


class Client(threading.Thread):
    """Does what users do, on models of its own, and keeps a ledger of what was acknowledged."""

    def __init__(self, server, dataset, seed):
        super().__init__(name=f"client-{seed}", daemon=True)
        self.server = server
        self.dataset = dataset
        self.random = random.Random(seed)
        self.ledger = witness.Ledger()
        self.ended = threading.Event()
        self.failure = None

    def run(self):
        actions = [self.add_model, *[self.post] * 6, *[self.cancel] * 3, *[self.resume] * 3,
                   self.delete_job, self.delete_model, self.look, self.drop_strangers]
        while not self.ended.is_set():
            try:
                self.random.choice(actions)()
            except (OSError, http.client.HTTPException):
                time.sleep(0.005)  # The server is being killed or started.
            except Exception as error:  # pylint: disable=broad-except
                self.failure = error
                return

    def request(self, method, path, body=None, also=()):
        """The reply, or None for a refusal that the state of things allows."""
        expected = {"POST": (200, 201), "PUT": (200,), "GET": (200,), "DELETE": (200,)}[method]
        status, _, reply = self.server.request(
            method, f"/api/v1/user/{self.server.user}{path}", body and json.dumps(body))
        if status in expected:
            return json.loads(reply)
        if status not in also:
            raise AssertionError(f"{method} {path}: {status} {reply[:300]!r}")
        return None

    def models(self):
        return [path for path in self.ledger.records if path.startswith("/model/")]

    def add_model(self):
        if len(self.models()) >= 4:
            return
        record = self.request("POST", "/model", {"network_arch": "classification",
                                                 "name": self.name,
                                                 "train_datasets": [self.dataset],
                                                 "eval_dataset": self.dataset})
        self.ledger.records[f"/model/{record['id']}"] = record

    def post(self):
        if not self.models() or self.unended() > 12:
            return
        model = self.random.choice(self.models())
        seed = self.random.randrange(1, 10) + 10 * self.random.choice([0, 0, 1, 5, 20])
        self.request("POST", f"{model}/specs/train", {"train_config": {"random_seed": seed}})
        actions = self.random.choice([["train"], ["train", "evaluate"],
                                      ["train", "evaluate", "export"]])
        parent = None
        for id, action in zip(self.request("POST", f"{model}/job", {"actions": actions}), actions):
            job = witness.Job(f"{model}/job/{id}", seed if action == "train" else 0, parent)
            self.ledger.jobs[job.path] = job
            parent = parent or job.path

    def drop_strangers(self):
        """Ends what a post made whose reply was lost, of which a long run would pile up thousands."""
        for model in self.request("GET", f"/model?name={self.name}"):
            path = f"/model/{model['id']}"
            if path not in self.ledger.records:
                self.request("DELETE", path, also=(404,))
                continue
            for job in self.request("GET", f"{path}/job"):
                id = f"{path}/job/{job['id']}"
                if job["status"] in ("Pending", "Running") and id not in self.ledger.jobs:
                    self.request("POST", f"{id}/cancel", also=(404,))

    def unended(self):
        return sum(not getattr(job, "over", False) for job in self.ledger.jobs.values())

    def any_job(self):
        return self.random.choice(list(self.ledger.jobs.values())) if self.ledger.jobs else None

    def cancel(self):
        if job := self.any_job():
            job.cancels += 1
            self.request("POST", job.path + "/cancel", also=(404,))

    def resume(self):
        job = self.any_job()
        if job and job.parent is None:
            job.resumes += 1
            job.over = False
            self.request("POST", job.path + "/resume", also=(400,))

    def delete_job(self):
        job = self.any_job()
        if job and job.parent is None and not any(
                other.parent == job.path for other in self.ledger.jobs.values()):
            self.delete(job.path, also=(400,))

    def delete_model(self):
        if len(self.models()) > 2:
            self.delete(self.random.choice(self.models()), also=())

    def delete(self, path, also):
        try:
            deleted = self.request("DELETE", path, also=also) is not None
        except (OSError, http.client.HTTPException):
            self.ledger.move(path, self.ledger.uncertain)
            raise
        if deleted:
            self.ledger.move(path, self.ledger.removed)

    def look(self):
        if job := self.any_job():
            record = self.request("GET", job.path)
            job.over = record["status"] in ("Done", "Error")


class RandomKills(unittest.TestCase):
    def setUp(self):
        self.killed = set()  # Ids of jobs whose worker was killed, or maybe.

    def kill_worker(self, server, choose):
        """Kills a worker, if one runs."""
        workers = list(witness.processes_of(server).items())
        if not workers:
            return False
        pid, job = choose.choice(workers)
        self.killed.add(job)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def test_nothing_is_lost_run_twice_or_left(self):
        choose = random.Random(SEED)
        with Server(PROGRAM, WORKER, ["--slots", str(SLOTS)], keeps_port=True) as server:
            dataset = server.api("POST", "/dataset", {"type": "image_classification",
                                                      "format": "default"}, expect=201)["id"]
            server.upload(dataset, ARCHIVE)
            clients = [Client(server, dataset, SEED + n) for n in range(CLIENTS)]
            for client in clients:
                client.start()
            story = self.kill_at_random(server, clients, choose)
            for client in clients:
                client.ended.set()
            for client in clients:
                client.join()
                self.assertIsNone(client.failure, server.log_end())
            self.check(server, clients, story)

    def kill_at_random(self, server, clients, choose):
        """Until there were enough kills or a client sees a fault; what was done."""
        begun = time.monotonic()
        kills = servers = told = 0
        story = f"seed {SEED}"
        while kills < KILLS and not any(client.failure for client in clients):
            time.sleep(choose.uniform(0, 0.15))
            if choose.random() < 0.3:
                kills += self.kill_worker(server, choose)
            else:
                server.kill()
                kills += 1
                servers += 1
                server.start()
            story = (f"seed {SEED}: {kills} kills, {servers} of them of servers, in "
                     f"{(time.monotonic() - begun) / 60:.1f} min")
            if kills >= told + KILLS_TOLD:
                told = kills
                print(story, flush=True)
        return story

    def check(self, server, clients, story):
        ledger = witness.Ledger()
        for client in clients:
            ledger.records.update(client.ledger.records)
            ledger.jobs.update(client.ledger.jobs)
            ledger.removed.update(client.ledger.removed)
        for job in ledger.jobs.values():
            job.kills = job.id in self.killed
        faults = witness.check(server, ledger)
        self.assertEqual(faults, [], f"{story}\n{server.log_end()}")
        print(f"{story}; {len(ledger.records)} records and {len(ledger.jobs)} jobs are as they "
              f"should be, {len(ledger.removed)} stayed deleted", flush=True)


if __name__ == "__main__":
    unittest.main()
