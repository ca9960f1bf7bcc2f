"""A small face over procrastinate, so that the choice of queue stays in one file."""

from collections.abc import Callable
from typing import Any

from procrastinate.contrib.django import app


def job(name: str, *, every: str | None = None, queue: str = "default") -> Callable[[Callable[..., None]], Any]:
    """Register a background job under ``room.verb``; ``every`` is a cron line.

    A job loads, calls one action, and is safe to run twice. Its keyword arguments are references, never content.
    """

    def register(function: Callable[..., None]) -> Any:  # noqa: ANN401
        if every is None:
            return app.task(name=name, queue=queue)(function)

        def at_time(timestamp: int) -> None:  # noqa: ARG001
            function()

        at_time.__doc__ = function.__doc__
        at_time.__module__ = function.__module__
        task = app.task(name=name, queue=queue, queueing_lock=name)(at_time)
        return app.periodic(cron=every)(task)

    return register


def defer(name: str, *, lock: str | None = None, queue: str = "default", **references: Any) -> None:  # noqa: ANN401
    """Ask for a job, in the caller's transaction: no commit, no job."""
    app.configure_task(name, lock=lock, queue=queue, allow_unknown=False).defer(**references)


def registered() -> dict[str, Any]:
    """Return every job of ours by its name."""
    return {name: task for name, task in app.tasks.items() if task.func.__module__.startswith("hueandcry.")}
