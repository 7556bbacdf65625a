"use strict";

// Puts times into the reader's zone, and keeps the changing part of a page current without losing the place.
(() => {
  const EVERY = 1500;
  const SLOWEST = 15000;
  const sent = new WeakMap(); // what the server sent for each element, before times were put into words

  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const year = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  function words(at) {
    const now = new Date();
    if (at.toDateString() === now.toDateString()) return clock.format(at);
    return `${(at.getFullYear() === now.getFullYear() ? day : year).format(at)}, ${clock.format(at).slice(0, 5)}`;
  }

  function localise(root) {
    for (const element of root.querySelectorAll("time")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      element.title = `${whole.format(at)} (${element.dateTime})`;
      element.textContent = words(at);
    }
  }

  function remember(root) {
    for (const element of root.querySelectorAll("[data-key]")) sent.set(element, element.outerHTML);
  }

  // Only what differs is replaced, so that open details, selections and the keyboard's place stay.
  function update(old, fresh, isNew) {
    const known = new Map([...old.children].map((element) => [element.dataset.key, element]));
    let place = old.firstElementChild;
    for (const element of [...fresh.children]) {
      const before = known.get(element.dataset.key);
      known.delete(element.dataset.key);
      let shown = element;
      if (before && sent.get(before) === sent.get(element)) shown = before;
      else if (before && "rows" in element.dataset && "rows" in before.dataset) {
        update(before, element, isNew);
        sent.set(before, sent.get(element));
        shown = before;
      } else {
        if (before) keepOpen(before, element);
        else if (isNew) element.classList.add("is-new");
        localise(element);
        if (before) {
          if (place === before) place = before.nextElementSibling;
          before.remove();
        }
      }
      if (shown === place) place = place.nextElementSibling;
      else old.insertBefore(shown, place);
    }
    for (const gone of known.values()) gone.remove();
  }

  function keepOpen(before, after) {
    const details = after.querySelectorAll("details");
    before.querySelectorAll("details").forEach((one, index) => {
      if (one.open && details[index]) details[index].open = true;
    });
  }

  // The first row in sight, and where it stands: what comes in above must not push it away.
  function anchor(live) {
    if (window.scrollY < 8) return null;
    for (const row of live.querySelectorAll(".row")) {
      const top = row.getBoundingClientRect().top;
      if (top >= 0) return { key: row.dataset.key, top };
    }
    return null;
  }

  function restore(live, place) {
    if (!place) return;
    const row = [...live.querySelectorAll(".row")].find((one) => one.dataset.key === place.key);
    if (row) window.scrollBy(0, row.getBoundingClientRect().top - place.top);
  }

  function follow(live) {
    const pulse = document.querySelector("[data-pulse]");
    const text = document.querySelector("[data-pulse-text]");
    const button = document.querySelector("[data-pause]");
    let tag = "";
    let pause = EVERY;
    let timer = 0;
    let isPaused = false;

    function say(state, message) {
      if (!pulse) return;
      pulse.dataset.pulse = state;
      if (text.textContent !== message) text.textContent = message;
    }

    async function look() {
      const headers = { "X-Console-Part": "live" };
      if (tag) headers["If-None-Match"] = tag;
      const answer = await fetch(window.location.href, { headers, cache: "no-store", redirect: "error" });
      if (answer.status === 401) return window.location.reload();
      if (answer.status !== 200 && answer.status !== 304) throw new Error(String(answer.status));
      if (answer.status === 200) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        remember(page.body);
        const place = anchor(live);
        update(live, page.body, true);
        restore(live, place);
        tag = answer.headers.get("ETag") || "";
      }
      pause = EVERY;
      if (!isPaused) say("on", "Updating by itself");
    }

    function plan() {
      window.clearTimeout(timer);
      if (!isPaused && !document.hidden) timer = window.setTimeout(turn, pause);
    }

    async function turn() {
      try {
        await look();
      } catch {
        pause = Math.min(pause * 2, SLOWEST);
        say("lost", "No answer from the server, trying again");
      }
      plan();
    }

    document.addEventListener("visibilitychange", () => {
      window.clearTimeout(timer);
      if (!document.hidden && !isPaused) turn();
    });
    if (button) {
      button.hidden = false;
      button.addEventListener("click", () => {
        isPaused = !isPaused;
        button.textContent = isPaused ? "Go on" : "Pause";
        if (isPaused) {
          window.clearTimeout(timer);
          say("off", "Paused");
        } else turn();
      });
    }
    say("on", "Updating by itself");
    plan();
  }

  const live = document.querySelector("[data-live]");
  if (live) remember(live);
  localise(document);
  if (live) follow(live);

  const filters = document.querySelector("[data-filters]");
  if (filters) {
    filters.classList.add("is-quick");
    for (const select of filters.querySelectorAll("select")) {
      select.addEventListener("change", () => filters.requestSubmit());
    }
    // An address without empty filters is one that can be read and passed on.
    filters.addEventListener("submit", () => {
      for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
    });
    window.addEventListener("pageshow", () => {
      for (const field of filters.elements) field.disabled = false;
    });
  }
})();
