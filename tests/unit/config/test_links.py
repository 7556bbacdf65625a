"""What files say of each other: names that must exist, drafts that are counted, circles."""

from __future__ import annotations

from mapping_folder import DO, Folder


def test_a_draft_that_is_counted_is_warned_about(folder: Folder) -> None:
    """It is nowhere counted, so nothing would ever happen; a draft may count a draft."""
    counting = f"when: {{count: {{trigger: x, at_least: 2, within: 7d}}}}\n{DO}"
    folder.write("triggers/x.yaml", f"trigger: x\nwhen: api\n{DO}")
    folder.write("triggers/t.yaml", "trigger: t\nstatus: shadow\n" + counting)
    assert folder.problems() == [
        "triggers/t.yaml:3:25: warning: the trigger `x` is a draft, so there is nothing to count "
        "(let it be shadow or live)"
    ]
    folder.write("triggers/t.yaml", "trigger: t\n" + counting)
    assert folder.problems() == []


def test_a_trigger_that_is_wrong_itself_can_be_named(folder: Folder) -> None:
    """Its own mistake is told, and no other."""
    folder.write("triggers/x.yaml", f"trigger: x\nwhen: {{evnt: A}}\n{DO}")
    folder.write("triggers/y.yaml", "")
    folder.write(
        "triggers/t.yaml", f"trigger: t\nwhen: {{count: {{trigger: [x, y], at_least: 2, within: 7d}}}}\n{DO}"
    )
    assert folder.problems() == [
        "triggers/x.yaml:2:8: unknown key `evnt` (did you mean `event`?)",
        "triggers/y.yaml:1:1: the file is empty (fill it, or remove it)",
    ]


def test_triggers_that_count_each_other_are_refused_once(folder: Folder) -> None:
    """The whole circle is told, at its first link."""
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        folder.write(
            f"triggers/{name}.yaml",
            f"trigger: {name}\nwhen: {{count: {{trigger: {other}, at_least: 2, within: 7d}}}}\n{DO}",
        )
    assert folder.problems() == [
        "triggers/a.yaml:2:25: a circle: trigger `a` > trigger `b` > trigger `c` > trigger `a` "
        "(take one of these out: nothing can be worked out from itself)"
    ]


def test_what_only_if_counts_is_no_circle(folder: Folder) -> None:
    """An anchor that matched is counted whatever became of it."""
    folder.write(
        "triggers/t.yaml",
        f"trigger: t\nwhen: {{event: A}}\nonly_if: {{count: {{trigger: t, at_most: 3, within: 7d}}}}\n{DO}",
    )
    assert folder.problems() == []
