"""A slow, obviously right model of the trigger engine, written from ``docs/concepts/semantics.md`` alone.

It keeps every event of every person and works everything out anew, from the first event on, at each arrival.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from reference.competing import forget_burst, settle_bursts
from reference.digests import digests
from reference.gathered import Gathered
from reference.history import Happening, Match
from reference.judging import Judge
from reference.noticed import notice, notice_changes
from reference.past import Past
from reference.person import Answer, Digest, Held, Journey, Left, Message, Person, learn, told
from reference.policy import Policy
from reference.rules import Measures, Rule
from reference.sending import Post
from reference.states import States, date_matches
from reference.tiers import Tiers
from reference.timelines import Leaves

Timer = Match | Journey | Held | Digest
Turn = tuple[int, int, int, str, str, int, tuple[str, int]]


class Model:
    """The reference: one answer per arrival and per wake. ``seen`` counts the boundaries that came up."""

    def __init__(self, rules: list[Rule], measures: Measures, policy: Policy) -> None:
        self.measures = measures
        self.seen: Counter[str] = Counter()
        self.paused: set[str] = set()
        self.tiers = Tiers({}, measures, policy, self.seen)
        self.post = Post({}, self.tiers, self.seen)
        self.take(rules, policy)

    def take(self, rules: list[Rule], policy: Policy | None) -> None:
        """Take these rules from here on, and this policy where there is another."""
        self.seen["policy changed"] += policy not in (None, self.post.policy)
        self.rules = {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}
        self.instant = sorted(
            (r for r in self.rules.values() if not r.is_timed and not r.is_state), key=self._depth
        )
        self.remembered = {name for rule in rules for name in rule.remembers}
        self.states = States(self.rules, self.measures, self.seen)
        self.tiers = Tiers(self.rules, self.measures, policy or self.post.policy, self.seen)
        self.post.take(self.rules, self.tiers)
        self.judge = Judge(self.rules, self.measures, self.post, self.paused, self.seen)
        self.gathered = Gathered(self.rules, self.post, self.judge.exits, self.paused, self.seen)

    def pause(self, trigger: str, *, is_on: bool) -> None:
        """Pause a trigger, or let it go on."""
        self.seen["trigger resumed"] += trigger in self.paused and not is_on
        (self.paused.add if is_on else self.paused.discard)(trigger)

    def forget(self, person: Person) -> None:
        """Drop what was open of rules that are gone."""
        person.done = {match for match in person.done if match.trigger in self.rules}
        person.matched = {match for match in person.matched if match.trigger in self.rules}
        person.journeys = [journey for journey in person.journeys if journey.match.trigger in self.rules]
        person.dates = {name: dated for name, dated in person.dates.items() if name in self.rules}
        person.held = [held for held in person.held if held.match.trigger in self.rules]
        self.seen["rule published"] += 1

    def _depth(self, rule: Rule) -> int:
        """Say how many counts of triggers a rule stands on."""
        below = [self.rules[name.name] for name in rule.names if name.is_trigger]
        return max((1 + self._depth(other) for other in below), default=0)

    def arrive(self, person: Person, event: Happening, now: int) -> Answer:
        """Take one event in: drain, insert it at its place, judge what its presence changes."""
        answer = Answer() if event.quiet else self.wake(person, event.timestamp, now=now)
        notice(self.rules, self.seen, person, event)
        learn(person, event)
        before = self._past(person)
        person.history = sorted([*person.history, event], key=lambda held: held.place)
        person.clock = max(person.clock, event.timestamp)
        person.kept |= {event.seq} if event.name in self.remembered else set()
        gone, new = self._spread(person, before, event, gone=self._no_more(person), new=set())
        person.done -= gone
        self._let_go(person, gone)
        self.judge.exits.end_open(person)
        self._tell_wrong(person, gone, answer)
        notice_changes(self.rules, self.seen, gone & person.fired.keys(), new, event)
        at = max(person.latest, now) if event.quiet else person.latest
        new |= self.states.judge(person, self._past(person), at=at, event=event)
        self.states.follow_dates(person, event)
        if not event.quiet:
            self._settle(person, answer, new, now=now)
        self._tell_taken_back(person, answer)
        return answer

    def wake(self, person: Person, limit: int, *, now: int) -> Answer:
        """Drain the timers that ``limit`` has strictly passed."""
        answer = Answer()
        self._drain(person, answer, limit=limit, now=now)
        self._tell_taken_back(person, answer)
        return answer

    def join(self, left: Person, right: Person) -> Person:
        """Make one person of two; it fires nothing."""
        self.seen["merge"] += 1
        both = Person(
            clock=max(left.clock, right.clock),
            drained=max(left.drained, right.drained),
            judged=max(left.judged, right.judged),
        )
        both.history = sorted(left.history + right.history, key=lambda event: event.place)
        both.kept = left.kept | right.kept
        both.fired = left.fired | right.fired
        both.phones = [*left.phones, *(phone for phone in right.phones if phone not in left.phones)]
        both.held, both.sent = left.held + right.held, left.sent + right.sent
        both.joined = left.joined + right.joined
        self.seen["two people's digests joined"] += len(digests(both)) < len(digests(left)) + len(
            digests(right)
        )
        both.messages, both.taken_back = left.messages + right.messages, left.taken_back + right.taken_back
        for one in left.bursts.keys() | right.bursts.keys():
            both.bursts[one] = left.bursts.get(one, []) + right.bursts.get(one, [])
        both.journeys = self._first_of_each_key(left.journeys + right.journeys)
        for name in left.traits | right.traits:
            both.traits[name] = max(
                (p.traits[name] for p in (left, right) if name in p.traits), key=lambda held: held[0]
            )
        for purpose in left.consent | right.consent:
            said = [p.consent[purpose] for p in (left, right) if purpose in p.consent]
            both.consent[purpose] = (max(at for at, _ in said), all(granted for _, granted in said))
        waiting = {match for p in (left, right) for match in self._pending(p)}
        below = {m for m in self._past(both).timed() if m.wake_at < both.horizon}
        both.done = below - waiting
        both.matched = left.matched | right.matched
        self.seen["timer of one below the other's horizon"] += len(below & waiting)
        self.states.join(left, right, both, self._past(both))
        settle_bursts(both, self.rules, self.seen)
        self.judge.exits.end_open(both)
        return both

    def leave(self, person: Person, message: Message, now: int, look: Leaves) -> Left:
        """Ask whether a message may leave now."""
        return self.judge.leave(person, message, now, look)

    def _let_go(self, person: Person, gone: set[Match]) -> None:
        """Let go what is held of matches that a late event shows not to have been any."""
        for held in [held for held in person.held if held.match in gone]:
            person.held.remove(held)
            forget_burst(person, held, self.rules.get(held.match.trigger))
            self.seen["held match that was none"] += 1

    def _first_of_each_key(self, journeys: list[Journey]) -> list[Journey]:
        """Keep one journey per trigger and key: the one while which the other would have been suppressed."""
        kept: dict[tuple[str, str | None], Journey] = {}
        for journey in sorted(journeys, key=lambda j: (j.at, j.match.anchor.place, -j.following, j.due)):
            kept.setdefault((journey.match.trigger, journey.match.key), journey)
        self.seen["two journeys of one key"] += len(journeys) - len(kept)
        return list(kept.values())

    def _past(self, person: Person) -> Past:
        """Give what anchors and counts are asked about."""
        return Past(self.rules, person, self.seen)

    def _spread(
        self, person: Person, before: Past, by: Happening, *, gone: set[Match], new: set[Match]
    ) -> tuple[set[Match], set[Match]]:
        """Give all matches that an event makes come and go, those that are counted by others first."""
        person.matched = before.matched - gone | new
        for rule in self.instant:
            was, has = set(before.matches(rule)), set(self._past(person).matches(rule))
            come = {self._as_kept(match, by) for match in has - was}
            gone, new = gone | was - has, new | come
            person.matched = person.matched - (was - has) | come
        return gone, new

    def _as_kept(self, match: Match, by: Happening) -> Match:
        """Give a match with what is still known of its event: of one that no trigger names, its time and id alone."""
        if match.anchor == by or match.anchor.name in self.remembered:
            return match
        self.seen["late match of an event that is not kept"] += 1
        return replace(match, anchor=match.anchor._replace(properties={}), is_kept=False)

    def _pending(self, person: Person) -> list[Match]:
        """Give the matches whose timers are still to be drained."""
        found = [match for match in self._past(person).timed() if match not in person.done]
        return found + date_matches(person)

    def _no_more(self, person: Person) -> set[Match]:
        """Give the timed matches that came and that the history, as it is now, does not have."""
        gone = person.done - {*self._past(person).timed()}
        return {match for match in gone if self.rules[match.trigger].anchor != "date"}

    def _tell_wrong(self, person: Person, gone: set[Match], answer: Answer) -> None:
        """Record what fired and should not have."""
        wrong = [told(match, "fired", person.fired[match].at) for match in gone & person.fired.keys()]
        answer.false_positives += sorted(wrong, key=lambda one: (one[2], one[0], one[4] or ""))
        self.seen["false positive"] += len(wrong)

    def _tell_taken_back(self, person: Person, answer: Answer) -> None:
        """Tell which messages an exit event has ended."""
        answer.taken_back = sorted([*answer.taken_back, *person.taken_back], key=str)
        person.taken_back = []

    def _settle(self, person: Person, answer: Answer, new: set[Match], *, now: int) -> None:
        """Judge new matches by time, trigger and key, each after the timers before it."""
        for match in self._in_order(person, new):
            if not match.timed and self._may_fire(match):
                self._drain(person, answer, limit=match.at, now=now)
                if match in person.matched or self.rules[match.trigger].is_state:
                    self._meet_all(person, {match}, answer, now=now)

    def _may_fire(self, match: Match) -> bool:
        """Say whether a match can fire: at history never, nor a count of triggers at an event that is not kept."""
        counts_triggers = any(name.is_trigger for name in self.rules[match.trigger].names)
        is_past = match.anchor.seq <= self.rules[match.trigger].since
        self.seen["match of an event before the rule"] += is_past
        return match.timed or (
            not is_past and not match.anchor.quiet and (match.is_kept or not counts_triggers)
        )

    def _meet_all(self, person: Person, matches: set[Match], answer: Answer, *, now: int) -> None:
        """Judge matches in order, those that have fired already left out."""
        for match in self._in_order(person, matches):
            if match not in person.fired and self._may_fire(match):
                self.judge.judge(person, match, answer, self._past(person), now=now)

    def _drain(self, person: Person, answer: Answer, *, limit: int, now: int) -> None:
        """Let the timers that ``limit`` has strictly passed have their turns."""
        while True:
            timers: list[Timer] = [*self._pending(person), *person.journeys, *person.held, *digests(person)]
            self.seen["timer exactly at the limit"] += sum(timer.wake_at == limit for timer in timers)
            due = [(self._turn_of(person, t), t) for t in timers if t.wake_at < limit]
            turn, timer = min(due, key=lambda one: one[0], default=((limit,), None))
            moment = self.states.next_moment(person, self._past(person))
            if moment is not None and moment < limit and (timer is None or (moment, moment) <= turn):
                new = self.states.judge(person, self._past(person), at=moment, event=None)
                self._meet_all(person, new, answer, now=now)
            elif timer is not None:
                self._fire(person, timer, answer, now=now)
            else:
                return

    def _fire(self, person: Person, timer: Timer, answer: Answer, *, now: int) -> None:
        """Let one timer have its turn, and then what is counted of its matches."""
        person.drained = max(person.drained, timer.wake_at)
        if isinstance(timer, Journey):
            person.journeys.remove(timer)
            self.seen["journey of a paused trigger went on"] += timer.match.trigger in self.paused
            self.judge.resume(person, timer, answer, self._past(person), now=now)
            return
        if isinstance(timer, Held):
            person.held.remove(timer)
            self.seen["held match of a paused trigger"] += timer.match.trigger in self.paused
            self.judge.release(person, timer, answer, self._past(person), now=now)
            return
        if isinstance(timer, Digest):
            self.gathered.leave(person, timer, answer, now=now)
            return
        person.done.add(timer)
        if timer.trigger in person.dates:
            person.dates[timer.trigger] = replace(person.dates[timer.trigger], is_armed=False)
        gone, new = self._spread(person, self._past(person), timer.anchor, gone=set(), new={timer})
        self._let_go(person, gone)
        self._tell_wrong(person, gone, answer)
        if self.states.counts(new):
            at = max(person.latest, timer.at)
            new |= self.states.judge(person, self._past(person), at=at, event=None)
        self._meet_all(person, new | {timer}, answer, now=now)

    def _in_order(self, person: Person, matches: set[Match]) -> list[Match]:
        """Give matches in the order in which they are judged."""
        return sorted(
            matches,
            key=lambda one: (
                one.at,
                -self.tiers.priority(person, one.trigger, one.at),
                one.trigger,
                one.key or "",
                one.anchor.seq,
            ),
        )

    def _turn_of(self, person: Person, timer: Timer) -> Turn:
        """Give the place of a timer in the order of draining."""
        match = timer if isinstance(timer, Match) else timer.match
        due = timer.at if isinstance(timer, Match) else timer.due
        kind = {Match: 0, Journey: 1, Held: 2, Digest: 3}[type(timer)]
        last = ("", match.anchor.seq)
        if isinstance(timer, Digest):
            last = (timer.opener.letter, timer.opener.since)
        first = -self.tiers.priority(person, match.trigger, due)
        return (timer.wake_at, due, first, match.trigger, match.key or "", kind, last)
