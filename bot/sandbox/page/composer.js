// Where a person writes: the text field, the commands, the attachments, the keyboard of answers, replying and editing.

import { arrows, ask, el, icon, menu } from "./dom.js";
import { author, gist } from "./message.js";

const PLACES = [
  ["London", 51.5074, -0.1278], ["Berlin", 52.52, 13.405], ["Lagos", 6.5244, 3.3792], ["Nairobi", -1.2921, 36.8219],
  ["Kolkata", 22.5726, 88.3639], ["Sydney", -33.8688, 151.2093], ["New York", 40.7128, -74.006], ["São Paulo", -23.5505, -46.6333],
];
const touch = matchMedia("(hover: none) and (pointer: coarse)");

export class Composer {
  /** `pane` sends what is written here: pane.send(body). */
  constructor(root, pane) {
    this.root = root;
    this.pane = pane;
    this.form = root.querySelector(".composer");
    this.field = root.querySelector("textarea");
    this.list = root.querySelector(".commands");
    this.toggle = root.querySelector(".commands-toggle");
    this.keys = root.querySelector(".keys");
    this.keysToggle = root.querySelector(".keys-toggle");
    this.context = root.querySelector(".context");
    this.commands = [];
    this.replying = null;
    this.editing = null;
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => (this.fit(), this.suggest()));
    this.toggle.addEventListener("click", () => (this.list.hidden ? this.showCommands(this.commands, true) : this.hideCommands()));
    this.list.addEventListener("keydown", (event) => arrows(event, this.list, () => (this.hideCommands(), this.field.focus())));
    this.keysToggle.addEventListener("click", () => (this.keys.hidden = !this.keys.hidden));
    this.context.querySelector("button").addEventListener("click", () => this.release());
    document.addEventListener("pointerdown", (event) => {
      if (!this.list.contains(event.target) && !this.toggle.contains(event.target)) this.hideCommands();
    });
    menu(root.querySelector(".attach"), root.querySelector(".attachments"), () => [
      ["photo", "Photo", () => this.pane.send({ photo: true, caption: this.take() })],
      ["voice", "Voice note", () => this.pane.send({ voice: true })],
      ["place", "Location", () => this.place()],
      ["file", "Document", () => this.pane.send({ document: true, caption: this.take() })],
    ]);
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch.matches) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      if (!this.list.hidden) this.hideCommands();
      else this.release();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      const last = this.pane.lastMine();
      if (last) {
        event.preventDefault();
        this.edit(last);
      }
    } else if (event.key === "ArrowDown" && !this.list.hidden) {
      event.preventDefault();
      this.list.querySelector("button")?.focus();
    }
  }

  take() {
    const text = this.field.value;
    this.field.value = "";
    this.fit();
    return text;
  }

  async submit() {
    const text = this.field.value;
    if (!text.trim()) return;
    const body = { text };
    if (this.editing) body.edit_message_id = this.editing.message_id;
    else if (this.replying) body.reply_to_message_id = this.replying.message_id;
    this.hideCommands();
    if (await this.pane.send(body)) {
      this.take();
      this.release();
    }
    this.field.focus();
  }

  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 140)}px`;
    this.form.classList.toggle("written", Boolean(this.field.value.trim()));
  }

  reply(message, mine) {
    this.release();
    this.replying = message;
    this.showContext("reply", `Reply to ${author(message, mine)}`, message);
  }

  edit(message) {
    this.release();
    this.editing = message;
    this.field.value = message.text;
    this.fit();
    this.showContext("edit", "Edit message", message);
  }

  showContext(name, title, message) {
    this.context.querySelector(".context-icon").replaceChildren(icon(name));
    this.context.querySelector("strong").textContent = title;
    this.context.querySelector("p").textContent = gist(message);
    this.context.hidden = false;
    this.field.focus();
  }

  release() {
    if (this.editing) this.take();
    this.replying = this.editing = null;
    this.context.hidden = true;
  }

  setCommands(commands) {
    this.commands = commands;
    this.toggle.hidden = commands.length === 0;
  }

  suggest() {
    const typed = /^\/(\w*)$/.exec(this.field.value);
    const fitting = typed ? this.commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : [];
    if (fitting.length) this.showCommands(fitting, false);
    else this.hideCommands();
  }

  showCommands(commands, focus) {
    const made = commands.map(({ command, description }) =>
      el("button", { type: "button", role: "menuitem", on: { click: () => this.choose(command) } }, el("strong", {}, `/${command}`), el("span", {}, description)),
    );
    this.list.replaceChildren(...made);
    this.list.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    if (focus) made[0]?.focus();
  }

  hideCommands() {
    this.list.hidden = true;
    this.toggle.setAttribute("aria-expanded", "false");
  }

  choose(command) {
    this.hideCommands();
    this.take();
    this.pane.send({ text: `/${command}` });
    this.field.focus();
  }

  /** Show the keyboard a message brought, or take it away (null). */
  setKeyboard(markup) {
    const rows = markup?.keyboard ?? [];
    this.keys.replaceChildren(...rows.map((row) => el("div", { class: "button-row" }, row.map((button) => this.keyButton(button, markup)))));
    this.keys.hidden = rows.length === 0;
    this.keysToggle.hidden = rows.length === 0;
    this.field.placeholder = markup?.input_field_placeholder || this.pane.placeholder;
  }

  keyButton(button, markup) {
    const tap = async () => {
      if (markup.one_time_keyboard) this.keys.hidden = true;
      if (button.request_location) await this.place();
      else if (button.request_contact) await this.pane.send({ contact: { phone_number: "+15550100", first_name: this.pane.user?.first_name ?? "Sam" } });
      else await this.pane.send({ text: button.text });
    };
    return el("button", { type: "button", class: "key", on: { click: tap } }, button.text);
  }

  async place() {
    const dialog = document.querySelector("#place");
    dialog.querySelector(".places").replaceChildren(...PLACES.map(([name], index) => el("button", { value: String(index) }, icon("place"), name)));
    const chosen = PLACES[await ask(dialog)];
    if (chosen) await this.pane.send({ location: { latitude: chosen[1], longitude: chosen[2] } });
  }
}
