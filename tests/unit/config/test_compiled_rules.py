"""What the valid files beside the triggers become: destinations, identity, sources and policy."""

from __future__ import annotations

from mapping_folder import DO, Folder, rules

from core.engine.formula import compile_formula
from core.engine.rule import Purpose


def test_a_destination_may_be_switched_off(folder: Folder) -> None:
    """A file with null takes the shipped one away."""
    folder.write("destinations/braze.yaml", "null\n")
    assert "braze" not in folder.load().destinations
    folder.write("triggers/t.yaml", "trigger: t\nwhen: api\n" + DO)
    assert folder.problems()[0].startswith("triggers/t.yaml:3:6: unknown destination `braze`")


def test_identity_keeps_the_order_of_the_file(folder: Folder) -> None:
    """The strongest comes first; blocked values are taken as they are spelled."""
    folder.write(
        "identity.yaml",
        "identifiers:\n  email: {limit: 5, normalise: email}\n  phone: {limit: 2, normalise: e164, region: NO}\n"
        "blocked: [0, null, '==x', no, =value.size() > 9]\n",
    )
    identity = rules(folder).identity
    assert [(one.namespace, one.limit, one.normalise, one.region) for one in identity.identifiers] == [
        ("email", 5, "email", ""),
        ("phone", 2, "e164", "NO"),
    ]
    assert identity.blocked == {"0", "null", "=x", "no"}
    assert [one.text for one in identity.blocked_formulas] == ["value.size() > 9"]


def test_a_source_is_read_whole(folder: Folder) -> None:
    """One formula stands for a list; consent is by purpose, or by purpose and channel."""
    folder.write(
        "sources/segment_eu.yaml",
        "source: segment_eu\nuses: segment\n"
        "identifiers: {user_id: =event.userId, email: [=traits.email, =properties.email]}\n"
        "traits: {from: traits, rename: {a: b}, drop: [c]}\n"
        "consent: {marketing: =context.a, transactional: {sms: =context.b}}\n"
        "events: {Old: New}\ntypes: {points: number}\nlateness: 30s\n",
    )
    source = rules(folder).sources["segment_eu"]
    assert (source.name, source.uses, source.lateness) == ("segment_eu", "segment", 30_000)
    assert source.identifiers["email"] == (
        compile_formula("traits.email"),
        compile_formula("properties.email"),
    )
    assert (source.traits_from, source.traits_rename, source.traits_drop) == (("traits",), {"a": "b"}, {"c"})
    assert source.consent == {
        ("marketing", ""): compile_formula("context.a"),
        ("transactional", "sms"): compile_formula("context.b"),
    }
    assert (source.events, source.types) == ({"Old": "New"}, {"points"})


def test_purposes_are_those_of_the_policy(folder: Folder) -> None:
    """Consent is required unless the policy says otherwise; a purpose not named there does not exist."""
    folder.write(
        "policy.yaml",
        "purposes: {news: {}, alerts: {consent: not_needed, caps: false, quiet_hours: false}}\n",
    )
    assert rules(folder).purposes == {
        "news": Purpose("news"),
        "alerts": Purpose("alerts", consent_required=False, caps=False, quiet_hours=False),
    }


def test_an_identity_without_a_namespace_leaves_it_out_of_shipped_sources(folder: Folder) -> None:
    """An admin who names fewer identifiers need not copy the shipped sources."""
    folder.write("identity.yaml", "identifiers: {user_id: {limit: 1}}\n")
    folder.write("policy.yaml", "purposes: {news: {}}\n")
    source = rules(folder).sources["segment"]
    assert (list(source.identifiers), dict(source.consent)) == (["user_id"], {})
