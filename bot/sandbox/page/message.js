// One message as an element.

import { file } from "./door.js";
import { el, icon } from "./dom.js";
import { styled } from "./text.js";

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`);

/** Who wrote a message, in words. */
export const author = (message, mine) => (mine ? "You" : message.from.first_name);

/** A few words that stand for a message in a quote. */
export function gist(message) {
  if (message.text ?? message.caption) return (message.text ?? message.caption).replace(/\s+/g, " ").slice(0, 120);
  if (message.photo) return "Photo";
  if (message.voice) return "Voice note";
  if (message.location) return "Location";
  if (message.document) return message.document.file_name ?? "Document";
  if (message.sticker) return `${message.sticker.emoji ?? ""} Sticker`.trim();
  return "Message";
}

/** The element of a message. `on` has command, press, reply, edit and show. */
export function messageElement(message, { mine, group, on }) {
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) {
    return el("article", { class: "service", "data-id": message.message_id }, "This group became a supergroup");
  }
  const time = hour.format(message.date * 1000);
  const bubble = el("div", { class: "bubble" });
  if (group && !mine) bubble.append(el("p", { class: "sender", "aria-hidden": "true" }, message.from.first_name));
  if (message.reply_to_message) bubble.append(quote(message.reply_to_message, on));
  const media = attachment(message);
  if (media) bubble.append(media);
  const text = message.text ?? message.caption;
  if (text) bubble.append(el("div", { class: "text", dir: "auto" }, styled(text, message.entities ?? message.caption_entities, on.command)));
  bubble.append(el("span", { class: "meta" }, message.edit_date ? "edited " : "", time));
  if (media && !text) bubble.classList.add("only-media");
  const rows = message.reply_markup?.inline_keyboard;
  const article = el(
    "article",
    { class: `message ${mine ? "mine" : "theirs"}`, "data-id": message.message_id },
    el("span", { class: "sr" }, `${author(message, mine)}: `),
    el("div", { class: "body" }, bubble, rows ? buttons(message, rows, on) : null, tools(message, mine, on)),
  );
  bubble.addEventListener("click", (event) => event.target.closest("a, button, summary") ?? article.classList.toggle("picked"));
  return article;
}

function tools(message, mine, on) {
  const made = [el("button", { type: "button", class: "tool", "aria-label": "Reply to this message", on: { click: () => on.reply(message) } }, icon("reply"))];
  if (mine && message.text) {
    made.push(el("button", { type: "button", class: "tool", "aria-label": "Edit this message", on: { click: () => on.edit(message) } }, icon("edit")));
  }
  return el("div", { class: "tools" }, made);
}

function quote(quoted, on) {
  return el(
    "button",
    { type: "button", class: "quoted", on: { click: () => on.show(quoted.message_id) } },
    el("span", { class: "sr" }, "In reply to "),
    el("strong", {}, quoted.from.first_name),
    el("span", {}, gist(quoted)),
  );
}

function buttons(message, rows, on) {
  const made = rows.map((row) =>
    el(
      "div",
      { class: "button-row" },
      row.map((button) => {
        if (button.url) {
          const web = /^https?:/i.test(button.url);
          return el("a", { class: "inline", href: web ? button.url : null, target: "_blank", rel: "noopener noreferrer" }, button.text, icon("link"));
        }
        const press = (event) => on.press(message, button, event.currentTarget);
        return el("button", { type: "button", class: "inline", on: { click: press } }, button.text);
      }),
    ),
  );
  return el("div", { class: "inline-keyboard", role: "group", "aria-label": "Buttons" }, made);
}

function attachment(message) {
  if (message.photo) {
    const photo = message.photo.at(-1);
    if (photo.width < 8) return el("div", { class: "stand-in" }, icon("photo"), "Photo");
    return el("img", { class: "photo", src: file(photo.file_id), width: photo.width, height: photo.height, alt: message.caption ?? "Photo", loading: "lazy" });
  }
  if (message.voice) {
    const bars = [5, 9, 14, 8, 12, 17, 10, 6, 13, 18, 11, 7, 12, 16, 9, 5, 8, 12, 6, 4].map((height) => el("i", { class: `bar b${height}` }));
    return el("div", { class: "voice" }, el("span", { class: "disc" }, icon("voice")), el("span", { class: "wave", "aria-hidden": "true" }, bars), el("span", {}, "Voice note, 0:03"));
  }
  if (message.document) {
    const { document: made } = message;
    return el(
      "a",
      { class: "document", href: file(made.file_id), download: made.file_name ?? "file" },
      el("span", { class: "disc" }, icon("file")),
      el("span", {}, el("strong", {}, made.file_name ?? "Document"), el("small", {}, `${size(made.file_size ?? 0)} · save`)),
    );
  }
  if (message.location) {
    const { latitude, longitude } = message.location;
    return el("div", { class: "map" }, el("span", { class: "pin" }, icon("place")), el("span", {}, `Location ${latitude.toFixed(2)}, ${longitude.toFixed(2)}`));
  }
  if (message.sticker) return el("div", { class: "sticker", role: "img", "aria-label": `Sticker ${message.sticker.emoji ?? ""}` }, message.sticker.emoji ?? "");
  if (message.contact) return el("div", { class: "stand-in" }, icon("person"), `${message.contact.first_name} · ${message.contact.phone_number}`);
  return null;
}
