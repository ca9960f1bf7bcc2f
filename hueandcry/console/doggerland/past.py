"""A year of Doggerland's history: every step is an action of the program, done as of its own moment."""

import datetime as dt
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from hueandcry.console.doggerland.land import Land, MadePlace
from hueandcry.console.doggerland.seasons import MONTHS, NOTHING, STORIES, Story
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.rules import Words
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as messages
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import Circle
from hueandcry.domain.reports import actions as reports
from hueandcry.domain.reports import queries as inbox
from hueandcry.kit import clock, jobs

# The sandbox's own endings: who bounces, fails or stays silent does not answer.
MUTE = ("994", "995", "996", "997", "998")
MOST_ANSWERS = 7
PHONES_LOOKED_AT = 40
# Shares: answers that saw nothing, alerts stood down before their time, alerts by the fast lane, people who say STOP.
SAW_NOTHING = 0.55
STOOD_DOWN = 0.25
FAST = 0.25
SAYS_STOP = 0.06
# Day of the month on which each alert of a month falls, before some days are added.
DAYS_APART = 6
WORKING_HOUR = 10
# What a newcomer finds: an alert that is out, and one that waits for a second officer.
OUT_NOW, WAITING_NOW = "livestock-on-road", "machinery-theft"
# Sandbox phones give their receipts at once: there is nothing to come back for.
NEEDLESS = ("messaging.collect_soon",)
Step = Callable[[], object]


@dataclass(frozen=True)
class Stage:
    """Who and where: what the history needs of the force that was founded."""

    land: Land
    area_ids: Mapping[str, int]
    officers: Mapping[Role, Sequence[Officer]]


