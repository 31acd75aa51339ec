// api: the REST interface of the controller (/api/v1/openapi.json), with the token of this tab.

const BASE = "/api/v1",
  TOKEN = "wadi-sdn.token";
const ANSWER_MS = 15000,
  STREAM_SILENT_MS = 45000; // the stream has a comment every 15 s

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The controller answers ${status}.`);
    this.status = status;
    this.errors = problem.errors || [];
  }
}

export class Unreachable extends Error {}

export const token = {
  get: () => sessionStorage.getItem(TOKEN) || "",
  set: (value) => sessionStorage.setItem(TOKEN, value),
  forget: () => sessionStorage.removeItem(TOKEN)
};

// A field of HTTP takes visible ASCII.
export const isToken = (value) => /^[\x21-\x7e]+$/.test(value);

async function send(path, options, fields) {
  try {
    return await fetch(BASE + path, {
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      ...options,
      headers: {Authorization: `Bearer ${token.get()}`, ...fields}
    });
  } catch (fault) {
    throw new Unreachable(
      fault.name === "TimeoutError" ? "The controller takes too long to answer." : "The controller does not answer."
    );
  }
}

async function refusal(reply) {
  return new Refused(reply.status, await reply.json().catch(() => ({})));
}

async function answer(reply) {
  if (!reply.ok) throw await refusal(reply);
  try {
    return await reply.json();
  } catch {
    throw new Unreachable("The answer of the controller ends early.");
  }
}

export const get = async (path) => answer(await send(path, {signal: AbortSignal.timeout(ANSWER_MS)}));

export const put = async (path, body) =>
  answer(await send(path, {method: "PUT", body, signal: AbortSignal.timeout(4 * ANSWER_MS)}, {"Content-Type": "application/json"}));

// All pages of a list, up to max rows.
export async function list(name, max) {
  const rows = [];
  let cursor = "";
  do {
    const page = await get(`/${name}?limit=256${cursor && "&cursor=" + encodeURIComponent(cursor)}`);
    rows.push(...page[name]);
    cursor = page.next;
  } while (cursor && rows.length < max);
  return rows;
}

// One message of a stream of events: its lines are "field: value".
function message(block) {
  const of = {event: "message", data: ""};
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue; // a comment
    const name = line.slice(0, at),
      value = line.slice(at + 1).replace(/^ /, "");
    of[name] = name === "data" && of.data ? of.data + "\n" + value : value;
  }
  return of;
}

// Events after the one with the id `last`, until the connection ends or is silent for too long; always throws.
// EventSource cannot send a token.
export async function stream(last, opened, take) {
  const end = new AbortController(),
    reply = await send(
      "/events/stream",
      {signal: end.signal},
      {Accept: "text/event-stream", ...(last ? {"Last-Event-ID": String(last)} : {})}
    );
  if (!reply.ok) throw await refusal(reply);
  opened();
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let timer,
    rest = "";
  try {
    for (;;) {
      timer = setTimeout(() => end.abort(), STREAM_SILENT_MS);
      const {value, done} = await reader.read();
      clearTimeout(timer);
      if (done) break;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const of = message(block);
        if (of.data) take(of.event, JSON.parse(of.data));
      }
    }
  } catch (fault) {
    if (fault instanceof SyntaxError) end.abort();
  } finally {
    clearTimeout(timer);
  }
  throw new Unreachable("The stream of events has ended.");
}
