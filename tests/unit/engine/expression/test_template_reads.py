"""What a template tells of itself: the paths it reads, for `check`."""

from __future__ import annotations

from core.engine.template import compile_template


def test_a_template_tells_the_paths_it_reads_up_to_what_is_computed() -> None:
    """A step that is worked out when rendering ends the path that can be told before."""
    told = compile_template("{{ profile.traits[key].name }} {{ case.last.properties.name }}")
    paths = {path for path, _ in told.reads()}
    assert ("profile", "traits") in paths
    assert ("case", "last", "properties", "name") in paths
