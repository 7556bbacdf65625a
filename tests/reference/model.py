"""A slow, obviously right model of the trigger engine, written from ``docs/concepts/semantics.md`` alone.

It keeps every event of every person and works everything out anew, from the first event on, at each arrival.
"""

from __future__ import annotations

import bisect
from collections import Counter

from reference.history import Case, Happening, Match, case_match, cases, is_one_of, matches, pending, touches
from reference.person import Answer, Journey, Person, refused, scope, told
from reference.rules import Rule, Step, truth


class Model:
    """The reference: one answer per arrival and per wake. ``seen`` counts the boundaries that came up."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}
        self.seen: Counter[str] = Counter()

    def arrive(self, person: Person, event: Happening, now: int) -> Answer:
        """Take one event in: drain, insert it at its place, judge what its presence changes."""
        answer = self.wake(person, event.timestamp, now=now)
        self._notice(person, event)
        self._learn(person, event)
        before = self._matches(person)
        bisect.insort(person.history, event, key=lambda held: held.place)
        person.clock = max(person.clock, event.timestamp)
        after = self._matches(person)
        self._end_journeys(person)
        wrong = [match for match in before if match not in after and match in person.fired]
        answer.false_positives = [told(match, "fired") for match in sorted(wrong, key=lambda m: m.order)]
        new = [match for match in after if match not in before and match not in person.fired]
        person.owed |= {match for match in new if self._is_timed(match)}
        new = [match for match in new if not self._is_timed(match)]
        self._settle(person, answer, limit=0, new=new, now=now)
        self.seen["false positive"] += len(wrong)
        return answer

    def wake(self, person: Person, limit: int, *, now: int) -> Answer:
        """Drain the timers that ``limit`` has strictly passed."""
        answer = Answer()
        self._settle(person, answer, limit=limit, new=[], now=now)
        return answer

    def join(self, left: Person, right: Person) -> Person:
        """Make one person of two; it fires nothing."""
        self.seen["merge"] += 1
        both = Person(clock=max(left.clock, right.clock), drained=max(left.drained, right.drained))
        both.history = sorted(left.history + right.history, key=lambda event: event.place)
        both.fired = left.fired | right.fired
        both.journeys = self._first_of_each_key(left.journeys + right.journeys)
        for name in left.traits | right.traits:
            both.traits[name] = max(
                (p.traits[name] for p in (left, right) if name in p.traits), key=lambda held: held[0]
            )
        for purpose in left.consent | right.consent:
            said = [p.consent[purpose] for p in (left, right) if purpose in p.consent]
            both.consent[purpose] = (max(at for at, _ in said), all(granted for _, granted in said))
        waiting = {match for p in (left, right) for match, _ in self._pending(p)}
        open_now = {case_match(rule, case): case.wake_at for rule, case in self._cases(both)}
        both.owed = {match for match in waiting if open_now.get(match, both.horizon) < both.horizon}
        self.seen["timer of one below the other's horizon"] += len(both.owed)
        self._end_journeys(both)
        return both

    def _first_of_each_key(self, journeys: list[Journey]) -> list[Journey]:
        """Keep one journey per trigger and key: the one while which the other would have been suppressed."""
        kept: dict[tuple[str, str | None], Journey] = {}
        for journey in sorted(journeys, key=lambda j: (j.match.at, j.match.anchor.place)):
            kept.setdefault((journey.match.trigger, journey.match.key), journey)
        self.seen["two journeys of one key"] += len(journeys) - len(kept)
        return list(kept.values())

    def next_due(self, person: Person) -> int | None:
        """Give the first time at which a wake would do something."""
        waits = [wake_at for _, wake_at in self._pending(person)] + [j.wake_at for j in person.journeys]
        return min(waits) + 1 if waits else None

    def _cases(self, person: Person) -> list[tuple[Rule, Case]]:
        """Give every case of the history that nothing closed."""
        absence = [rule for rule in self.rules.values() if rule.anchor == "absence"]
        return [(rule, case) for rule in absence for case in cases(rule, person.history)]

    def _matches(self, person: Person) -> list[Match]:
        """Give all matches up to the horizon, without those whose timers are still to be drained."""
        found = [m for rule in self.rules.values() for m in matches(rule, person.history, person.horizon)]
        return [match for match in found if match not in person.owed]

    def _pending(self, person: Person) -> list[tuple[Match, int]]:
        """Give the matches to come, each with the time after which its timer is drained."""
        found = [
            (rule, case)
            for rule in self.rules.values()
            for case in pending(rule, person.history, person.horizon)
        ]
        found += [(rule, case) for rule, case in self._cases(person) if case_match(rule, case) in person.owed]
        return [(case_match(rule, case), case.wake_at) for rule, case in found]

    def _is_timed(self, match: Match) -> bool:
        """Say whether a timer, and not an event, makes this match."""
        return self.rules[match.trigger].anchor == "absence"

    def _settle(self, person: Person, answer: Answer, *, limit: int, new: list[Match], now: int) -> None:
        """Judge new matches by time, trigger and key, each after the timers before it, then drain up to ``limit``."""
        for match in sorted(new, key=lambda match: match.order):
            self._drain(person, answer, limit=match.at, now=now)
            self._judge(person, match, answer, now=now)
        self._drain(person, answer, limit=limit, now=now)

    def _drain(self, person: Person, answer: Answer, *, limit: int, now: int) -> None:
        """Let the timers that ``limit`` has strictly passed have their turns."""
        pending_now = self._pending(person)
        self.seen["timer exactly at the limit"] += sum(wake_at == limit for _, wake_at in pending_now)
        waiting = [match for match, wake_at in pending_now if wake_at < limit]
        while waiting or any(journey.wake_at < limit for journey in person.journeys):
            timers: list[Match | Journey] = [*waiting, *(j for j in person.journeys if j.wake_at < limit)]
            timer = min(timers, key=self._turn)
            person.drained = max(person.drained, self._turn(timer)[0])
            if isinstance(timer, Journey):
                person.journeys.remove(timer)
                self._resume(person, timer, answer, now=now)
            else:
                waiting.remove(timer)
                person.owed.discard(timer)
                self._judge(person, timer, answer, now=now)

    def _turn(self, timer: Match | Journey) -> tuple[int, int, str, str, int]:
        """Give the place of a timer in the order of draining."""
        if isinstance(timer, Journey):
            return (timer.wake_at, timer.due, timer.match.trigger, timer.match.key or "", 1)
        return (timer.at + timer.anchor.lateness, timer.at, timer.trigger, timer.key or "", 0)

    def _judge(self, person: Person, match: Match, answer: Answer, *, now: int) -> None:
        """Ask the gates in order and let the first steps of a firing go."""
        rule = self.rules[match.trigger]
        outcome = "fired"
        if rule.only_if is not None and truth(rule.only_if, scope(person, match)) is not True:
            outcome = "not_met"
        elif self._limited(person, rule, match) or self._all_refused(person, rule):
            outcome = "suppressed"
        answer.decisions.append(told(match, outcome))
        self.seen[outcome] += 1
        if outcome == "fired":
            person.fired.add(match)
            self.seen["late firing"] += match.at < person.clock
            self._go(person, match, answer, start=0, due=match.at, now=now)

    def _limited(self, person: Person, rule: Rule, match: Match) -> bool:
        """Say whether a limit of the trigger forbids this firing."""
        fired = [
            f for f in person.fired if f.trigger == rule.name and (not rule.per_key or f.key == match.key)
        ]
        times = [f.at for f in fired]
        near = min((abs(time - match.at) for time in times), default=None)
        self.seen["exactly cooldown later"] += bool(rule.cooldown) and near == rule.cooldown
        running = any((j.match.trigger, j.match.key) == (rule.name, match.key) for j in person.journeys)
        self.seen["already running"] += running
        too_near = near is not None and near < rule.cooldown
        capped = any(self._over(times, match.at, *cap) for cap in rule.caps)
        return bool(rule.once and fired) or too_near or capped or running

    def _over(self, times: list[int], at: int, most: int, per: int) -> bool:
        """Say whether some window of length ``per`` around ``at`` would hold more than ``most`` firings."""
        together = [*times, at]
        self.seen["exactly a cap's window apart"] += any(abs(time - at) == per for time in times)
        starts = [start for start in together if start <= at <= start + per]
        return any(sum(start <= time <= start + per for time in together) > most for start in starts)

    def _all_refused(self, person: Person, rule: Rule) -> bool:
        """Say whether consent refuses every action step."""
        acts = [step for step in rule.steps if step.kind in ("data", "message")]
        return all(refused(person, step) for step in acts)

    def _go(self, person: Person, match: Match, answer: Answer, *, start: int, due: int, now: int) -> None:
        """Let steps go until a wait, a checkpoint that is not met, or the end."""
        steps = self.rules[match.trigger].steps
        for index, step in enumerate(steps[start:], start):
            if step.kind == "only_if":
                if truth(step.question, scope(person, match)) is not True:
                    return
            elif step.kind == "wait":
                person.journeys.append(Journey(match, index + 1, due + step.duration))
                self._end_journeys(person)
                return
            else:
                status = self._status(person, step, due=due, now=now)
                answer.actions.append((match.trigger, match.anchor_id, match.key, index, due, status))

    def _resume(self, person: Person, journey: Journey, answer: Answer, *, now: int) -> None:
        """Go on behind a wait."""
        self.seen["step behind a wait"] += 1
        self._go(person, journey.match, answer, start=journey.following, due=journey.due, now=now)

    def _status(self, person: Person, step: Step, *, due: int, now: int) -> str:
        """Say what becomes of an action that is let go now."""
        if refused(person, step):
            self.seen["step refused"] += 1
            return "suppressed"
        if step.valid_for is None or step.kind == "data":
            return "scheduled"
        self.seen["exactly valid_for later"] += now == due + step.valid_for
        return "expired" if now > due + step.valid_for else "scheduled"

    def _end_journeys(self, person: Person) -> None:
        """Drop the journeys that an event of the history ends."""
        kept = [journey for journey in person.journeys if not self._exited(person, journey)]
        self.seen["journey ended by an exit"] += len(person.journeys) - len(kept)
        person.journeys = kept

    def _exited(self, person: Person, journey: Journey) -> bool:
        """Say whether an exit event lies after the anchor event and up to the due of the wait."""
        rule, anchor = self.rules[journey.match.trigger], journey.match.anchor
        return any(
            event.place > anchor.place
            and event.timestamp <= journey.due
            and is_one_of(rule.exits, event)
            and touches(rule, event, journey.match.key)
            for event in person.history
        )

    def _learn(self, person: Person, event: Happening) -> None:
        """Keep an event's traits and consent: the newest statement wins."""
        for name, value in event.traits.items():
            if name not in person.traits or person.traits[name][0] < event.place:
                person.traits[name] = (event.place, value)
        for purpose, granted in event.consent.items():
            if purpose not in person.consent or person.consent[purpose][0] <= event.timestamp:
                person.consent[purpose] = (event.timestamp, granted)

    def _notice(self, person: Person, event: Happening) -> None:
        """Count the boundaries that this arrival touches."""
        self.seen["late event"] += event.timestamp < person.horizon
        self.seen["equal timestamps"] += any(held.timestamp == event.timestamp for held in person.history)
        for rule in self.rules.values():
            for case in cases(rule, person.history) if rule.anchor == "absence" else []:
                reaches = is_one_of(rule.cancels, event) and touches(rule, event, case.key)
                self.seen["cancelled exactly at due"] += reaches and case.due == event.timestamp
            if rule.anchor == "count" and is_one_of(rule.names, event):
                marks = [held.timestamp for held in person.history if is_one_of(rule.names, held)]
                self.seen["exactly at the window's edge"] += event.timestamp - rule.within in marks
