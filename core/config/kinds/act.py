"""One call of an action: the step's fields laid over the destination file's, and checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.config.kinds.around import ActionDefaults, Around, DestinationFile
from core.config.kinds.destination import compile_fields, lay_over
from core.config.kinds.text_file import Texts
from core.config.linking import own_names
from core.config.nearest import did_you_mean, nearest
from core.config.node import Mark
from core.config.schema import Located, Reading
from core.engine.links import OF_MESSAGES, STAND_INS
from core.engine.rule import Act
from core.engine.value import Value
from core.ports import ActionSpec

_NO_DEFAULTS = ActionDefaults({}, ())


@dataclass(frozen=True, slots=True)
class Target:
    """An action that a file names, found."""

    destination: DestinationFile
    spec: ActionSpec

    @property
    def name(self) -> str:
        """Write it as files do."""
        return f"{self.destination.name}.{self.spec.name}"


def find_target(dotted: str, mark: Mark, reading: Reading, *, around: Around) -> Target | None:
    """Find ``DESTINATION.ACTION``; None after reporting, or when the destination's own file is wrong."""
    name, _, action = dotted.partition(".")
    if name not in around.destinations:
        near = nearest(name, around.destinations)
        hint = did_you_mean(f"{near}.{action}" if near else dotted, around.actions())
        reading.error(mark, f"unknown destination `{name[:60]}`", hint)
        return None
    destination = around.destinations[name]
    if destination is None:
        return None
    if action not in destination.spec.actions:
        near = nearest(action, destination.spec.actions)
        hint = f"did you mean `{name}.{near}`?" if near else did_you_mean(action, destination.spec.actions)
        reading.error(mark, f"{destination.spec.title} has no action `{action[:60]}`", hint)
        return None
    return Target(destination, destination.spec.actions[action])


def build_act(
    target: Target,
    given: Mapping[str, Located],
    reading: Reading,
    *,
    mark: Mark,
    purpose: str = "",
    message: str = "",
    valid_for: int | None = None,
    texts: Texts | None = None,
) -> Act:
    """Lay the given fields over the defaults and refuse what cannot be sent."""
    spec, defaults = target.spec, target.destination.actions.get(target.spec.name, _NO_DEFAULTS)
    fields = lay_over(spec, defaults.fields, compile_fields(spec, given, reading, texts=texts))
    required = [one.name for one in spec.fields if one.required]
    require = tuple(dict.fromkeys([*defaults.require, *required]))
    for name in require:
        # A given field that does not compile, and a file that is wrong, have been reported already.
        is_reported = not target.destination.is_sound or (name in given and given[name].value is not None)
        if name not in fields and not is_reported:
            reading.error(
                mark, f"{target.name} needs `{name}`", f"add `{name}:` here or in the destination's file"
            )
    _refuse_own(target, fields, given, reading, is_message=bool(message))
    return Act(
        destination=target.destination.name,
        action=spec.name,
        fields=fields,
        require=require,
        channel=spec.channel,
        purpose=purpose,
        message=message,
        valid_for=valid_for,
    )


def _refuse_own(
    target: Target,
    fields: Mapping[str, Value],
    given: Mapping[str, Located],
    reading: Reading,
    *,
    is_message: bool,
) -> None:
    """Refuse what is a message's own where there is none: a step that reaches people has links, but no code."""
    allowed = OF_MESSAGES.keys() if is_message else STAND_INS.keys() if target.spec.channel else frozenset()
    for name, one in given.items():
        for wrong in sorted(own_names(fields.get(name)) - allowed):
            reading.error(one.mark, f"only messages have `{wrong}`", "write it into a file in messages/")
