"""Killable workers: processes that answer questions, and are ended when they take too much."""

from miwdap_kg.execution.workers.limits import WorkerLimits, WorkerStatus
from miwdap_kg.execution.workers.pool import Workers
from miwdap_kg.execution.workers.staff import can_be_ended

__all__ = ["WorkerLimits", "WorkerStatus", "Workers", "can_be_ended"]
