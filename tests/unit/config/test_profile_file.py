"""`profile.yaml`: what computed traits become, and every refusal of the file."""

from __future__ import annotations

import pytest
from mapping_folder import DO, Folder, rules

from core.config.kinds.tally import tally_of
from core.engine.formula import compile_formula
from core.engine.rule import Computed, Pattern

DAY = 86_400_000
V = compile_formula("properties.v")
ORDER, VIEW = Pattern("Order Completed"), Pattern("Product Viewed")


@pytest.mark.parametrize(
    ("text", "kind", "tally"),
    [
        ("{count: {event: Order Completed}}", "count", tally_of((ORDER,))),
        ("{count: {event: Order Completed, within: 90d}}", "count", tally_of((ORDER,), within=90 * DAY)),
        (
            "{count: {event: [Order Completed, Product Viewed], where: =properties.v}}",
            "count",
            tally_of((Pattern("Order Completed", V), Pattern("Product Viewed", V))),
        ),
        *[
            (f"{{{kind}: =properties.v, event: Order Completed}}", kind, tally_of((ORDER,), value=V))
            for kind in ("sum", "avg", "min", "max", "first", "last", "distinct", "list")
        ],
        (
            "{sum: =properties.v, event: {event: Product Viewed, where: =properties.v}, within: 7d, limit: null}",
            "sum",
            tally_of((Pattern("Product Viewed", V),), within=7 * DAY, value=V),
        ),
    ],
)
def test_each_kind_of_computed_trait_becomes_its_value(
    folder: Folder, text: str, kind: str, tally: object
) -> None:
    """A name that formulas read like any other trait."""
    folder.write("profile.yaml", f"computed: {{it: {text}}}\nsegments: {{big: =profile.traits.it > 3}}\n")
    found = rules(folder).computed["it"]
    assert (found.name, found.kind, found.tally, found.limit) == ("it", kind, tally, 50)


def test_a_list_has_a_limit(folder: Folder) -> None:
    """The last ones are kept."""
    folder.write("profile.yaml", "computed: {it: {list: =properties.v, event: Product Viewed, limit: 5}}\n")
    assert rules(folder).computed["it"] == Computed("it", "list", tally_of((VIEW,), value=V), limit=5)


