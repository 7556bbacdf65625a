"""The audit: stored events judged anew by the reference path, and what should have fired and did not."""
