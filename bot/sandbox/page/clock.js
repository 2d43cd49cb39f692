// The demo's clock: shows it, lets it flow, and moves it forward.

import * as door from "./door.js";
import { ask, toast } from "./dom.js";

const date = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const UNITS = [[604800, "week"], [86400, "day"], [3600, "hour"], [60, "minute"]];

export class Clock {
  constructor() {
    this.ahead = 0;
    const toggle = document.querySelector("#clock-toggle");
    const clock = document.querySelector(".clock");
    toggle.addEventListener("click", () => toggle.setAttribute("aria-expanded", String(clock.classList.toggle("open"))));
    for (const button of document.querySelectorAll("[data-step]")) button.addEventListener("click", () => this.skip(Number(button.dataset.step)));
    document.querySelector("#clock-other").addEventListener("click", () => this.other());
    setInterval(() => this.draw(), 1000);
  }

  /** Take over the demo's present, seconds since 1970. */
  set(timestamp) {
    this.ahead = timestamp * 1000 - Date.now();
    this.draw();
  }

  draw() {
    const now = Date.now() + this.ahead;
    document.querySelector("#clock-now .date").textContent = date.format(now);
    document.querySelector("#clock-now .hour").textContent = hour.format(now);
    document.querySelector(".status-bar .hour").textContent = hour.format(now).replace(/\s*[AP]M$/i, "").replace(/^0/, "");
    document.querySelector("#clock-now").dateTime = new Date(now).toISOString();
  }

  async skip(seconds) {
    try {
      await door.advance(seconds);
    } catch (error) {
      toast(error.message);
    }
  }

  async other() {
    const dialog = document.querySelector("#skip");
    if ((await ask(dialog)) !== "go") return;
    const form = new FormData(dialog.querySelector("form"));
    await this.skip(Number(form.get("count")) * Number(form.get("unit")));
  }
}

/** "2 days later", from seconds. */
export function later(seconds) {
  const [length, name] = UNITS.find(([unit]) => seconds >= unit && seconds % unit < 1) ?? UNITS.find(([unit]) => seconds >= unit) ?? [1, "second"];
  const count = Math.round(seconds / length);
  return `${count} ${name}${count === 1 ? "" : "s"} later`;
}
