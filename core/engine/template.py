"""Liquid templates: bounded, without a clock, and unknown when a value is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import takewhile
from typing import Any

from liquid import Environment, RenderContext
from liquid.exceptions import LiquidError, LoopIterationLimitError, OutputStreamLimitError, UndefinedError
from liquid.filter import with_context
from liquid.span import Span
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.undefined import UNDEFINED, StrictDefaultUndefined

from core.engine.environment import FIELD_NAMES
from core.engine.formula.lexer import Path, path_text
from core.engine.instant import read_time
from core.engine.links import OF_MESSAGES
from core.engine.nearest import nearest
from core.engine.scope import Scope
from core.engine.unknown import Unknown
from core.errors import FormulaError

_ABSENT = object()


class Template:
    """A compiled template."""

    __slots__ = ("_bound", "text")

    def __init__(self, text: str, bound: BoundTemplate) -> None:
        self.text = text
        self._bound = bound

    def render(self, scope: Scope) -> str | Unknown:
        """Render the text; a value that is printed, missing and without ``default`` makes the whole unknown."""
        try:
            return self._bound.render(scope.names())
        except UndefinedError as error:
            field = str(error.message)
            return Unknown(f"{field} is missing", field)
        except LiquidError as error:
            return Unknown(f"the template cannot be rendered: {error.message}")
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            # Filters let Python's own errors through when a value has the wrong type.
            return Unknown(f"the template cannot be rendered: {error}")

    def evaluate(self, scope: Scope) -> str | Unknown:
        """Render the text, under the name that all values share."""
        return self.render(scope)

    def reads(self) -> list[tuple[Path, int]]:
        """List the paths that are read, up to the first computed step, and where each begins."""
        found = [variable for variables in self._bound.analyze().globals.values() for variable in variables]
        return [(_written_out(one.segments), one.span.index) for one in found]

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def compile_template(text: str, *, html: bool = False) -> Template:
    """Compile a template, whose values are escaped when it writes HTML; a wrong one raises FormulaError."""
    environment = _ESCAPING if html else _PLAIN
    try:
        bound = environment.from_string(text)
    except LiquidError as error:
        raise FormulaError(f"template: {error.message}", column=_column(error, text)) from None
    found = bound.analyze()
    _check_known(
        "name", found.globals, known=FIELD_NAMES | OF_MESSAGES.keys(), columns=_first_columns(found.globals)
    )
    _check_known("filter", found.filters, known=environment.filters, columns=_first_spans(found.filters))
    return Template(text, bound)


def _column(error: LiquidError, text: str) -> int:
    """Tell where a template is wrong: a block that never ends is so at the end."""
    start = error.token.start_index if error.token else 0
    if start < 0 and "expected tag" in str(error.message):
        start = len(text.rstrip()) - 1
    return max(start + 1, 1)


def _first_columns(found: Mapping[str, Any]) -> dict[str, int]:
    """Tell where each variable stands first."""
    return {name: variables[0].span.index + 1 for name, variables in found.items()}


def _first_spans(found: Mapping[str, list[Span]]) -> dict[str, int]:
    """Tell where each filter stands first."""
    return {name: spans[0].index + 1 for name, spans in found.items()}


def _check_known(kind: str, used: Iterable[str], *, known: Iterable[str], columns: Mapping[str, int]) -> None:
    """Refuse a name that would only fail when a message is due."""
    names = sorted(known)
    for name in used:
        if name not in names:
            near = nearest(name, names)
            hint = f"did you mean {near}?" if near else f"known are: {', '.join(names)}"
            raise FormulaError(f"template: {kind} {name} is unknown", column=columns[name], hint=hint)


def _written_out(segments: Iterable[object]) -> Path:
    """Take the steps of a path up to the first that is computed."""
    plain = takewhile(lambda segment: isinstance(segment, str | int), segments)
    return tuple(segment for segment in plain if isinstance(segment, str | int))


class _Missing(StrictDefaultUndefined):
    """A missing value: may be tested and given a default, but not printed."""

    allowed_properties = StrictDefaultUndefined.allowed_properties | {"__class__", "__liquid__"}


class _Context(RenderContext):
    """Names a missing value by its whole path."""

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Resolve a path; null is missing too."""
        found = super().get(path, token=token, default=_ABSENT)
        if found is not _ABSENT and found is not None:
            return found
        name = path_text(tuple(step if isinstance(step, int) else str(step) for step in path))
        return _Missing(name, hint=name, token=token) if default is UNDEFINED else default

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Let a missing value into no filter but ``default``: some would take it for 0 or an empty list."""
        function = super().filter(name, token)
        return function if name == "default" else partial(_apply, function)


def _apply(function: Callable[..., object], *given: object, **named: object) -> object:
    """Apply a filter to bounded input: a missing value raises when asked for its text, so does a long range."""
    for value in (*given, *named.values()):
        if isinstance(value, _Missing):
            str(value)
        if isinstance(value, range) and len(value) > _Environment.loop_iteration_limit:
            raise LoopIterationLimitError("loop iteration limit reached", token=None)
    found = function(*given, **named)
    if isinstance(found, str) and len(found) > _Environment.output_stream_limit:
        raise OutputStreamLimitError("output stream limit reached", token=None)
    return found


class _BoundTemplate(BoundTemplate):
    """Renders in our context."""

    context_class = _Context


class _Environment(Environment):
    """Bounds what a template may cost."""

    template_class = _BoundTemplate
    block_nesting_limit = 30
    context_depth_limit = 30
    loop_iteration_limit = 10_000
    local_namespace_limit = 1_000_000
    output_stream_limit = 500_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Leave out the tags that load other files, and read times without a clock."""
        super().setup_tags_and_filters(extra=extra)
        del self.tags["include"], self.tags["render"]
        self.add_filter("date", _date)


@with_context
def _date(value: object, form: str, *, context: RenderContext) -> str:
    """Write a time in strftime's form; ``now`` is the moment as of which everything is judged."""
    found = read_time(context.globals["now"] if value in ("now", "today") else value)
    return str(value) if found is None else found.strftime(str(form))


_PLAIN = _Environment(undefined=_Missing)
_ESCAPING = _Environment(undefined=_Missing, autoescape=True)
