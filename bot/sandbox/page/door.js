// The sandbox's door for people, as functions. Each one throws an Error with a plain sentence when it is refused.

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(`/sandbox${path}`, options);
  } catch {
    throw new Error("The demo does not answer.");
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `The demo answered ${answer.status}.`);
  return body;
}

const post = (path, body = {}) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const info = () => request("/info");
export const chats = () => request("/chats");
export const messages = (chat) => request(`/chats/${chat}/messages`);
export const commands = (chat, language) => request(`/chats/${chat}/commands?language=${encodeURIComponent(language)}`);
export const say = (chat, body) => post(`/chats/${chat}/messages`, body);
export const press = (chat, message, data, user) => post(`/chats/${chat}/callbacks`, { message_id: message, data, user });
export const block = (chat) => post(`/chats/${chat}/block`);
export const unblock = (chat) => post(`/chats/${chat}/unblock`);
export const advance = (seconds) => post("/clock", { advance: seconds });
export const file = (id) => `/sandbox/files/${encodeURIComponent(id)}`;
export const events = () => new EventSource("/sandbox/events");
