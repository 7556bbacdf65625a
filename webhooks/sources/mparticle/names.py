"""mParticle's fixed words for what happens, in Segment's; names that apps choose themselves stay as they are."""

from __future__ import annotations

from webhooks.sources.loose import Object, text_of

#: Types that tell something about the person and are no event of theirs.
CHANGES = frozenset(("user_attribute_change", "user_identity_change"))

ACTIONS = {
    "add_to_cart": "Product Added",
    "remove_from_cart": "Product Removed",
    "view_detail": "Product Viewed",
    "click": "Product Clicked",
    "add_to_wishlist": "Product Added to Wishlist",
    "remove_from_wish_list": "Product Removed from Wishlist",
    "remove_from_wishlist": "Product Removed from Wishlist",
    "checkout": "Checkout Started",
    "checkout_option": "Checkout Step Completed",
    "purchase": "Order Completed",
    "refund": "Order Refunded",
}
PROMOTIONS = {"view": "Promotion Viewed", "click": "Promotion Clicked"}

TYPES = {
    "session_start": "Session Started",
    "session_end": "Session Ended",
    "first_run": "Application Installed",
    "crash_report": "Application Crashed",
    "uninstall": "Application Uninstalled",
    "push_message": "Push Notification Received",
    "push_reaction": "Push Notification Tapped",
    "push_registration": "Push Registered",
    "pre_attribution": "Install Attributed",
}
TRANSITIONS = {
    "application_initialized": "Application Opened",
    "application_foreground": "Application Foregrounded",
    "application_background": "Application Backgrounded",
    "application_exit": "Application Exited",
}
PROFILES = {"signup": "Signed Up", "login": "Signed In", "logout": "Signed Out"}


def name_of(kind: str, data: Object) -> str:
    """Name an event that is neither commerce nor a change of the person."""
    if kind == "custom_event" and (name := text_of(data.get("event_name"))):
        return name
    if kind == "application_state_transition":
        return transition(data)
    if kind == "profile":
        change = text_of(data.get("profile_event_type"))
        return PROFILES.get(change, f"Profile {words(change)}" if change else words(kind))
    if kind == "push_message" and data.get("push_message_type") == "action":
        return "Push Notification Tapped"
    return TYPES.get(kind, words(kind))


def transition(data: Object) -> str:
    """Name what an app did; its first run and its first run of a new version have names of their own."""
    kind = text_of(data.get("application_transition_type"))
    if kind == "application_initialized" and data.get("is_first_run") is True:
        return "Application Installed"
    if kind == "application_initialized" and data.get("is_upgrade") is True:
        return "Application Updated"
    return TRANSITIONS.get(kind, words(kind or "application_state_transition"))


def words(name: str) -> str:
    """Write ``network_performance`` as ``Network Performance``."""
    return " ".join(word.capitalize() for word in name.split("_"))
