// Small pieces for making elements. Text always goes in as text, never as markup.

/** An element with attributes, listeners (`on: {click: …}`) and children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const PATHS = {
  send: "M3.400 20.400 21 12 3.400 3.600 3.400 10.200 15 12 3.400 13.800z",
  clip: "M16.500 6.500v10a4.500 4.500 0 0 1-9 0V5.800a2.800 2.800 0 0 1 5.600 0v9.700a1.100 1.100 0 0 1-2.200 0V6.500H9.400v9a2.600 2.600 0 0 0 5.200 0V5.800a4.300 4.300 0 0 0-8.600 0v10.700a6 6 0 0 0 12 0v-10z",
  more: "M12 7.500a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600zm0 6.300a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600zm0 6.300a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600z",
  menu: "M4 6.200h16v2H4zm0 4.800h16v2H4zm0 4.800h11v2H4z",
  down: "M12 16.400 4.900 9.300l1.500-1.500 5.600 5.600 5.600-5.600 1.500 1.500z",
  chevron: "M12 15.400 5.900 9.300l1.300-1.300 4.800 4.800 4.800-4.800 1.300 1.300z",
  close: "m6.400 19-1.400-1.400 5.600-5.600L5 6.400 6.400 5l5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600z",
  clock: "M12 2.500a9.500 9.500 0 1 0 0 19 9.500 9.500 0 0 0 0-19zm0 2a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zM11 7v5.500l4.300 2.600 1-1.700-3.300-2V7z",
  reply: "M10 8.500V4.600L3 11.500l7 6.900v-4c5 0 8.500 1.600 11 5.100-1-5-4-10-11-11z",
  edit: "M4 17.200V20h2.800l9-9-2.800-2.800zm14.700-9.300a.9.900 0 0 0 0-1.300l-1.300-1.300a.9.900 0 0 0-1.300 0l-1.600 1.600 2.600 2.600z",
  keys: "M4 5h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zm0 2v10h16V7zm2 2h2.500v2.200H6zm4.800 0h2.400v2.200h-2.400zm4.700 0H18v2.200h-2.500zM6 13h12v2H6z",
  photo: "M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm0 2v9.500l3.500-4 3 3.500 4-5L19 14.500V6zm3.500 4a1.500 1.500 0 1 1 0-3 1.500 1.500 0 0 1 0 3z",
  voice: "M12 14.500a3 3 0 0 0 3-3v-6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm5.300-3a5.300 5.300 0 0 1-10.600 0H5a7 7 0 0 0 6 6.900V21.500h2v-3.100a7 7 0 0 0 6-6.900z",
  place: "M12 2.500a7 7 0 0 0-7 7c0 5.200 7 12 7 12s7-6.800 7-12a7 7 0 0 0-7-7zm0 9.500a2.500 2.500 0 1 1 0-5 2.500 2.500 0 0 1 0 5z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  file: "M6 2.500h8l5 5V20a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 5 20V4a1.500 1.500 0 0 1 1-1.500zM13.500 4v4H17.500z",
  person: "M12 12a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zm0 2c-4 0-8.500 2-8.500 5v2h17v-2c0-3-4.500-5-8.500-5z",
  block: "M12 2.500a9.500 9.500 0 1 0 0 19 9.500 9.500 0 0 0 0-19zm0 2c1.700 0 3.300.600 4.600 1.500L6 16.600A7.500 7.500 0 0 1 12 4.500zm0 15a7.500 7.500 0 0 1-4.600-1.500L18 7.400A7.500 7.500 0 0 1 12 19.500z",
  team: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zm7.500.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM9 13c-3.300 0-6.500 1.600-6.500 4.200V20h13v-2.800C15.500 14.600 12.300 13 9 13zm7.500.500c-.500 0-.900 0-1.300.100 1.500.900 2.300 2.200 2.300 3.600V20h4.500v-2c0-2.800-2.700-4.500-5.500-4.500z",
  signal: "M3 15h3v5H3zm5-3.500h3V20H8zm5-4h3V20h-3zm5-4h3V20h-3z",
  battery: "M3 7h16a2 2 0 0 1 2 2v1.500h1v3h-1V15a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zm.500 2v6H17V9z",
  link: "M9 7H5.500v11.500H17V15h2v4a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 19V6.500A1.500 1.500 0 0 1 5 5h4zm4-3.500h7.500V11h-2V7l-7.300 7.200-1.400-1.400L17 5.500h-4z",
};

/** A drawn icon; says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Draw every icon the markup asks for with data-icon. */
export function drawIcons(root) {
  for (const place of root.querySelectorAll("[data-icon]")) place.prepend(icon(place.dataset.icon));
}

const toasts = document.querySelector(".toasts");

/** A short note that goes by itself; over one chat when that is named. */
export function toast(text, place = toasts) {
  const note = el("div", { class: "toast" }, text);
  place.append(note);
  setTimeout(() => note.remove(), 5000);
}

/** Show a dialog and wait for the button that closed it. */
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

/** A list of choices under a button: arrow keys, Escape, a click elsewhere closes it. */
export function menu(button, list, items) {
  const close = (refocus) => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (refocus) button.focus();
  };
  const open = () => {
    list.replaceChildren(
      ...items().map(([name, label, act]) =>
        el("button", { type: "button", role: "menuitem", on: { click: () => (close(true), act()) } }, icon(name), label),
      ),
    );
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    list.querySelector("button")?.focus();
  };
  button.addEventListener("click", () => (list.hidden ? open() : close(true)));
  list.addEventListener("keydown", (event) => arrows(event, list, () => close(true)));
  document.addEventListener("pointerdown", (event) => {
    if (!list.hidden && !list.contains(event.target) && !button.contains(event.target)) close(false);
  });
  list.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !list.contains(event.relatedTarget) && event.relatedTarget !== button) close(false);
  });
}

/** Move through a list of buttons with the arrow keys; Escape leaves. */
export function arrows(event, list, leave) {
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    buttons.at(to % buttons.length)?.focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    leave();
  }
}
