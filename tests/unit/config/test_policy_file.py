"""What a valid policy, and what it touches in triggers and messages, becomes."""

from __future__ import annotations

import pytest
from mapping_folder import DO, MESSAGE, Folder, rules

from core.engine.formula import compile_formula
from core.engine.places import zone_named, zones_of_country
from core.engine.policy import Group, Guard, MessageCap, Policy, QuietHours
from core.engine.rule import Debounce, Purpose, Wait

DAY = 86_400_000

#: What tells the zone where the file does not say.
USUAL = (compile_formula("profile.traits.timezone"), "phone", "country")

#: As the shipped identities have it.
REGION = "US"


def policy(folder: Folder, text: str) -> Policy:
    """Load a policy beside a valid message."""
    folder.write("messages/hello.yaml", MESSAGE)
    folder.write("policy.yaml", text)
    return rules(folder).policy


def test_the_example_of_the_contract_is_read_whole(folder: Folder) -> None:
    """Caps, quiet hours, purposes and groups in one file."""
    found = policy(
        folder,
        "caps: [{channel: email, times: 1, per: 1d}, {channel: push, times: 2, per: 7d}, "
        "{all: true, times: 5, per: 1d}]\n"
        'quiet_hours: {from: "21:00", to: "08:00", zone: [=profile.traits.timezone, phone, country], '
        "otherwise: strictest, held: release}\n"
        "purposes: {marketing: {consent: required}, "
        "transactional: {consent: not_needed, caps: false, quiet_hours: false}}\n"
        "groups: {recovery: {times: 1, per: 1h, loser: drop}}\n",
    )
    assert found.caps == (
        MessageCap(1, DAY, channel="email"),
        MessageCap(2, 7 * DAY, channel="push"),
        MessageCap(5, DAY),
    )
    assert found.quiet == QuietHours(1_260, 480, USUAL, zones_of_country(REGION), "release")
    assert dict(found.groups) == {"recovery": Group(1, 3_600_000)}
    assert found.guard is None


def test_without_a_policy_there_are_no_rules(folder: Folder) -> None:
    """Absent means none."""
    folder.write("messages/hello.yaml", MESSAGE)
    found = rules(folder).policy
    assert (found.caps, found.quiet, dict(found.groups), found.guard) == ((), None, {}, None)


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("{channel: sms, times: 1, per: day}", MessageCap(1, "day", channel="sms")),
        ("{purpose: marketing, times: 3, per: week}", MessageCap(3, "week", purpose="marketing")),
        ("{all: true, times: 499, per: 36h}", MessageCap(499, 36 * 3_600_000)),
        ("{tag: promo, times: 2, per: 1d, over: hold}", MessageCap(2, DAY, tag="promo", over="hold")),
        ("{channel: email, tag: null, times: 2, per: 1d, over: drop}", MessageCap(2, DAY, channel="email")),
    ],
)
def test_a_cap_counts_one_thing(folder: Folder, text: str, cap: MessageCap) -> None:
    """A channel, a tag, a purpose or everything; in a window that rolls or in one of the calendar."""
    folder.write("messages/promo.yaml", MESSAGE.replace("hello", "promo") + "tags: promo\n")
    assert policy(folder, f"caps: [{text}]\n").caps == (cap,)


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ('from: "21:00", to: "08:00"', QuietHours(1_260, 480, USUAL, zones_of_country(REGION))),
        ("from: 13:00, to: 14:30, held: drop", QuietHours(780, 870, USUAL, zones_of_country(REGION), "drop")),
        (
            "from: 00:00, to: 23:59, zone: country, otherwise: europe/berlin",
            QuietHours(0, 1_439, ("country",), tuple(filter(None, [zone_named("Europe/Berlin")]))),
        ),
        (
            "from: 21:00, to: 08:00, zone: [phone, =profile.traits.tz], otherwise: UTC",
            QuietHours(
                1_260,
                480,
                ("phone", compile_formula("profile.traits.tz")),
                tuple(filter(None, [zone_named("UTC")])),
            ),
        ),
    ],
)
def test_quiet_hours_say_whose_clock_tells(folder: Folder, text: str, quiet: QuietHours) -> None:
    """Times of day, quoted or not; what is left out is the strictest."""
    assert policy(folder, f"quiet_hours: {{{text}}}\n").quiet == quiet


