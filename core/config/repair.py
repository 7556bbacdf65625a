"""Recognise formulas, templates and texts that YAML has torn apart, and give the line to paste."""

from __future__ import annotations

import re

from core.engine.formula import compile_formula
from core.errors import FormulaError

_LONGEST_LINE = 2_000
_TRIES = 40
_FORMULAS = 20

#: What stands before the value on a line of block YAML: indentation, dashes and one key.
_LEAD = re.compile(r"\s*(?:- +)*(?:[\w.-]+:(?: +|$))?")
_BREAKS = re.compile(r": | #|\? ")


def paste_hint(line: str, column: int, *, broken: bool = False) -> str:
    """Give a hint with the line, its broken value quoted; nothing when no such value stands in it.

    ``broken`` says that YAML itself failed at ``column``, so that plain text may be the cause as well.
    """
    if len(line) > _LONGEST_LINE:
        return ""
    pasted = _quote_formulas(line) or _quote_template(line) or (_quote_text(line, column) if broken else "")
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
        start = max(line.rfind(mark, 0, min(opens)) + len(mark) for mark in (": ", ", ", "[", "- "))
        start += len(line[start:]) - len(line[start:].lstrip())
        end = _template_end(line, min(opens), end)
    elif (comment := line.find(" #", max(line.rfind("}}"), line.rfind("%}"), 0))) >= 0:
        end = len(line[:comment].rstrip())
    if line[start : start + 1] in ("", "'", '"', "|", ">"):
        return ""
    return line[:start] + quoted(line[start:end]) + line[end:]


def _template_end(line: str, at: int, whole: int) -> int:
    """Find the comma or bracket that ends a template inside ``[]`` or ``{}``."""
    while at < whole:
        if line[at : at + 2] in ("{{", "{%"):
            closing = line.find("}}" if line[at + 1] == "{" else "%}", at)
            at = closing + 2 if closing >= 0 else whole
        elif line[at] in ",]}":
            return at
        else:
            at += 1
    return whole


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