class Past:
    """A calendar: each thing is done in its turn, as of its own moment, and what it wakes is done after it."""

    def __init__(self, stage: Stage, rng: Random, end: dt.datetime) -> None:
        self.stage, self.rng, self.end = stage, rng, end
        self.steps: list[tuple[dt.datetime, int, Step]] = []
        self.turn = itertools.count()
        self.alerts = 0

    def at(self, moment: dt.datetime, step: Step) -> None:
        """Put something into the calendar; what would lie after the end is left out."""
        if moment < self.end:
            heapq.heappush(self.steps, (moment, next(self.turn), step))

    def live(self, progress: Callable[[float], None]) -> int:
        """Live through the calendar from front to back; return how many alerts there were."""
        begun = min(self.steps)[0] if self.steps else self.end
        with jobs.held() as waiting:
            while self.steps:
                moment, _, step = heapq.heappop(self.steps)
                with clock.as_of(moment):
                    step()
                    self._wake(waiting, moment)
                progress((moment - begun) / (self.end - begun))
        return self.alerts

    def _wake(self, waiting: deque[jobs.Held], moment: dt.datetime) -> None:
        """Do what a step woke, as workers would; what is for later goes into the calendar."""
        while waiting:
            one = waiting.popleft()
            if one.name in NEEDLESS:
                continue
            if one.at is not None and one.at > moment:
                self.at(one.at, _running(one))
            else:
                jobs.run_held(one)

    def fill(self, start: dt.datetime) -> None:
        """Put the alerts of each month into the calendar, by the seasons."""
        month = start.replace(day=1, second=0, microsecond=0)
        while month < self.end:
            for number, topic in enumerate(MONTHS[month.month]):
                story = STORIES[topic]
                day = 1 + number * DAYS_APART + self.rng.randrange(4)
                moment = month.replace(day=day, hour=story.hour, minute=self.rng.randrange(60))
                if start < moment:
                    self.at(moment, _telling(self._begin, story))
            month = (month + dt.timedelta(days=32)).replace(day=1)

    def fill_today(self) -> None:
        """Put today into the calendar: an alert that is out and being answered, and one that waits for approval."""
        self.at(self.end - dt.timedelta(minutes=100), _telling(self._begin, STORIES[OUT_NOW]))
        self.at(self.end - dt.timedelta(minutes=20), _telling(self._write, STORIES[WAITING_NOW]))

    # ------------------------------------------------------------ one alert from its first word to its ending

    def _begin(self, story: Story) -> None:
        """Write an alert and have it released, by a second officer or by the fast lane."""
        if story.level == Tier.VETTED and self.rng.random() < FAST:
            operator = self._one_of(Role.OPERATOR)
            ref = self._draft(story, operator)
            alerts.release_fast(alert_ref=ref, officer=operator)
            self._go_on(ref, story)
            return
        ref, approver = self._write(story), self._one_of(Role.SERGEANT)
        later = clock.now() + dt.timedelta(minutes=self.rng.randrange(3, 12))
        self.at(later, lambda: self._approve(ref, approver, story))

    def _write(self, story: Story) -> str:
        """Write an alert and hand it in for approval."""
        author = self._one_of(Role.CONSTABLE)
        ref = self._draft(story, author)
        alerts.submit(alert_ref=ref, officer=author)
        return ref

    def _draft(self, story: Story, author: Officer) -> str:
        self.alerts += 1
        now = clock.now()
        spot = self.rng.choice(self.stage.land.farms if story.level == Tier.VETTED else self.stage.land.villages)
        made = alerts.draft(
            officer=author,
            topic=story.topic,
            words=self._words(story, spot),
            level=story.level,
            urgency=story.urgency,
            occurred_at=now - dt.timedelta(minutes=self.rng.randrange(5, 90)),
            expires_at=now + dt.timedelta(hours=story.life_h),
            point=spot.point,
            uncertainty_m=300,
        )
        question = self._question(story, spot, author.organisation_id)
        alerts.choose_audience(alert_ref=made.ref, officer=author, question=question)
        alerts.answer_suspect(alert_ref=made.ref, officer=author, answer=Suspect.HARMLESS)
        return made.ref

    def _approve(self, ref: str, approver: Officer, story: Story) -> None:
        alerts.approve(alert_ref=ref, officer=approver)
        self._go_on(ref, story)

    def _go_on(self, ref: str, story: Story) -> None:
        """Let people answer, and bring the alert to its end."""
        now, operator = clock.now(), self._one_of(Role.OPERATOR)
        self.at(now + dt.timedelta(minutes=1), lambda: self._ask_round(ref, story, operator))
        if self.rng.random() < STOOD_DOWN:
            soon = now + dt.timedelta(minutes=self.rng.randrange(60, 60 * story.life_h - 20))
            self.at(soon, lambda: self._stand_down(ref, operator))
        self.at(now + dt.timedelta(hours=story.life_h, minutes=1), alerts.expire_due)
        days = self.rng.randrange(1, 4) + story.life_h // 24
        ends = (now + dt.timedelta(days=days)).replace(hour=WORKING_HOUR, minute=self.rng.randrange(60))
        told = self.rng.choice(story.endings)
        self.at(ends, lambda: alerts.end(alert_ref=ref, officer=operator, ending=told))

    def _stand_down(self, ref: str, operator: Officer) -> None:
        alerts.stand_down(alert_ref=ref, officer=operator, reason="Police have dealt with it")

    def _ask_round(self, ref: str, story: Story, operator: Officer) -> None:
        """Choose who answers, when and what."""
        phones = [
            phone.address
            for phone in messages.sandbox_phones(about=f"alert:{ref}", most=PHONES_LOOKED_AT)
            if phone.channel != Channel.VOICE and not phone.address.partition("@")[0].endswith(MUTE)
        ]
        phones.sort()
        now = clock.now()
        for address in self.rng.sample(phones, min(len(phones), self.rng.randrange(MOST_ANSWERS + 1))):
            later = now + dt.timedelta(minutes=self.rng.expovariate(1 / 25) + 1)
            self.at(later, self._answering(address, self._answer(story)))
        self.at(now + dt.timedelta(hours=3), lambda: self._read(ref, operator))

    def _answering(self, address: str, words: str) -> Step:
        return lambda: messaging.type_on_phone(address=address, body=words)

    def _answer(self, story: Story) -> str:
        draw = self.rng.random()
        if draw < SAYS_STOP:
            return "STOP"
        return self.rng.choice(NOTHING if draw < SAW_NOTHING + SAYS_STOP else story.sightings)

    def _read(self, ref: str, operator: Officer) -> None:
        for report in inbox.for_alert(officer=operator, about=f"alert:{ref}"):
            reports.mark_read(report=report, officer=operator)

    # ------------------------------------------------------------ what is said, and to whom

    def _words(self, story: Story, spot: MadePlace) -> Words:
        village = next(village.name for village in self.stage.land.villages if village.parish == spot.parish)
        words = self.rng.choice(story.words)
        return replace(
            words, headline=words.headline.format(village=village), where=words.where.format(village=village)
        )

    def _question(self, story: Story, spot: MadePlace, organisation: int) -> AudienceQuestion:
        wanted = AudienceQuestion(organisation_id=organisation, scheme_kinds=story.kinds, lowest_tier=story.level)
        if story.reach_km:
            return replace(wanted, circles=(Circle(spot.point.lon, spot.point.lat, story.reach_km * 1000),))
        land = self.stage.land
        beat = next(area.above for area in land.parishes if area.code == spot.parish)
        district = next(area.above for area in land.beats if area.code == beat)
        return replace(wanted, areas=(self.stage.area_ids[district],))

    def _one_of(self, role: Role) -> Officer:
        return self.rng.choice(self.stage.officers[role])


def _running(one: jobs.Held) -> Step:
    return lambda: jobs.run_held(one)


def _telling(tell: Callable[[Story], object], story: Story) -> Step:
    return lambda: tell(story)
