"""`manage.py work`: the one background process."""

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from config.jobs import DUTIES, HANDLERS
from jobs.services import run_next

LOOK_EVERY_S = 0.5
AFTER_TROUBLE_S = 5.0

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Does what pages have queued, and what comes round by the clock, until it is told to stop."""

    help = "Does queued jobs and regular duties until it gets SIGTERM or Ctrl-C. Several may run at once."

    def add_arguments(self, parser: CommandParser) -> None:  # noqa: D102
        parser.add_argument("--once", action="store_true", help="Do what waits now, then end.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: D102
        self.ending = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._end)
        # A long job must not hold the duties up: the bins are to follow within two seconds.
        clock = threading.Thread(target=self._do_duties, args=(options["once"],), daemon=True)
        clock.start()
        while not self.ending.is_set():
            if not self._guarded("jobs", lambda: run_next(HANDLERS)):
                if options["once"]:
                    break
                self.ending.wait(LOOK_EVERY_S)
        self.ending.set()
        clock.join(timeout=30)

    def _end(self, number: int, frame: FrameType | None) -> None:
        """The running job goes on to its end or, killed, is done again later."""
        self.ending.set()

    def _do_duties(self, once: bool) -> None:
        next_at = {duty.name: 0.0 for duty in DUTIES}
        while True:
            for duty in DUTIES:
                if time.monotonic() >= next_at[duty.name]:
                    self._guarded(duty.name, duty.act)
                    next_at[duty.name] = time.monotonic() + duty.every_s
            if once or self.ending.wait(LOOK_EVERY_S):
                connection.close()
                return

    def _guarded(self, name: str, act: Any) -> Any:
        """A database that is away for a minute ends no worker, and neither does one broken duty."""
        try:
            close_old_connections()
            return act()
        except (OperationalError, InterfaceError) as problem:
            logger.warning("%s: the database is away (%s)", name, str(problem).splitlines()[0])
            self.ending.wait(AFTER_TROUBLE_S)
        except Exception:
            logger.exception("%s failed", name)
            self.ending.wait(AFTER_TROUBLE_S)
        return False
