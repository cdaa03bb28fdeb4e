#!/usr/bin/env python3
"""Prints what an evaluate job found: a short confusion table and the accuracy as the last line.

    athanor job show --json JOB | scripts/evaluation_report.py JOB.tar.gz

The accuracy is the job's KPI; the table comes from its downloaded artifacts.
"""

import csv
import io
import json
import sys
import tarfile


def read_member(archive: tarfile.TarFile, name: str) -> str:
    for member in archive.getmembers():
        if member.name.rsplit("/", 1)[-1] == name:
            return archive.extractfile(member).read().decode()
    sys.exit(f"the evaluation's archive holds no {name}")


def kpi(job: dict, metric: str) -> float:
    for item in job["result"]["kpi"]:
        if item["metric"] == metric:
            return item["value"]
    sys.exit(f"the evaluate job has no KPI called {metric}")


def print_classes(rows: list[list[str]]) -> None:
    """Each class with its recall and what it is most often taken for."""
    classes = rows[0][1:]
    print(f"{'class':<14}{'right':>8}   most often taken for")
    for truth, row in enumerate(rows[1:]):
        counts = [int(count) for count in row[1:]]
        others = sorted(
            ((count, classes[i]) for i, count in enumerate(counts) if i != truth and count),
            reverse=True)
        mistaken = ", ".join(f"{name} ({count})" for count, name in others[:2])
        share = counts[truth] / max(1, sum(counts))
        print(f"{row[0]:<14}{100 * share:>6.1f} %   {mistaken or '-'}")


def main() -> None:
    job = json.load(sys.stdin)
    with tarfile.open(sys.argv[1]) as archive:
        rows = list(csv.reader(io.StringIO(read_member(archive, "confusion_matrix.csv"))))
        pictures = json.loads(read_member(archive, "results.json"))["pictures"]
    print_classes(rows)
    print()
    print(f"test accuracy (top-1): {kpi(job, 'accuracy'):.4f} on {pictures} images")


if __name__ == "__main__":
    main()
