"""Records to measure with: made over the API, multiplied in the database of a stopped server."""

import sqlite3
import uuid

import pictures

DATASET = {"type": "image_classification", "format": "default"}
# Ten epochs of the witness worker would change nothing in the length of the reply.
SPEC = {"train_config": {"random_seed": 1}}


def new_model(server):
    dataset = server.api("POST", "/dataset", DATASET, expect=201)["id"]
    server.upload(dataset, pictures.archive({
        f"images_train/{name}/1.png": pictures.png((200, 50, 50), 1) for name in ("cat", "dog")}))
    model = server.api("POST", "/model", {
        "network_arch": "classification", "train_datasets": [dataset], "eval_dataset": dataset},
        expect=201)["id"]
    return f"/model/{model}"


def finished_job(server, model):
    """The path of a job that the witness worker has brought to Done."""
    server.api("POST", f"{model}/specs/train", SPEC, expect=201)
    job, = server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
    path = f"{model}/job/{job}"
    record = server.wait_for_job(path)
    if record["status"] != "Done":
        raise SystemExit(f"the job ended otherwise: {record}")
    return path


def multiply_job(data, job, count, owner_of=None):
    """Adds copies of a job until there are `count` jobs; `owner_of(n)` may give the n-th another
    owner. The server must not run. The id of the last copy."""
    database = sqlite3.connect(data / "athanor.db")
    cursor = database.execute("SELECT * FROM jobs WHERE id = ?", (job,))
    columns = [column[0] for column in cursor.description]
    row = dict(zip(columns, cursor.fetchone()))
    there = database.execute("SELECT COUNT(*) FROM jobs").fetchone()[0]
    first = database.execute("SELECT MAX(sequence) FROM jobs").fetchone()[0] + 1

    def copies():
        for n in range(count - there):
            row["id"] = str(uuid.uuid4())
            row["sequence"] = first + n
            if owner_of:
                row["owner_id"] = owner_of(n)
            yield tuple(row.values())

    marks = ", ".join("?" * len(columns))
    with database:
        database.executemany(f"INSERT INTO jobs VALUES ({marks})", copies())
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return row["id"]
