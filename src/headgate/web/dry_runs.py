"""Dry runs of policies, one at a time in a thread of their own, the newest kept for whoever asks the same again."""

from __future__ import annotations

import hashlib
import queue
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import FastAPI

from headgate.errors import BadInput, HeadgateError, UsageError, WorkspaceError
from headgate.plain import plain
from headgate.policy import Policy
from headgate.shapes import Db
from headgate.web import dry_run, hidden
from headgate.web.dry_run_shapes import Outcome
from headgate.web.snapshot import Snapshot

KEPT = 24  # results
WAITING = 4  # dry runs that may wait for their turn
LONGEST = 900.0  # seconds of one
MOST_RULES, MOST_WAIVERS = 60, 2_000
_MAKING = threading.Lock()


@dataclass(slots=True)
class Job:
    """A dry run: of which text (`sha`) against which (`was`), how far it is, and what it found or why it failed."""

    id: str
    sha: str
    was: str
    text: str
    name: str
    state: str = "waiting"  # waiting, running, done or failed
    step: str = "waiting for its turn"
    error: str = ""
    seconds: float = 0.0
    outcome: Outcome | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class DryRuns:
    """The dry runs of one server."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._queue: queue.Queue[tuple[Job, Snapshot, Policy, Policy]] = queue.Queue()
        threading.Thread(target=self._work, name="dry-runs", daemon=True).start()

    def begin(self, snapshot: Snapshot, before: tuple[Policy, str], after: Policy, text: str) -> Job:
        """The dry run of `after`, written `text`, against `before` with its sum; the one that is there is taken.

        Waivers expire, so the day is a part of what is asked. Raises `UsageError` for a policy that would take too
        long, `WorkspaceError` where too many wait.
        """
        if len(after.rules) > MOST_RULES or len(after.waivers) > MOST_WAIVERS:
            msg = (
                f"a dry run takes up to {MOST_RULES} rules and {MOST_WAIVERS:,} waivers; this policy has "
                f"{len(after.rules):,} and {len(after.waivers):,}. Judge it with: headgate gate --policy FILE"
            )
            raise UsageError(msg)
        sha, was = digest(text), before[1]
        asked = f"{snapshot.key} {was} {sha} {datetime.now(UTC):%Y-%m-%d}"
        id_ = hashlib.sha256(asked.encode()).hexdigest()[:24]
        with self._lock:
            found = self._jobs.get(id_)
            if found is not None and found.state != "failed":
                self._jobs.move_to_end(id_)
                return found
            if sum(job.state == "waiting" for job in self._jobs.values()) >= WAITING:
                msg = f"{WAITING} dry runs are waiting already. Ask again in a minute."
                raise WorkspaceError(msg)
            job = self._jobs[id_] = Job(id_, sha, was, text, after.name)
            for old in [one for one, other in self._jobs.items() if other.ended.is_set()][: len(self._jobs) - KEPT]:
                del self._jobs[old]
        self._queue.put((job, snapshot, before[0], after))
        return job

    def get(self, id_: str) -> Job:
        """The dry run `id_`; raises `BadInput` where it is not kept any more."""
        with self._lock:
            found = self._jobs.get(id_)
        if found is None:
            msg = "there is no dry run by that name any more. Check the policy once more."
            raise BadInput(msg)
        return found

    def done(self, sha: str, was: str) -> bool:
        """Whether the text `sha` was dry-run against `was`, and the result is there."""
        with self._lock:
            return any(job.state == "done" and (job.sha, job.was) == (sha, was) for job in self._jobs.values())

    def _work(self) -> None:
        while True:
            _run(*self._queue.get())  # nothing of it is held while the next one is waited for


def _run(job: Job, snapshot: Snapshot, before: Policy, after: Policy) -> None:
    begun = time.monotonic()
    job.state = "running"
    watch = _Watch(job)
    try:
        job.outcome = dry_run.compare(snapshot, before, after, datetime.now(UTC).replace(tzinfo=None), watch.told)
        job.state = "done"
    except Exception as error:  # one dry run that fails must not end the others
        late = time.monotonic() - begun >= LONGEST
        why = f"it took longer than {LONGEST:.0f} s" if late else "something went wrong here"
        known = isinstance(error, HeadgateError)
        told = hidden.placeless(str(error), snapshot.path) if known else f"{why}. The server's own output says more."
        job.error = plain(told, 500)
        job.state = "failed"
        sys.stderr.write(f"headgate: a dry run failed: {type(error).__name__}: {plain(error, 300)}\n")
    finally:
        watch.stop()
        job.seconds = time.monotonic() - begun
        job.ended.set()


class _Watch:
    """Hears what a dry run does, and interrupts it when its time is up."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._db: Db | None = None
        self._timer = threading.Timer(LONGEST, self._interrupt)
        self._timer.daemon = True
        self._timer.start()

    def told(self, step: str, db: Db) -> None:
        self._job.step, self._db = step, db

    def stop(self) -> None:
        self._timer.cancel()

    def _interrupt(self) -> None:
        if self._db is not None:
            self._db.interrupt()


def of(app: FastAPI) -> DryRuns:
    """The dry runs of the server `app`."""
    with _MAKING:
        if not hasattr(app.state, "dry_runs"):
            app.state.dry_runs = DryRuns()
        found: DryRuns = app.state.dry_runs
        return found


def digest(text: str) -> str:
    """The sha256 of a policy's text, as of its file."""
    return hashlib.sha256(text.encode()).hexdigest()
