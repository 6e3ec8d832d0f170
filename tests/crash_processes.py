"""The processes of the crash test: writers that are killed at a chosen moment, and readers that must not notice.

`writer HOME SITE` is told moments on standard input, one a line, and forks a writer for each: "step 7" dies before its
seventh step in the file system, "after 0.1" a tenth of a second into the sync wherever it is then (in the database, the
index or the network), "never" lives. It answers with the writer's exit status and the steps it took.
`reader HOME SITE` queries until its standard input ends, and then says how often and how many snapshots it saw.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from pathlib import Path

from warehouse.build import sync
from warehouse.settings import Settings
from warehouse.snapshot import Snapshot, Snapshots
from warehouse.sql.limits import Limits

STEPS = {"os.rename", "os.mkdir", "os.utime", "os.remove", "os.rmdir", "shutil.rmtree"}
LIMITS = Limits(100, 100_000, 10_000, 60.0)


def check(snapshots: Snapshots) -> str:
    """The id of the current snapshot, once it is seen to be whole."""
    return check_snapshot(snapshots.current())


def check_snapshot(now: Snapshot) -> str:
    """The id of a snapshot, once it is seen to be whole and of one version of the site throughout."""
    titles = now.warehouse.slugs()
    assert len(titles) == now.manifest.posts == 3, titles
    versions = {title.rpartition(" ")[2] for title in titles.values()}
    assert len(versions) == 1, titles
    rows = now.warehouse.query("SELECT slug, count(*) FROM sections GROUP BY slug", LIMITS).rows
    assert {slug for slug, _ in rows} == set(titles), rows
    assert all(now.warehouse.post(slug).markdown for slug in titles)
    hits = now.index.search("leapfrog integrator", limit=3).hits
    assert hits and hits[0].title == titles["hamiltonian-walks"], hits
    return now.manifest.id


def read(home: str, site: str) -> None:
    snapshots, seen, times = Snapshots(Settings(home=Path(home), site=site)), set(), 0
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        seen.add(check(snapshots))
        times += 1
    print(json.dumps({"times": times, "snapshots": len(seen)}))


def write(home: str, site: str) -> None:
    import warehouse.index_writer
    import warehouse.store  # noqa: F401  imported before the fork, so that every writer starts at once

    for line in sys.stdin:
        kind, _, number = line.partition(" ")
        told, tell = os.pipe()
        if (child := os.fork()) == 0:
            os.close(told)
            _write_once(home, site, int(number) if kind == "step" else 0, tell)
        os.close(tell)
        if kind == "after":
            time.sleep(float(number))
            os.kill(child, signal.SIGKILL)
        with os.fdopen(told, encoding="utf-8") as pipe:
            steps = pipe.read().splitlines()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "steps": steps}), flush=True)


def _write_once(home: str, site: str, last: int, tell: int) -> None:
    taken = 0

    def step(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal taken
        if event in STEPS or (event == "open" and str(arguments[0]).startswith(home)):
            taken += 1
            os.write(tell, f"{event} {arguments[0]}\n".encode())
            if taken == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    try:
        sync(Snapshots(Settings(home=Path(home), site=site)))
    except BaseException:  # whatever it is, this process must not go on as a second parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    {"writer": write, "reader": read}[sys.argv[1]](*sys.argv[2:])
