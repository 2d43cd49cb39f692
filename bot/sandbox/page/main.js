// The page: the patient's phone, the care team's desk, the clock, and the stream that keeps them up to date.

import { Clock, later } from "./clock.js";
import * as door from "./door.js";
import { ask, drawIcons, el, icon, menu, toast } from "./dom.js";
import { Pane } from "./pane.js";
import { choosePerson, remembered } from "./person.js";

const NURSE = { id: 7000001, first_name: "Robin", language_code: "en" };
const patientPlace = document.querySelector("#patient");
const carePlace = document.querySelector("#care");
const offline = document.querySelector(".offline");
const narrow = matchMedia("(max-width: 899px)");

drawIcons(document);
const clock = new Clock();
const facts = await door.info();
clock.set(facts.timestamp);

let person = remembered();
const robot = () => el("img", { src: "/page/icon.svg", alt: "" });
const patient = new Pane(patientPlace, {
  chat: person.chat, title: facts.bot.first_name, subtitle: "bot", avatar: robot(), group: false, user: asUser(person),
  placeholder: "Message", fieldId: "patient-field", onUnread: () => mark("patient"),
  emptyWords: "Ask about vitamin B12 injections, or press Start.",
});
const panes = [patient];
let care = null;
if (facts.care_chat_id !== null) {
  const group = facts.care_chat_id < 0;
  carePlace.hidden = false;
  document.body.classList.add("with-care");
  care = new Pane(carePlace, {
    chat: facts.care_chat_id, title: "Care team", subtitle: "You are Robin, a nurse", avatar: icon("team"), group, myId: NURSE.id,
    user: group ? NURSE : { ...NURSE, id: facts.care_chat_id }, placeholder: "Message", fieldId: "care-field",
    onUnread: () => mark("care"), emptyWords: "Alerts about patients arrive here.",
  });
  panes.push(care);
}

function asUser({ first_name, language_code }) {
  return { first_name, language_code };
}

async function become(next) {
  if (!next) return;
  person = next;
  patient.chat = next.chat;
  patient.user = asUser(next);
  await patient.load();
  patient.composer.field.focus();
}

for (const pane of panes) {
  const people = ["person", "Who is writing…", () => choosePerson(person).then(become).catch((error) => toast(error.message))];
  const shut = () => ["block", pane.group ? "Remove the bot from the group" : "Block the bot", () => door.block(pane.chat).catch((error) => pane.note(error.message))];
  menu(pane.root.querySelector(".more"), pane.root.querySelector(".more-menu"), () => [...(pane === patient ? [people] : []), ...(pane.blocked ? [] : [shut()])]);
}

// One chat at a time on a phone.
const tabs = { patient: document.querySelector("#tab-patient"), care: document.querySelector("#tab-care") };
let shown = "patient";

function select(name, focus = false) {
  shown = name;
  document.body.dataset.shown = name;
  for (const [key, tab] of Object.entries(tabs)) {
    tab.setAttribute("aria-selected", String(key === name));
    tab.tabIndex = key === name ? 0 : -1;
  }
  tabs[name].querySelector(".badge").hidden = true;
  if (focus) tabs[name].focus();
  (name === "care" ? care : patient)?.follow("instant");
}

for (const [name, tab] of Object.entries(tabs)) {
  tab.addEventListener("click", () => select(name));
  tab.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") select(name === "care" ? "patient" : "care", true);
  });
}
document.querySelector(".tabs").hidden = care === null;
select("patient");

function mark(name) {
  if (!narrow.matches || shown === name) return;
  const badge = tabs[name].querySelector(".badge");
  badge.textContent = String((badge.hidden ? 0 : Number(badge.textContent)) + 1);
  badge.hidden = false;
}

// The stream.
const of = ({ chat_id: chat }) => panes.find((pane) => pane.chat === chat);
const inform = (told, act) => {
  const pane = of(told);
  pane?.hear(() => act(pane));
};
const heard = {
  hello: async () => {
    offline.hidden = true;
    await Promise.all(panes.map((pane) => pane.load()));
    clock.set((await door.info()).timestamp);
  },
  message: (told) => inform(told, (pane) => pane.receive(told.message)),
  edit: (told) => inform(told, (pane) => pane.change(told.message)),
  delete: (told) => inform(told, (pane) => pane.remove(told.message_id)),
  action: (told) => of(told)?.type(),
  commands: () => Promise.all(panes.map((pane) => pane.loadCommands())),
  clock: (told) => {
    const before = (Date.now() + clock.ahead) / 1000;
    clock.set(told.timestamp);
    const skipped = Math.round(told.timestamp - before);
    if (skipped >= 60) for (const pane of panes) pane.passed(later(skipped));
  },
  chat: async (told) => {
    const pane = of(told);
    if (!pane) return;
    if (told.blocked !== undefined) pane.setBlocked(told.blocked);
    if (told.migrated_to !== undefined) {
      pane.chat = told.migrated_to;
      await pane.load();
    }
  },
  answer: async (told) => {
    const pane = of(told);
    if (!pane) return;
    pane.answered(told.callback_query_id);
    if (!told.text) return;
    if (!told.show_alert) return pane.note(told.text);
    document.querySelector("#alert-text").textContent = told.text;
    await ask(document.querySelector("#alert"));
  },
};
const stream = door.events();
for (const [kind, listen] of Object.entries(heard)) {
  stream.addEventListener(kind, (event) => Promise.resolve(listen(JSON.parse(event.data))).catch((error) => toast(error.message)));
}
stream.addEventListener("error", () => (offline.hidden = false));
if (!narrow.matches) patient.composer.field.focus();