@pytest.mark.parametrize(
    ("phone", "zones"),
    [
        ("{limit: 5, normalise: e164, region: DE}", zones_of_country("DE")),
        ("{limit: 5, normalise: e164}", (zone_named("UTC"),)),
    ],
)
def test_the_strictest_are_the_zones_of_the_phone_numbers_region(
    folder: Folder, phone: str, zones: tuple[object, ...]
) -> None:
    """Without a region only UTC is known of anybody."""
    folder.write("identity.yaml", f"identifiers:\n  user_id: {{limit: 1}}\n  phone: {phone}\n")
    folder.write("sources/segment.yaml", "source: segment\nidentifiers: {user_id: =event.userId}\n")
    folder.write("policy.yaml", "quiet_hours: {from: 21:00, to: 08:00}\n")
    loaded = folder.load().rules
    assert loaded is not None
    assert loaded.policy.quiet is not None
    assert loaded.policy.quiet.otherwise == zones


def test_transactional_alone_passes_caps_and_quiet_hours_unasked(folder: Folder) -> None:
    """Any other purpose obeys both unless the file says so, and transactional may be made to."""
    folder.write(
        "policy.yaml",
        "purposes:\n  marketing: {caps: false}\n  news: {quiet_hours: false}\n"
        "  transactional: {consent: not_needed, caps: true}\n",
    )
    assert rules(folder).purposes == {
        "marketing": Purpose("marketing", caps=False),
        "news": Purpose("news", quiet_hours=False),
        "transactional": Purpose("transactional", consent_required=False, quiet_hours=False),
    }


def test_a_guard_is_read(folder: Folder) -> None:
    """So many firings of one trigger in a window."""
    assert policy(folder, "guard: {firings: 5000, per: 1h}\n").guard == Guard(5_000, 3_600_000)


def test_a_part_of_the_policy_may_be_switched_off(folder: Folder) -> None:
    """Null means none."""
    found = policy(folder, "caps: null\nquiet_hours:\ngroups: null\nguard:\n")
    assert (found.caps, found.quiet, dict(found.groups), found.guard) == ((), None, {}, None)


def test_a_trigger_of_a_group_of_the_policy_loads_without_a_word(folder: Folder) -> None:
    """Its name is the group's."""
    folder.write("policy.yaml", "groups: {recovery: {times: 2, per: 7d, loser: hold}}\n")
    folder.write("triggers/t.yaml", "trigger: t\nwhen: api\ngroup: recovery\npriority: 80\n" + DO)
    found = rules(folder)
    assert (found.triggers["t"].group, found.triggers["t"].priority) == ("recovery", 80)
    assert found.policy.groups["recovery"] == Group(2, 7 * DAY, "hold")


def test_tags_stand_in_each_channel_and_in_the_policy(folder: Folder) -> None:
    """One name stands for a list; the same one twice is one."""
    folder.write("messages/hello.yaml", MESSAGE + "tags: [promo, spring, promo]\n")
    folder.write("messages/bye.yaml", MESSAGE.replace("hello", "bye") + "tags: promo\n")
    folder.write("messages/plain.yaml", MESSAGE.replace("hello", "plain"))
    folder.write("triggers/t.yaml", "trigger: t\nwhen: api\ndo: [send: hello]\n")
    found = rules(folder)
    (step,) = found.triggers["t"].steps
    assert [act.tags for act in getattr(step, "channels", ())] == [("promo", "spring")]
    assert dict(found.policy.tags) == {"hello": ("promo", "spring"), "bye": ("promo",), "plain": ()}


@pytest.mark.parametrize(
    ("text", "debounce"),
    [
        ("{for: 10s}", Debounce(10_000)),
        ("{for: 10s, edge: leading}", Debounce(10_000)),
        ("{for: 5m, edge: trailing}", Debounce(300_000, "trailing")),
        ("null", None),
    ],
)
def test_a_burst_counts_by_its_first_or_its_last_match(
    folder: Folder, text: str, debounce: Debounce | None
) -> None:
    """The first, unless the file says otherwise."""
    folder.write("triggers/t.yaml", "trigger: t\nwhen: api\n" + DO + f"limits: {{debounce: {text}}}\n")
    assert rules(folder).triggers["t"].limits.debounce == debounce


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("24h", Wait(DAY)),
        (
            "{until: =profile.traits.trial_ends_at}",
            Wait(until=compile_formula("profile.traits.trial_ends_at")),
        ),
        ("{until: '=properties.at'}", Wait(until=compile_formula("properties.at"))),
        ('{at: "10:00"}', Wait(clock=600)),
        ('{at: best, otherwise: "09:30"}', Wait(clock=570, is_best=True)),
    ],
)
def test_a_wait_may_be_for_a_time(folder: Folder, text: str, wait: Wait) -> None:
    """For a while, until a formula's time, or until the person's clock shows one."""
    folder.write(
        "triggers/t.yaml",
        f"trigger: t\nwhen: api\ndo:\n  - wait: {text}\n  - braze.track_event: {{name: x}}\n",
    )
    assert rules(folder).triggers["t"].steps[0] == wait