#: What stands behind `computed: {it: ` in line 1, and what is said of it; the place is the column.
WRONG_COMPUTED = [
    (
        "{}",
        "16: a computed trait needs one of count, sum, avg, min, max, first, last, distinct, list (add `count:`)",
    ),
    ("3", "16: must be a computed trait, not `3` (write `{count: {event: NAME}}`)"),
    ("{cuont: {event: Product Viewed}}", "17: unknown key `cuont` (did you mean `count`?)"),
    (
        "{sum: =properties.v, avg: =properties.v, event: Product Viewed}",
        "37: a computed trait is one thing, and here are `sum` and `avg` (keep one)",
    ),
    (
        "{count: Product Viewed}",
        "24: must be a count, not `Product Viewed` (write `count: {event: NAME, within: 90d}`)",
    ),
    ("{count: {within: 7d}}", "24: a count needs `event` (add `event:`, the event's name, or a list)"),
    (
        "{count: {event: Product Viewed}, within: 7d}",
        "49: `within` belongs inside `count` (write `count: {event: NAME, where: ..., within: ...}`)",
    ),
    (
        "{count: {event: Product Viewed, trigger: t}}",
        "48: unknown key `trigger` (known: event, where, within)",
    ),
    ("{sum: =properties.v}", "16: `sum` needs `event` (add `event:`, the event whose value it is)"),
    (
        "{sum: =properties.v, event: null}",
        "16: `sum` needs `event` (add `event:`, the event whose value it is)",
    ),
    (
        "{sum: properties.v, event: Product Viewed}",
        "22: must be a formula, which starts with =, not `properties.v` (write =properties.v)",
    ),
    ("{sum: =properties.v, event: Product Viewed, limit: 5}", "60: `limit` needs `list` (leave it out)"),
    ("{list: =properties.v, event: Product Viewed, limit: 0}", "68: must lie between 1 and 1000, not 0"),
    (
        "{sum: =properties.v * profile.traits.rate, event: Product Viewed}",
        "38: `profile` cannot be read here (known here: context, event, properties, traits)",
    ),
    (
        "{count: {event: {event: Product Viewed, where: '=properties.v > ago(\"7d\")'}}}",
        "80: `ago(...)` cannot be read here (a window is given by `within`)",
    ),
    ("", "12: `it` is empty (fill it, or remove it)"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG_COMPUTED, ids=[text for text, _ in WRONG_COMPUTED])
def test_a_wrong_computed_trait_is_refused_where_it_is_wrong(
    folder: Folder, text: str, expected: str
) -> None:
    """One mistake gives one problem, with what to do."""
    folder.write("profile.yaml", f"computed: {{it: {text}}}\n")
    (problem,) = folder.problems()
    place, _, message = expected.partition(": ")
    assert problem.startswith("profile.yaml:1:")
    assert problem.split(": ", 1)[1] == message, problem
    assert problem.split(":")[2] == place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("segmnts: {a: =true}\n", "1:1: unknown key `segmnts` (did you mean `segments`?)"),
        ("- a\n", "1:1: must be a profile, not a list"),
        ("segments: [a]\n", "1:11: must be a mapping of segments, not a list"),
        (
            "segments: {big spenders: =true}\n",
            "1:12: must be a name, not `big spenders` (use letters, digits, `_` and `-`)",
        ),
        ("segments: {a: 3}\n", "1:15: must be a formula, which starts with =, not `3`"),
        (
            "scores: {churn: 0.7}\n",
            "1:17: must be a formula over the profile, which starts with =, not `0.7` "
            "(a score is a formula over the profile, such as =profile.traits.churn_score)",
        ),
        ("scores: {churn: =properties.v}\n", "1:18: `properties` cannot be read here (known here: profile)"),
        (
            "scores: {churn: =now}\n",
            "1:18: `now` cannot be read here (a score follows the profile: let its sender keep it current)",
        ),
        (
            "scores: {churn: =profile.scores.other}\n",
            "1:33: another score cannot be read here (read the traits that it comes from)",
        ),
        ("", "1:1: the file is empty (fill it, or remove it)"),
    ],
)
def test_a_wrong_profile_is_refused_where_it_is_wrong(folder: Folder, text: str, expected: str) -> None:
    """Also as a whole."""
    folder.write("profile.yaml", text)
    assert folder.problems() == [f"profile.yaml:{expected}"]


@pytest.mark.parametrize("text", ["- a\n", "segments: [a]\n", "a: {b\n"])
def test_nothing_is_compared_with_a_profile_that_cannot_be_read(folder: Folder, text: str) -> None:
    """One mistake there does not make every trigger wrong."""
    folder.write("profile.yaml", text)
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: {{enters: vip}}\n{DO}")
    assert [one.partition(":")[0] for one in folder.problems()] == ["profile.yaml"]


def test_a_segment_that_is_wrong_itself_can_be_named(folder: Folder) -> None:
    """Its own mistake is told, and no other."""
    folder.write("profile.yaml", "segments: {vip: =profile.trait.x}\n")
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: {{enters: vip}}\n{DO}")
    assert folder.problems() == ["profile.yaml:1:26: `trait` does not exist here (did you mean `traits`?)"]


def test_without_a_profile_there_is_no_segment(folder: Folder) -> None:
    """The hint says where to name one."""
    folder.write("triggers/t.yaml", f"trigger: t\nwhen: {{leaves: vip}}\n{DO}")
    assert folder.problems() == [
        "triggers/t.yaml:2:16: unknown segment `vip` (name it under `segments` in profile.yaml)"
    ]
