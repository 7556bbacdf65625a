"""Salesforce's outbound messages: SOAP read without entities and declarations, and the one answer it takes for yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from core.errors import BadRequest

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"

#: Salesforce itself puts so many into one message.
MOST = 100

#: Real messages nest six deep; addresses, the only fields with parts, one more.
DEEPEST = 12

ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)


@dataclass(frozen=True, slots=True)
class Notification:
    """One record as Salesforce tells of it; everything is text."""

    id: str
    object: str
    fields: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a workflow rule; the session that it may carry is never read."""

    organization: str
    action: str
    notifications: list[Notification] = field(default_factory=list)


class _Reader:
    """Builds the tree, and stops at the first thing that no honest message has."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = 0
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._tree.data
        self._parser.StartDoctypeDeclHandler = refuse_declaration
        self._parser.EntityDeclHandler = refuse_declaration
        self._parser.ProcessingInstructionHandler = refuse_declaration

    def read(self, body: bytes) -> Element:
        """Read a whole document."""
        self._parser.Parse(body, True)
        return self._tree.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise not_message(f"it nests deeper than {DEEPEST} elements")
        self._tree.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._tree.end(_named(name))


def read_message(body: bytes) -> Message:
    """Read a message; anything that is none is refused as a whole."""
    try:
        root = _Reader().read(body)
    except (expat.ExpatError, ParseError, ValueError, LookupError) as error:
        raise not_message("it is not XML") from error
    found = root.find(f"{SOAP}Body/{OUTBOUND}notifications") if root.tag == f"{SOAP}Envelope" else None
    if found is None:
        raise not_message("it holds no notifications")
    notifications = [read_notification(one) for one in found.findall(f"{OUTBOUND}Notification")]
    if not 1 <= len(notifications) <= MOST:
        raise not_message(f"it holds {len(notifications)} notifications, and not 1 to {MOST}")
    organization = text_of(found.find(f"{OUTBOUND}OrganizationId"))
    return Message(organization, text_of(found.find(f"{OUTBOUND}ActionId")), notifications)


def read_notification(node: Element) -> Notification:
    """Read one notification: its id, the kind of record and the fields that the admin picked."""
    record = node.find(f"{OUTBOUND}sObject")
    number = text_of(node.find(f"{OUTBOUND}Id"))
    if record is None or not number:
        raise not_message("a notification lacks its Id or its sObject")
    kind = record.get(f"{INSTANCE}type", "").rpartition(":")[2]
    fields: dict[str, str | list[str]] = {}
    for name, value in values_of(record):
        held = fields.get(name)
        fields[name] = value if held is None else [*(held if isinstance(held, list) else [held]), value]
    return Notification(number, kind, fields)


def values_of(record: Element) -> Iterator[tuple[str, str]]:
    """Yield a record's fields; those that are null or that have parts of their own are left out."""
    for child in record:
        if child.get(f"{INSTANCE}nil") not in ("true", "1") and not len(child):
            yield child.tag.rpartition("}")[2], text_of(child)


def text_of(node: Element | None) -> str:
    """Give an element's text; empty where there is none."""
    return (node.text or "").strip() if node is not None else ""


def refuse_declaration(*_: object) -> None:
    """Stop at a document type, an entity or an instruction: they are how XML is used to attack."""
    raise not_message("it declares a document type, an entity or an instruction")


def not_message(problem: str) -> BadRequest:
    """Say why a body is no outbound message."""
    return BadRequest(
        f"This is no outbound message: {problem}.", field="body", hint="Send what Salesforce sends."
    )


def _named(name: str) -> str:
    return "{" + name if "}" in name else name
