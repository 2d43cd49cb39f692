// Telegram's text and entities, as elements. Offsets are UTF-16 units, which is how JavaScript counts too.

import { el } from "./dom.js";

const SIMPLE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote" };

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** The nodes of a styled text. `onCommand` is called with a command the person taps. */
export function styled(text, entities = [], onCommand = () => {}) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, 0, text.length, ordered, onCommand);
}

function build(text, from, to, entities, onCommand) {
  const nodes = [];
  let at = from;
  for (let index = 0; index < entities.length; ) {
    const entity = entities[index];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    let next = index + 1;
    while (next < entities.length && entities[next].offset < end) next += 1;
    const block = BLOCKS.has(entity.type);
    if (start > at) nodes.push(block ? text.slice(at, start).replace(/\n$/, "") : text.slice(at, start));
    if (end > start) {
      const inside = build(text, start, end, entities.slice(index + 1, next), onCommand);
      nodes.push(wrap(entity, text.slice(start, end), inside, onCommand));
    }
    at = Math.max(at, end);
    if (block && at < to && text[at] === "\n") at += 1;
    index = next;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

function wrap(entity, plain, inside, onCommand) {
  const tag = SIMPLE[entity.type];
  if (tag) return el(tag, {}, inside);
  switch (entity.type) {
    case "text_link":
      return link(entity.url, inside);
    case "url":
      return link(/^[a-z]+:/i.test(plain) ? plain : `https://${plain}`, inside);
    case "email":
      return link(`mailto:${plain}`, inside);
    case "phone_number":
      return link(`tel:${plain.replace(/[^\d+]/g, "")}`, inside);
    case "bot_command":
      return el("button", { type: "button", class: "command", on: { click: () => onCommand(plain) } }, inside);
    case "expandable_blockquote":
      return el("details", { class: "quote" }, el("summary", {}, "Show more"), el("blockquote", {}, inside));
    case "spoiler": {
      const cover = el("button", { type: "button", class: "spoiler", "aria-label": "Hidden text. Show it." }, inside);
      cover.addEventListener("click", () => cover.replaceWith(...cover.childNodes), { once: true });
      return cover;
    }
    default:
      return el("span", { class: entity.type }, inside);
  }
}

function link(address, inside) {
  if (!/^(https?|mailto|tel):/i.test(address)) return el("span", {}, inside);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, inside);
}
