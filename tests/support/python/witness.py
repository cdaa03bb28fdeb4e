"""What the witness worker (tests/support/witness_worker) saw, held against what clients were told.

A `Ledger` notes what a client did and what the server acknowledged. After any number of kills,
`check` says what of it does not hold: every acknowledged record is there and every deleted one gone,
no job was started more often than it was queued, never by two workers at once, and each ended as its
worker, its parent or its user decided; no process and no half-written file is left.
"""

import collections
import contextlib
import pathlib
import sqlite3
import time

from folders import entries_below

WAITS, FAILS = 8, 7


class Job:
    """One job as its client knows it."""

    def __init__(self, path, seed, parent=None):
        self.path = path
        self.seed = seed
        self.parent = parent
        self.cancels = self.resumes = self.kills = 0  # Tried; not all were acknowledged.

    @property
    def id(self):
        return self.path.rsplit("/", 1)[1]

    @property
    def succeeds(self):
        return self.seed % 10 not in (WAITS, FAILS)


class Ledger:
    def __init__(self):
        self.records = {}  # path → what the server answered last
        self.jobs = {}  # path → Job
        self.removed = set()  # Paths whose deletion was acknowledged.
        self.uncertain = set()  # Paths whose deletion may have happened.

    def below(self, path):
        return [known for known in (*self.records, *self.jobs)
                if known == path or known.startswith(path + "/")]

    def move(self, path, into):
        """What lies at `path` and below is deleted, or maybe so."""
        for known in self.below(path):
            self.records.pop(known, None)
            self.jobs.pop(known, None)
            into.add(known)


class Evidence:
    def __init__(self, server):
        self.counts = collections.Counter()
        file = server.folder / "evidence" / "evidence.txt"
        for line in file.read_text().splitlines() if file.exists() else []:
            what, job, _, _ = line.split()
            self.counts[what, job] += 1


def processes_of(server):
    """Launchers and workers of the server's jobs: {pid: job id}."""
    found = {}
    jobs = str(server.data / "jobs").encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        for argument in arguments:
            if argument.startswith(jobs):
                found[int(folder.name)] = argument.decode().rsplit("/", 1)[1]
    return found


def all_jobs(server):
    """{path: record} of every job that there is."""
    return {f"/{kind}/{record['id']}/job/{job['id']}": job
            for kind in ("dataset", "model")
            for record in server.api("GET", f"/{kind}", expect=200) for job in record["jobs"]}


def finish(server, ledger, seconds=120):
    """Cancels the jobs that would wait for ever, those of lost replies among them, and gives the
    records of all once they have ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs = all_jobs(server)
        unended = {path: record for path, record in jobs.items()
                   if record["status"] not in ("Done", "Error")}
        if not unended:
            return jobs
        for path, record in unended.items():
            known = ledger.jobs.get(path)
            if record["status"] == "Running" and (known is None or known.seed % 10 == WAITS):
                if known:
                    known.cancels += 1
                server.api("POST", path + "/cancel")
        time.sleep(0.02)
    raise AssertionError(f"jobs that do not end: {unended}\n{server.log_end()}")


def wait_until_quiet(server, seconds=20):
    """Until no worker is left and every removed folder is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not processes_of(server) and not leftovers(server):
            return []
        time.sleep(0.02)
    return [f"process {pid} of job {job} is left" for pid, job in processes_of(server).items()
            ] + leftovers(server)


def pretrained_records(server):
    """The ids of all, by the database: lists leave out those without weights."""
    with contextlib.closing(sqlite3.connect(server.data / "athanor.db")) as database:
        return {id for id, in database.execute("SELECT id FROM models WHERE weights IS NOT NULL")}


def leftovers(server):
    """Half-written files, staging folders, data that no record names, jobs without a record."""
    faults = [f"{path} is left" for path in entries_below(server.data)
              if ".tmp-" in path.name or path.name.startswith("staging-")]
    known = {}
    for kind in ("dataset", "model"):
        for record in server.api("GET", f"/{kind}", expect=200):
            known[record["id"]] = record
    jobs = {job["id"] for record in known.values() for job in record["jobs"]}
    for folder in (server.data / "jobs").glob("*"):
        if folder.name not in jobs:
            faults.append(f"{folder} has no record")
    for folder in (server.data / "datasets").glob("*"):
        data = [f for f in folder.glob("data-*") if f.is_dir()]
        if folder.name not in known or len(data) > 1:
            faults.append(f"{folder} holds {[f.name for f in data]}")
    pretrained = pretrained_records(server)
    folders = {folder.name for folder in (server.data / "pretrained").glob("*")}
    faults += [f"pretrained/{name} has no record" for name in folders - pretrained]
    faults += [f"pretrained/{name} has no weights" for name in pretrained
               if not (server.data / "pretrained" / name / "weights.safetensors").exists()]
    return faults


def check_records(server, ledger):
    faults = []
    for path, expected in ledger.records.items():
        status, _, body = server.request("GET", f"/api/v1/user/{server.user}{path}")
        if status != 200:
            faults.append(f"{path} is lost: {status} {body[:200]!r}")
        elif expected["id"].encode() not in body:
            faults.append(f"{path} is another: {body[:200]!r}")
    for path in ledger.removed:
        status, _, _ = server.request("GET", f"/api/v1/user/{server.user}{path}")
        if status != 404:
            faults.append(f"{path} came back: {status}")
    return faults


def check_job(job, parent, record, ended, evidence, killed_launch):
    """What is wrong with an ended job. `parent` is None where it has none."""
    status, message = record["status"], record["result"]["detailed_status"]["message"]
    story = f"{job.path} (seed {job.seed}) is {status}: {message!r}"
    starts = evidence.counts["start", job.id]
    faults = []
    if starts > 1 + job.resumes:
        faults.append(f"{story}: started {starts} times, resumed {job.resumes} times")
    if status == "Done" and not evidence.counts["end", job.id]:
        faults.append(f"{story}: Done without a worker that succeeded")
    if status == "Error" and not message:
        faults.append(f"{story}: no reason")
    parent_done = job.parent is None or ended[job.parent]["status"] == "Done"
    undisturbed = not (job.cancels or job.kills or killed_launch)
    # A child that failed with its parent stays so when the parent is resumed.
    parent_was_done = parent_done and not (parent and parent.resumes)
    if undisturbed and job.succeeds and parent_was_done and status != "Done":
        faults.append(f"{story}: should be Done")
    if undisturbed and not parent_done and "parent job" not in message:
        faults.append(f"{story}: should name its parent")
    return faults


def check(server, ledger, killed_launch=False):
    """Everything that does not hold; the server runs and stays."""
    faults = check_records(server, ledger)
    if faults:
        return faults
    ended = finish(server, ledger)
    faults += wait_until_quiet(server)
    evidence = Evidence(server)
    faults += [f"{path} is lost" for path in ledger.jobs if path not in ended]
    if faults:
        return faults
    for path, job in ledger.jobs.items():
        faults += check_job(job, ledger.jobs.get(job.parent), ended[path], ended, evidence,
                            killed_launch)
    for what, job in [key for key in evidence.counts if len(key) == 2]:
        if what == "overlap":
            faults.append(f"job {job} had two workers at once")
    return faults