def test_limits_groups_and_policy_leave_what_is_open_as_it_is(folder: Folder) -> None:
    """Neither a trigger's anchor nor its journey is another one by them."""
    folder.write("triggers/t.yaml", "trigger: t\nwhen: {event: Signed Up}\n" + DO)
    before = folder.load().rules
    folder.write("policy.yaml", "groups: {g: {times: 1, per: 1h}}\ncaps: [{all: true, times: 1, per: 1d}]\n")
    folder.write(
        "triggers/t.yaml",
        "trigger: t\nwhen: {event: Signed Up}\ngroup: g\nlimits: {debounce: {for: 1m}}\n" + DO,
    )
    after = folder.load().rules
    assert before
    assert after
    one, two = before.triggers["t"], after.triggers["t"]
    assert (one.anchor_hash, one.journey_hash) == (two.anchor_hash, two.journey_hash)
    assert one.version != two.version


def test_tiers_are_read_in_order_and_named_by_caps_and_priorities(folder: Folder) -> None:
    """The first that holds counts, so their order is kept."""
    folder.write("messages/hello.yaml", MESSAGE)
    caps = "caps: [{tier: low, all: true, times: 1, per: 7d}]\n"
    folder.write("policy.yaml", f"tiers: {{high: =profile.traits.spent > 1000, low: =true}}\n{caps}")
    folder.write(
        "triggers/t.yaml", f"trigger: t\npriority: {{high: 90, otherwise: 20}}\nwhen: {{event: A}}\n{DO}"
    )
    found = rules(folder)
    assert [tier.name for tier in found.policy.tiers] == ["high", "low"]
    assert found.policy.caps == (MessageCap(1, 7 * DAY, tier="low"),)
    found_trigger = found.triggers["t"]
    assert (found_trigger.priority, found_trigger.priorities) == (20, {"high": 90})


@pytest.mark.parametrize(
    ("policy_text", "priority", "told"),
    [
        (
            "tiers: {high: =true}\ncaps: [{tier: hihg, all: true, times: 1, per: 1d}]\n",
            "50",
            "unknown tier `hihg`",
        ),
        ("caps: [{tier: high, all: true, times: 1, per: 1d}]\n", "50", "unknown tier `high`"),
        ("tiers: {high: =true}\n", "{hihg: 90}", "unknown tier `hihg`"),
        ("caps: []\n", "{high: 90}", "unknown tier `high`"),
        ("tiers: {high: =true}\n", "{high: many}", "whole number"),
        ("tiers: {high: =event.event == 'A'}\n", "50", "event"),
    ],
)
def test_a_tier_that_is_not_there_is_refused(
    folder: Folder, policy_text: str, priority: str, told: str
) -> None:
    """With the nearest name, or where to name it."""
    folder.write("policy.yaml", policy_text)
    folder.write("triggers/t.yaml", f"trigger: t\npriority: {priority}\nwhen: {{event: A}}\n{DO}")
    assert folder.load().rules is None
    assert any(told in problem for problem in folder.problems()), folder.problems()


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        (
            "patience: 30m\n",
            "`patience` has no effect: there is one channel (name a second channel, or leave it out)",
        ),
        ("", ""),
    ],
)
def test_patience_without_another_channel_is_warned_of(folder: Folder, lines: str, warned: str) -> None:
    """It would end in nothing."""
    folder.write("messages/hello.yaml", MESSAGE + lines)
    told = [one for one in folder.problems() if "patience" in one]
    assert [warned in one for one in told] == ([True] if warned else [])


def test_patience_is_read_and_must_end_before_the_message(folder: Folder) -> None:
    """Else the next channel would only get what is over."""
    both = MESSAGE + "  email: {via: mailer.send_email, to: x@example.com}\nvalid_for: 1h\npatience: "
    folder.write("messages/hello.yaml", f"{both}30m\n")
    assert folder.problems() == []
    folder.write("messages/hello.yaml", f"{both}1h\n")
    (problem,) = folder.problems()
    assert "`patience` has no effect: the message is over by then (use less than 1h)" in problem


@pytest.mark.parametrize(("text", "hops"), [("guard: {firings: 5, per: 1h}\n", 3), ("hops: 0\n", 0)])
def test_our_own_sends_are_counted_to_three_unless_the_file_says_otherwise(
    folder: Folder, text: str, hops: int
) -> None:
    """None may mean none at all."""
    assert policy(folder, text).hops == hops
