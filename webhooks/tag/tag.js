// Cuewire's page tag: Segment-spec calls from any page, without a build step. docs/sources/tag.md says how to use it.
(() => {
  "use strict";
  const w = window, d = document, here = d.currentScript;
  if (w.cue && w.cue.isTag) return;
  const early = (w.cue && w.cue.q) || [];
  const given = {heartbeat: 15, ...(here && here.dataset)};
  const memory = {};
  const IDLE = 1_800_000;
  let queue = [], held = [], page, ids, isOn, isWired, isBusy, isEntered;
  let timer, fails = 0, last = 0, spent = 0, since = 0, acted = 0, depth = 0;

  const words = (text) => String(text || "").split(",").map((one) => one.trim());
  const uses = (part) => !words(given.off).includes(part);

  // Kept in localStorage, else in a cookie, else until the page goes.
  const trying = (act) => { try { return act(); } catch { return undefined; } };
  const read = (name) =>
    memory[name] || trying(() => localStorage.getItem(name)) ||
    trying(() => decodeURIComponent(d.cookie.match(`(?:^|; )${name}=([^;]*)`)[1])) || "";
  const keep = (name, value) => {
    memory[name] = value;
    if (!trying(() => (value ? localStorage.setItem(name, value) : localStorage.removeItem(name)) || true))
      trying(() => {
        const age = value ? 31536000 : 0;
        d.cookie = `${name}=${encodeURIComponent(value)}; path=/; samesite=lax; max-age=${age}`;
      });
  };

  // A query may hold what somebody typed: only parameters that are asked for are sent.
  const clean = (address) => trying(() => {
    const url = new URL(address, location.href);
    if (!/^https?:$/.test(url.protocol)) return url.protocol;
    const kept = [...url.searchParams].filter(([name]) => words(given.query).includes(name));
    const query = new URLSearchParams(kept).toString();
    const route = /^#!?\//.test(url.hash) ? url.hash.split("?")[0] : "";
    return url.origin + url.pathname + (query && `?${query}`) + route;
  });
  const look = () => ({
    path: location.pathname + clean(location.href).replace(/^[^#]*/, ""), url: clean(location.href),
    title: d.title, referrer: d.referrer && clean(d.referrer),
  });
  const campaign = () => {
    const found = {};
    for (const [name, value] of new URLSearchParams(location.search))
      if (name.startsWith("utm_")) found[name === "utm_campaign" ? "name" : name.slice(4)] = value;
    return found;
  };
  const random = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (one) => one.toString(36)).join("");

  const add = (type, more) => {
    if (!isOn) return;
    last = Math.max(Date.now(), last + 1);
    const call = {
      type, messageId: `tag-${last}-${random()}`, timestamp: new Date(last).toISOString(), ...ids,
      context: {
        page, campaign: campaign(), locale: navigator.language, userAgent: navigator.userAgent,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, library: {name: "cuewire-tag", version: "1"},
      }, ...more,
    };
    trying(() => queue.push(JSON.parse(JSON.stringify(call))));
    queue = queue.slice(-200);
    later(0.2);
  };
  const track = (event, properties) => add("track", {event, properties});

  const later = (seconds) => { timer = timer || setTimeout(post, seconds * 1000); };
  const body = (batch) => JSON.stringify({writeKey: given.key, sentAt: new Date().toISOString(), batch});
  const to = () => `${given.host}/v1/b`;
  const post = async () => {
    timer = 0;
    if (isBusy || !queue.length) return;
    const batch = queue.slice(0, 20);
    let wait = 0;
    isBusy = true;
    try {
      const answer = await fetch(to(), {method: "POST", body: body(batch), credentials: "omit"});
      if (answer.status === 429 || answer.status > 499) wait = +answer.headers.get("Retry-After") || -1;
      else if (!answer.ok) console.warn(`Cuewire refused the page tag's events: ${answer.status}`);
    } catch { wait = -1; }
    isBusy = false;
    fails = wait && fails + 1;
    if (!wait) queue = queue.filter((one) => !batch.includes(one));
    if (queue.length) later(wait < 0 ? Math.min(60, 2 ** fails) * (1 - Math.random() / 2) : wait);
  };
  // A beacon outlives the page but tells nothing: while the server refuses, all is kept for the next page too.
  const beacon = () => {
    let isTaken = !fails;
    for (let at = 0; at < queue.length; at += 20)
      isTaken = navigator.sendBeacon(to(), body(queue.slice(at, at + 20))) && isTaken;
    if (isTaken) queue = [];
    else keep("cuewire_unsent", JSON.stringify(queue.slice(-50)));
  };

  const seconds = () => Math.round((spent + (d.hidden ? 0 : performance.now() - since)) / 100) / 10;
  const enter = (name, properties) => {
    page = look();
    isEntered = true;
    spent = depth = 0;
    since = acted = performance.now();
    add("page", {name, properties});
  };
  const leave = () => {
    if (isEntered) track("Page Left", {seconds: seconds()});
    isEntered = false;
  };
  const again = (name, properties) => { leave(); enter(name, properties); };
  // A router sets the title after the address.
  const moved = () => setTimeout(() => { if (isOn && clean(location.href) !== page.url) again(); });
  const beat = () => { if (isEntered) track("Page Heartbeat", {seconds: seconds()}); };

  const named = (element, properties) => {
    const found = {};
    for (const [name, value] of Object.entries(element.dataset))
      if (/^cue./.test(name)) found[name[3].toLowerCase() + name.slice(4)] = value;
    track(element.dataset.cue, {...properties, ...found});
  };
  const clicked = ({target, button}) => {
    if (button > 1 || !target.closest) return;
    const marked = target.closest("[data-cue]:not(form)"), link = target.closest("a[href]");
    const href = link && /^(https?|mailto|tel):$/.test(link.protocol) ? clean(link.href) : undefined;
    if (marked) named(marked, {href});
    else if (href && link.host !== location.host) track("Link Clicked", {href});
  };
  // Attributes, not properties: a field called "id" stands in front of the form's own. Never a field's content.
  const submitted = ({target}) => {
    const of = (name) => target.getAttribute(name) || undefined;
    const about = {form: of("id") || of("name"), action: clean(of("action") || "")};
    if (target.dataset.cue) named(target, about);
    else track("Form Submitted", about);
  };
  const scrolled = () => {
    acted = performance.now();
    const seen = (100 * (w.scrollY + w.innerHeight + 1)) / d.documentElement.scrollHeight;
    for (; depth < 100 && seen >= depth + 25;) track("Page Scrolled", {percent: depth += 25});
  };
  const layered = (entry) => {
    if (!entry || !words(given.layer).includes(entry.event)) return;
    const {event, ecommerce, ...rest} = entry;
    for (const name of Object.keys(rest)) if (name.startsWith("gtm.")) delete rest[name];
    track(event, {...ecommerce, ...rest});
  };

  const on = (target, names, act) =>
    names.split(" ").forEach((name) => target.addEventListener(name, act, {capture: true, passive: true}));
  const wire = () => {
    isWired = true;
    if (uses("clicks")) on(d, "click auxclick", clicked);
    if (uses("forms")) on(d, "submit", submitted);
    if (uses("scroll")) on(w, "scroll", scrolled);
    on(w, "pointermove pointerdown keydown", () => { acted = performance.now(); });
    const every = 1000 * Math.max(1, given.heartbeat);
    const isThere = () => !d.hidden && performance.now() - acted < IDLE;
    if (+given.heartbeat) setInterval(() => { if (isThere()) beat(); }, every);
    if (uses("page")) {
      for (const name of ["pushState", "replaceState"]) {
        const original = history[name];
        history[name] = function (...args) { original.apply(this, args); moved(); };
      }
      on(w, "popstate hashchange", moved);
      on(w, "pageshow", ({persisted}) => { if (persisted) enter(); });
    }
    on(w, "pagehide", () => { leave(); beacon(); });
    on(d, "visibilitychange", () => {
      const now = performance.now();
      if (d.hidden) { spent += now - since; beat(); beacon(); } else since = acted = now;
    });
    if (given.layer) {
      const layer = (w.dataLayer = w.dataLayer || []), push = layer.push;
      layer.forEach(layered);
      layer.push = function (...entries) { entries.forEach(layered); return push.apply(this, entries); };
    }
  };

  const start = () => {
    if (isOn) return;
    isOn = true;
    ids = {anonymousId: read("cuewire_id") || random(), userId: read("cuewire_user") || undefined};
    keep("cuewire_id", ids.anonymousId);
    queue = trying(() => JSON.parse(read("cuewire_unsent"))) || [];
    keep("cuewire_unsent", "");
    page = look();
    if (uses("page")) enter();
    if (!isWired) wire();
    held.splice(0).forEach((args) => w.cue(...args));
  };
  const forget = () => ["cuewire_id", "cuewire_user", "cuewire_unsent"].forEach((name) => keep(name, ""));
  const commands = {
    init(options) {
      if (isOn) return;
      Object.assign(given, options);
      given.host = (given.host || (here && here.src) || "").replace(/\/tag\.js.*|\/$/, "");
      if (!given.key || !given.host) return;
      const isAsked = navigator.doNotTrack === "1" || navigator.globalPrivacyControl;
      const isNeeded = given.consent === "required" || (isAsked && given.dnt !== "ignore");
      const said = read("cuewire_consent");
      if (said === "no" || (isNeeded && said !== "yes")) return;
      if (d.prerendering) d.addEventListener("prerenderingchange", start, {once: true}); else start();
    },
    consent(isGiven) {
      keep("cuewire_consent", isGiven ? "yes" : "no");
      if (isGiven) return commands.init();
      isOn = isEntered = false;
      queue = [];
      held = [];
      forget();
    },
    track,
    page: again,
    identify(id, traits) {
      if (typeof id === "object") [id, traits] = [undefined, id];
      if (id) { ids.userId = String(id); keep("cuewire_user", ids.userId); }
      add("identify", {traits});
    },
    reset() { forget(); ids = {anonymousId: random()}; keep("cuewire_id", ids.anonymousId); },
  };
  w.cue = (word, ...args) => {
    if (isOn || word === "init" || word === "consent") return commands[word] && commands[word](...args);
    if (held.length < 100 && read("cuewire_consent") !== "no") held.push([word, ...args]);
  };
  w.cue.isTag = true;
  commands.init();
  for (const args of early) w.cue(...args);
})();
