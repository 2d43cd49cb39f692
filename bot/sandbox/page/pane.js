// One chat on the page: its messages, who is typing, and the place to write.

import { Composer } from "./composer.js";
import * as door from "./door.js";
import { drawIcons, el, icon, toast } from "./dom.js";
import { messageElement } from "./message.js";

const TYPING_SECONDS = 5;
const BURST_SECONDS = 3; // messages this close together are one answer
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class Pane {
  /** `options`: chat, title, state, avatar, group, myId, user, placeholder, fieldId, onUnread. */
  constructor(place, options) {
    Object.assign(this, options);
    const root = document.querySelector("#pane").content.firstElementChild.cloneNode(true);
    this.root = root;
    drawIcons(root);
    place.append(root);
    for (const part of ["messages", "typing", "empty", "scroller", "jump", "closed"]) this[part] = root.querySelector(`.${part}`);
    this.state = root.querySelector(".state");
    root.querySelector("h2").textContent = this.title;
    root.querySelector(".avatar").append(this.avatar);
    this.messages.setAttribute("aria-label", `Messages with ${this.title}`);
    this.known = new Map();
    this.waiting = new Map();
    this.unread = 0;
    this.composer = new Composer(root, this);
    const field = this.composer.field;
    field.id = this.fieldId;
    field.setAttribute("aria-label", `Message to ${this.title}`);
    field.placeholder = this.placeholder;
    this.setState(this.subtitle);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.pinned && this.follow("instant")).observe(this.scroller);
    this.pinned = true;
    this.lastTop = 0;
  }

  /** Fetch everything anew, after the start or a lost connection. What happens meanwhile is held back until it is done. */
  load() {
    this.loading = (this.loading ?? Promise.resolve())
      .catch(() => {})
      .then(async () => {
        this.held = [];
        try {
          await this.fetchAll();
        } finally {
          const held = this.held;
          this.held = null;
          for (const act of held) act();
        }
      });
    return this.loading;
  }

  /** Do what the stream told, now or as soon as the chat is loaded. */
  hear(act) {
    if (this.held) this.held.push(act);
    else act();
  }

  async fetchAll() {
    const [messages, menu, chats] = await Promise.all([door.messages(this.chat), door.commands(this.chat, this.language()), door.chats()]);
    this.composer.setCommands(menu.commands);
    this.description = menu.description;
    this.setBlocked(Boolean(chats.find(({ id }) => id === this.chat)?.blocked));
    this.messages.setAttribute("aria-live", "off");
    this.messages.replaceChildren();
    this.known.clear();
    this.lastDay = this.lastAuthor = null;
    for (const message of messages) this.append(message);
    this.refreshKeyboard();
    this.refreshEmpty();
    this.toEnd("instant");
    requestAnimationFrame(() => this.messages.setAttribute("aria-live", "polite"));
  }

  language() {
    return this.user?.language_code ?? "en";
  }

  async loadCommands() {
    const menu = await door.commands(this.chat, this.language());
    this.composer.setCommands(menu.commands);
    this.description = menu.description;
    this.refreshEmpty();
  }

  mine(message) {
    return !message.from.is_bot && (!this.group || message.from.id === this.myId);
  }

  lastMine() {
    return [...this.known.values()].reverse().find((message) => this.mine(message) && message.text);
  }

  append(message) {
    const today = day.format(message.date * 1000);
    if (today !== this.lastDay) {
      this.messages.append(el("div", { class: "day" }, el("span", {}, today)));
      this.lastDay = today;
      this.lastAuthor = null;
    }
    const element = this.element(message);
    if (this.lastAuthor === message.from.id) element.classList.add("follows");
    this.lastAuthor = message.from.id;
    this.known.set(message.message_id, message);
    this.messages.append(element);
    return element;
  }

  element(message) {
    const on = {
      command: (text) => this.send({ text }),
      press: (pressed, button, node) => this.press(pressed, button, node),
      reply: (answered) => this.composer.reply(answered, this.mine(answered)),
      edit: (edited) => this.composer.edit(edited),
      show: (id) => this.show(id),
    };
    return messageElement(message, { mine: this.mine(message), group: this.group, on });
  }

  find(id) {
    return this.messages.querySelector(`[data-id="${id}"]`);
  }

  /** A message appeared. */
  receive(message) {
    if (this.known.has(message.message_id)) return;
    this.stopTyping();
    const element = this.append(message);
    element.classList.add("new");
    this.refreshKeyboard();
    this.refreshEmpty();
    if (this.mine(message)) return this.toEnd();
    const now = performance.now();
    if (!this.anchor || now - this.arrived > BURST_SECONDS * 1000) this.anchor = element;
    this.arrived = now;
    if (this.pinned) this.follow();
    else this.count(this.unread + 1);
    this.onUnread();
  }

  /** A message changed. */
  change(message) {
    if (!this.known.has(message.message_id)) return;
    this.known.set(message.message_id, message);
    const old = this.find(message.message_id);
    const element = this.element(message);
    if (old.classList.contains("follows")) element.classList.add("follows");
    const focused = old.contains(document.activeElement);
    if (this.anchor === old) this.anchor = element;
    old.replaceWith(element);
    if (focused) (element.querySelector(".inline") ?? this.composer.field).focus({ preventScroll: true });
    if (this.pinned) this.follow();
  }

  remove(id) {
    this.known.delete(id);
    this.find(id)?.remove();
    this.refreshKeyboard();
    this.refreshEmpty();
  }

  /** Time was moved; a line says so. */
  passed(words) {
    if (this.known.size === 0) return;
    if (this.messages.lastElementChild?.classList.contains("passed")) this.messages.lastElementChild.remove();
    this.messages.append(el("div", { class: "day passed" }, el("span", {}, words)));
    this.lastAuthor = null;
    if (this.pinned) this.toEnd();
  }

  type() {
    this.typing.hidden = false;
    this.state.textContent = "typing…";
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => this.stopTyping(), TYPING_SECONDS * 1000);
    if (this.pinned) this.follow();
  }

  stopTyping() {
    clearTimeout(this.typingEnds);
    this.typing.hidden = true;
    this.setState(this.subtitle);
  }

  setState(text) {
    this.subtitle = text;
    this.state.textContent = text;
  }

  /** Send what a person sends; whether it was taken. */
  async send(body) {
    try {
      this.pinned = true;
      await door.say(this.chat, { ...body, user: this.user });
      return true;
    } catch (error) {
      this.note(error.message);
      return false;
    }
  }

  async press(message, button, node) {
    if (!button.callback_data) return;
    node.classList.add("waiting");
    node.setAttribute("aria-busy", "true");
    try {
      const { callback_query_id: query } = await door.press(this.chat, message.message_id, button.callback_data, this.user);
      this.waiting.set(query, node);
      setTimeout(() => this.answered(query), 15000);
    } catch (error) {
      node.classList.remove("waiting");
      this.note(error.message);
    }
  }

  /** A short note over this chat. */
  note(text) {
    toast(text, this.root.querySelector(".notes"));
  }

  /** The bot answered a pressed button, or took too long. */
  answered(query) {
    const node = this.waiting.get(query);
    this.waiting.delete(query);
    node?.classList.remove("waiting");
    node?.removeAttribute("aria-busy");
  }

  show(id) {
    const element = this.find(id);
    if (!element) return;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.classList.remove("flash");
    requestAnimationFrame(() => element.classList.add("flash"));
  }

  refreshKeyboard() {
    let markup = null;
    for (const message of this.known.values()) {
      const brought = message.reply_markup;
      if (brought?.keyboard) markup = brought;
      else if (brought?.remove_keyboard) markup = null;
    }
    if (markup !== this.markup) {
      this.markup = markup;
      this.composer.setKeyboard(markup);
      if (this.pinned) this.follow();
    }
  }

  refreshEmpty() {
    const empty = this.known.size === 0;
    this.empty.hidden = !empty;
    if (!empty) return;
    const words = (!this.group && this.description) || this.emptyWords;
    const start = this.group ? [] : [el("button", { type: "button", class: "wide", on: { click: () => this.send({ text: "/start" }) } }, "Start")];
    this.empty.replaceChildren(el("div", { class: "welcome" }, el("span", { class: "avatar large" }, this.avatar.cloneNode(true)), el("h3", {}, this.title), el("p", {}, words), ...start));
  }

  setBlocked(blocked) {
    this.blocked = blocked;
    this.closed.hidden = !blocked;
    this.composer.form.hidden = blocked;
    const button = this.closed.querySelector("button");
    button.replaceChildren(icon("person"), this.group ? "Let the bot back in" : "Unblock the bot");
    button.onclick = () => door.unblock(this.chat).catch((error) => this.note(error.message));
  }

  // Only a person who scrolls up stops the chat from following; a scroll under way does not.
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const left = scrollHeight - scrollTop - clientHeight;
    if (left < 60) this.pinned = true;
    else if (scrollTop < this.lastTop - 2) this.pinned = false;
    this.lastTop = scrollTop;
    this.jump.hidden = left < 200;
    if (left < 60) this.count(0);
  }

  count(unread) {
    this.unread = unread;
    const badge = this.jump.querySelector(".badge");
    badge.hidden = unread === 0;
    badge.textContent = unread;
  }

  /** Show the newest message, whatever came before it. */
  toEnd(behavior = "smooth") {
    this.anchor = null;
    this.follow(behavior);
  }

  /** Show what is new, from its first line on: an answer longer than the screen is read from its top. */
  follow(behavior = "smooth") {
    this.pinned = true;
    requestAnimationFrame(() => {
      const first = this.anchor?.isConnected ? this.anchor.offsetTop - 12 : Infinity;
      const end = this.scroller.scrollHeight - this.scroller.clientHeight;
      this.scroller.scrollTo({ top: Math.min(end, first), behavior });
    });
    this.count(0);
  }
}
