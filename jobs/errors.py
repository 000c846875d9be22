"""What can go wrong with a job."""


class AlreadyRunning(Exception):
    """The same work waits or runs already; `job_id` is that job."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"Job {job_id} does this already.")
        self.job_id = job_id


class JobCancelled(Exception):
    """Somebody asked this job to stop; raised where the job says how far it is."""
