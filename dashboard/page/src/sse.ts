// Server-sent events by fetch. EventSource hides the comments that say that the line is alive, and the status that says
// why there is none: after a power cut at a switch it waits for ever, and a session that is over looks like a bad line.

export interface Message { event: string; data: string }

/** Takes the text as it comes, in pieces, and gives the messages (HTML, 9.2.6). */
export function parser(take: (message: Message) => void): (piece: string) => void {
  let rest = "", event = "", data: string[] = [];
  const line = (text: string): void => {
    if (text === "") {
      if (data.length > 0) take({ event: event || "message", data: data.join("\n") });
      event = "";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  };
  return (piece) => {
    rest += piece;
    // A CR at the end may be half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}

/** Why it ended: HTTP's status; 0 where there was no answer or the line broke; 200 where the server ended it. */
export type End = number;

/** A comment comes every 15 s. */
const silenceMs = 45000;

async function read(path: string, abort: AbortController, take: (message: Message) => void, onAlive: () => void): Promise<End> {
  let timer = 0;
  const alive = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => abort.abort(), silenceMs);
  };
  try {
    alive();
    const response = await fetch(path, { headers: { Accept: "text/event-stream" }, credentials: "same-origin", cache: "no-store", signal: abort.signal });
    if (!response.ok || !response.body) return response.ok ? 0 : response.status;
    const feed = parser(take), decoder = new TextDecoder(), reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return 200;
      alive();
      onAlive();
      feed(decoder.decode(value, { stream: true }));
    }
  } catch {
    return 0;
  } finally {
    window.clearTimeout(timer);
    abort.abort();
  }
}

/** Listens until it ends, or until the function it returns is called: then nothing more is told. */
export function listen(path: string, take: (message: Message) => void, onAlive: () => void, onEnd: (end: End) => void): () => void {
  const abort = new AbortController();
  let isWanted = true;
  void read(path, abort, (message) => { if (isWanted) take(message); }, () => { if (isWanted) onAlive(); })
    .then((end) => { if (isWanted) onEnd(end); });
  return () => {
    isWanted = false;
    abort.abort();
  };
}
