"""Recognise formulas, templates and texts that YAML has torn apart, and give the line to paste."""

from __future__ import annotations

import re

from core.engine.formula import compile_formula
from core.engine.template import compile_template
from core.errors import FormulaError

_LONGEST_LINE = 2_000
_TRIES = 40
_FORMULAS = 20

#: What stands before the value on a line of block YAML: indentation, dashes and one key.
_LEAD = re.compile(r"\s*(?:- +)*(?:[\w.-]+:(?: +|$))?")
_KEY = re.compile(r"\s*[\w.-]+: +")
_BREAKS = re.compile(r": | #|\? ")


def paste_hint(line: str, column: int, *, broken: bool = False) -> str:
    """Give a hint with the line, its broken value quoted; nothing when no such value stands in it.

    ``broken`` says that YAML itself failed at ``column``, so that plain text may be the cause as well.
    """
    if len(line) > _LONGEST_LINE:
        return ""
    pasted = (broken and _requote(line)) or _quote_formulas(line) or _quote_template(line)
    if broken and not pasted:
        pasted = _quote_text(line, column)
    return f"quote it: {pasted.strip()}" if pasted else ""


def holds_code(text: str) -> bool:
    """Tell text that is a formula or a template."""
    return text.startswith("=") or "{{" in text or "{%" in text


def quoted(text: str) -> str:
    """Quote text as YAML asks, in single quotes unless it holds them."""
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _quote_formulas(line: str) -> str:
    result, at = "", 0
    signs = [match.start() for match in re.finditer("=", line) if _opens_formula(line, match.start())]
    for start in signs[:_FORMULAS]:
        if start < at:
            continue
        end = _formula_end(line, start)
        formula = line[start:end]
        if formula and _needs_quotes(formula, flow=_in_flow(line[:start])):
            result += line[at:start] + quoted(formula)
            at = end
    return result + line[at:] if at else ""


def _opens_formula(line: str, start: int) -> bool:
    before = line[max(0, start - 80) : start]
    return not before.strip() or (before[-1] != ":" and before.rstrip()[-1] in ":-[,{")


def _formula_end(line: str, start: int) -> int:
    """Find the longest stretch from ``start`` that is a whole formula."""
    whole = len(line.rstrip())
    stops = [match.start() for match in re.finditer(r"[,}\]]| #", line[start:whole])]
    ends = [whole, *(start + stop for stop in reversed(stops))]
    for end in ends[:_TRIES]:
        if _compiles(line[start + 1 : end].strip()):
            return start + len(line[start:end].rstrip())
    return start


def _compiles(text: str) -> bool:
    try:
        compile_formula(text)
    except FormulaError:
        return False
    return True


def _needs_quotes(text: str, *, flow: bool) -> bool:
    return bool(_BREAKS.search(text)) or text.startswith("={") or (flow and any(c in text for c in ",[]{}"))


def _in_flow(before: str) -> bool:
    return sum(before.count(c) for c in "[{") > sum(before.count(c) for c in "]}")


def _quote_template(line: str) -> str:
    opens = [at for at in (line.find("{{"), line.find("{%")) if at >= 0]
    if not opens:
        return ""
    start, end = _value_start(line), len(line.rstrip())
    if _in_flow(line[start : min(opens)]):
        start = _flow_start(line, start, min(opens))
        end = _template_end(line, start, end)
    elif (comment := line.find(" #", max(line.rfind("}}"), line.rfind("%}"), 0))) >= 0:
        end = len(line[:comment].rstrip())
    if line[start : start + 1] in ("", "'", '"', "|", ">"):
        return ""
    return line[:start] + quoted(line[start:end]) + line[end:]


def _flow_start(line: str, start: int, opens: int) -> int:
    """Find where the value begins that holds a template inside ``[]`` or ``{}``: behind its key, if it has one."""
    pieces = [at + 1 for at in range(start, opens) if line[at] in "[{" or line[at : at + 2] == ", "]
    keys = [_KEY.match(line, piece, opens) for piece in pieces]
    if _opened_by(line[:opens]) == "{":
        # A piece without a key is no entry of its own: the text before its comma goes on.
        keys = [key for key in keys if key]
    last = keys[-1] if keys else None
    begin = last.end() if last else pieces[-1]
    return begin + len(line[begin:opens]) - len(line[begin:opens].lstrip())


def _template_end(line: str, start: int, whole: int) -> int:
    """Find the comma or bracket behind a whole template, and behind commas of its own where only keys may follow."""
    ends = [*_flow_ends(line, start, whole), whole]
    complete = [at for at, end in enumerate(ends) if _is_template(line[start:end])]
    at = complete[0] if complete else 0
    if _opened_by(line[:start]) == "{":
        while at + 1 < len(ends) and line[ends[at]] == "," and ": " not in line[ends[at] : ends[at + 1]]:
            at += 1
    return ends[at]


def _flow_ends(line: str, at: int, whole: int) -> list[int]:
    """List the commas and closing brackets that stand outside of ``{{ }}`` and ``{% %}``."""
    found: list[int] = []
    while at < whole:
        if line[at : at + 2] in ("{{", "{%"):
            closing = line.find("}}" if line[at + 1] == "{" else "%}", at)
            at = closing + 2 if closing >= 0 else whole
            continue
        if line[at] in ",]}":
            found.append(at)
        at += 1
    return found[:_TRIES]


def _opened_by(before: str) -> str:
    """Give the innermost bracket that is open."""
    opened: list[str] = []
    for letter in before:
        if letter in "[{":
            opened.append(letter)
        elif letter in "]}" and opened:
            opened.pop()
    return opened[-1] if opened else ""


def _is_template(text: str) -> bool:
    try:
        compile_template(text)
    except FormulaError:
        return False
    return True


def cut_by_comment(line: str, end: int) -> str:
    """Give a hint where a value that ends at ``end`` goes on behind a ``#`` that YAML takes for a comment."""
    rest = line[end:]
    is_comment = not rest.lstrip().startswith("#") or len(line) > _LONGEST_LINE
    # A comment begins with a space as a rule; a number or a template behind the sign was meant to be read.
    if is_comment or not (re.match(r"\s+#\w", rest) or re.search(r"#.*({{.*}}|{%.*%})", rest)):
        return ""
    start = _value_start(line)
    return f"quote it: {(line[:start] + quoted(line[start:].rstrip())).strip()}" if start < end else ""


def _value_start(line: str) -> int:
    lead = _LEAD.match(line)
    return lead.end() if lead else 0


def _quote_text(line: str, column: int) -> str:
    start, end = _value_start(line), len(line.rstrip())
    special = line[start : start + 1]
    torn = ": " in line[start:] or line.rstrip().endswith(":") or special in ("@", "`", "%")
    if column - 1 < start or not torn or special in ("", "'", '"', "|", ">", "[", "{", "&", "*", "!"):
        return ""
    return line[:start] + quoted(line[start:end])


def _requote(line: str) -> str:
    """Quote a text anew that holds the very quotes around it."""
    start, text = _value_start(line), line.rstrip()
    mark, inner = text[start : start + 1], text[start + 1 : -1]
    is_torn = mark in ("'", '"') and text.endswith(mark) and mark in inner and "\\" not in inner
    return text[:start] + quoted(inner) if is_torn else ""
