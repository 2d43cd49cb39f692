// Who is writing on the patient's phone. Remembered by this browser, so that a reload stays the same person.

import * as door from "./door.js";
import { ask, el, icon } from "./dom.js";

const KEY = "b12-demo-person";
const FIRST = 1001;
const NAMES = ["Sam", "Amina", "Jonas", "Mei", "Rosa", "Tunde", "Priya", "Luis"];

/** The person of last time, or Sam. `?chat=` in the address wins. */
export function remembered() {
  const asked = Number(new URLSearchParams(location.search).get("chat"));
  let person = { chat: FIRST, first_name: "Sam", language_code: "en" };
  try {
    person = { ...person, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    localStorage.removeItem(KEY);
  }
  return Number.isSafeInteger(asked) && asked > 0 ? { ...person, chat: asked } : person;
}

function remember(person) {
  localStorage.setItem(KEY, JSON.stringify(person));
}

/** Ask who is writing; the person, or null when nothing changed. */
export async function choosePerson(current) {
  const dialog = document.querySelector("#person");
  const form = dialog.querySelector("form");
  const people = (await door.chats()).filter(({ type }) => type === "private").slice(-12);
  const newcomer = el("button", { value: "new", formnovalidate: true, class: "newcomer" }, icon("plus"), "Someone new");
  form.querySelector(".people").replaceChildren(
    ...people.map((person) =>
      el("button", { value: `chat:${person.id}`, formnovalidate: true, "aria-pressed": String(person.id === current.chat) }, icon("person"), person.first_name ?? "Someone"),
    ),
    newcomer,
  );
  form.elements.name.value = current.first_name;
  form.elements.language.value = current.language_code;
  const chosen = await ask(dialog);
  let person = null;
  if (chosen === "save") person = { ...current, first_name: form.elements.name.value.trim() || current.first_name, language_code: form.elements.language.value };
  if (chosen === "new") {
    const chat = Math.max(FIRST, current.chat, ...people.map(({ id }) => id)) + 1;
    person = { chat, first_name: NAMES[(chat - FIRST) % NAMES.length], language_code: form.elements.language.value };
  }
  if (chosen.startsWith("chat:")) {
    const chat = Number(chosen.slice(5));
    const known = people.find(({ id }) => id === chat);
    person = { chat, first_name: known?.first_name ?? "Sam", language_code: current.language_code };
  }
  if (person) remember(person);
  return person;
}
