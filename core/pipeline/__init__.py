"""Events in: dedupe, resolve, apply, store - one transaction for everything that an event causes."""

from core.pipeline.pipeline import Pipeline

__all__ = ["Pipeline"]
