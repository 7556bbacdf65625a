"""A message with links of every kind, the trigger that sends it, and the key that signs them."""

from __future__ import annotations

KEY = "k" * 40
WELCOME = """
trigger: welcome
status: live
when: {event: Signed Up}
do: [send: hello]
"""
HELLO = """
message: hello
purpose: marketing
channels:
  sms: {via: twilio.send_message, body: 'Hello. Stop: {{ unsubscribe_url }} or {{ preferences_url }}'}
  email:
    via: sendgrid.send_email
    subject: Hi
    html: '<a href="{{ unsubscribe_url }}">x</a>'
    unsubscribe_url: '{{ unsubscribe_url }}'
"""
