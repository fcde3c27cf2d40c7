import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection } from "./connection";
import type { Request } from "./stream";

/** The service's end of a socket, which acknowledges and then says what a test has it say. */
class Socket {
  static readonly CLOSING = 2;
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 1;
  /** Whether it answers a ping: a dead link takes what is sent, and nothing comes back. */
  answers = true;
  /** What is subscribed to on it, by id. */
  readonly followed = new Map<string, { query: string; variables: Record<string, unknown> }>();
  onopen?: () => void;
  onmessage?: ((message: { data: string }) => void) | null;
  onclose?: ((event: CloseEvent) => void) | null;
  onerror?: (() => void) | null;

  constructor() {
    Socket.all.push(this);
    setTimeout(() => this.onopen?.());
  }

  send(text: string): void {
    const { type, id, payload } = JSON.parse(text);
    if (type === "connection_init") setTimeout(() => this.says({ type: "connection_ack" }));
    if (type === "ping" && this.answers) setTimeout(() => this.says({ type: "pong" }));
    if (type === "subscribe") this.followed.set(id, payload);
    if (type === "complete") this.followed.delete(id);
  }

  close(code = 1000): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    setTimeout(() => this.onclose?.({ code, reason: "", wasClean: true } as CloseEvent));
  }

  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  tells(payload: object): void {
    for (const id of this.followed.keys()) this.says({ type: "next", id, payload });
  }

  completes(): void {
    for (const id of [...this.followed.keys()]) {
      this.followed.delete(id);
      this.says({ type: "complete", id });
    }
  }
}

let connection: Connection;
const refused = vi.fn();

beforeEach(async () => {
  vi.useFakeTimers();
  Socket.all = [];
  refused.mockClear();
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("requestAnimationFrame", (work: () => void) => setTimeout(work, 16));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => clearTimeout(id));
  connection = new Connection("ws://service/graphql", { token: async () => "token", refused });
  connection.open();
  await vi.advanceTimersByTimeAsync(10);
});

afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

function request(name: string): Request {
  return { text: `subscription ${name} { … }`, variables: {}, thing: "level" };
}

function open(): Socket[] {
  return Socket.all.filter(({ readyState }) => readyState === Socket.OPEN);
}

function queries(): string[] {
  return open().flatMap(({ followed }) => [...followed.values()].map(({ query }) => query));
}

const event = { type: "CAUGHT_UP", cursor: "1", nodeId: null, level: null };

test("what is followed while a new socket is waited for is subscribed to once, on that one", async () => {
  connection.follow(request("Before"));
  await vi.advanceTimersByTimeAsync(10);
  // Internal server error: graphql-ws takes it for the end.
  open()[0]?.close(4500);
  await vi.advanceTimersByTimeAsync(100);
  connection.follow(request("Meanwhile"));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(open()).toHaveLength(1);
  expect(queries().sort()).toEqual([request("Before").text, request("Meanwhile").text]);
});

test("after the end of a socket the state is told by the one that took its place", async () => {
  connection.follow(request("Stock"));
  open()[0]?.close(4500);
  await vi.advanceTimersByTimeAsync(100);
  expect(connection.state.get().phase).toBe("offline");
  await vi.advanceTimersByTimeAsync(5_000);
  open()[0]?.tells({ data: { stock: event } });
  await vi.advanceTimersByTimeAsync(100);
  expect(connection.state.get().phase).toBe("live");
});

test("a connection that is closed while a new socket is waited for stays closed", async () => {
  open()[0]?.close(4500);
  await vi.advanceTimersByTimeAsync(100);
  connection.close();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(open()).toEqual([]);
});

test("an event with a fault in a part of it is no reason why the stream ended later", async () => {
  const stock = request("Stock");
  connection.follow(stock);
  await vi.advanceTimersByTimeAsync(10);
  const fault = { message: "not yours", extensions: { code: "FORBIDDEN" } };
  open()[0]?.tells({ data: { stock: event }, errors: [fault] });
  open()[0]?.completes();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connection.stream(stock).state.get().failure).toBeNull();
  expect(queries()).toEqual([stock.text]);
});

test("what came in place of an event is told, and where it is final asked for no more", async () => {
  const stock = request("Stock");
  connection.follow(stock);
  await vi.advanceTimersByTimeAsync(10);
  open()[0]?.tells({ data: null, errors: [{ message: "not yours", extensions: { code: "FORBIDDEN" } }] });
  open()[0]?.completes();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connection.stream(stock).state.get().failure).toBe("not yours");
  expect(queries()).toEqual([]);
});

test("an event without its thing is asked for again, from the event before it", async () => {
  const stock = request("Stock");
  connection.follow(stock);
  await vi.advanceTimersByTimeAsync(10);
  const told = (cursor: string, level: object | null) => ({ data: { stock: { type: "CHANGE", cursor, nodeId: "a", level } } });
  open()[0]?.tells(told("1", { version: 1 }));
  open()[0]?.tells({ ...told("2", null), errors: [{ message: "fault", extensions: { code: "INTERNAL" } }] });
  await vi.advanceTimersByTimeAsync(20_000);
  const asked = open().flatMap(({ followed }) => [...followed.values()].map(({ variables }) => variables.after));
  expect(asked).toEqual(["1"]);
  expect(connection.stream(stock).picture.get("a")).toEqual({ version: 1 });
  open()[0]?.tells(told("2", { version: 2 }));
  await vi.advanceTimersByTimeAsync(100);
  expect(connection.stream(stock).picture.get("a")).toEqual({ version: 2 });
  expect(connection.stream(stock).state.get().failure).toBeNull();
});

test("a socket that was cut is asked to go on after the last event that came", async () => {
  connection.follow(request("Stock"));
  await vi.advanceTimersByTimeAsync(10);
  open()[0]?.tells({ data: { stock: { ...event, cursor: "7" } } });
  open()[0]?.close(1001);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(open().flatMap(({ followed }) => [...followed.values()].map(({ variables }) => variables.after))).toEqual(["7"]);
});

test("a stream that was replaced ends at once, and one that others follow goes on", async () => {
  const [former, shared] = [request("Former"), request("Shared")];
  for (const each of [former, shared, shared]) connection.follow(each);
  await vi.advanceTimersByTimeAsync(10);
  for (const each of [former, shared]) connection.release(each);
  for (const each of [former, shared]) connection.forget(each);
  expect(queries()).toEqual([shared.text]);
});

test("a dead link is given up, and another socket takes its place", async () => {
  const [dead] = open();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(open()).toEqual([dead]);
  if (dead) dead.answers = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(open()).toHaveLength(1);
  expect(open()).not.toContain(dead);
  expect(connection.state.get().phase).toBe("live");
});

test("a service that answers and tells nothing is late, since when it is, until it tells something", async () => {
  connection.follow(request("Stock"));
  await vi.advanceTimersByTimeAsync(10);
  open()[0]?.tells({ data: { stock: event } });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(connection.state.get()).toMatchObject({ phase: "live", since: null });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connection.state.get()).toMatchObject({ phase: "late", since: expect.any(Number) });
  open()[0]?.tells({ data: { stock: { ...event, cursor: "2" } } });
  expect(connection.state.get()).toMatchObject({ phase: "live", since: null });
});

test("a stream that nobody follows any more is kept for a while, then ended", async () => {
  const stock = request("Stock");
  connection.follow(stock);
  await vi.advanceTimersByTimeAsync(10);
  connection.release(stock);
  await vi.advanceTimersByTimeAsync(25_000);
  connection.follow(stock);
  connection.release(stock);
  await vi.advanceTimersByTimeAsync(25_000);
  expect(queries()).toEqual([stock.text]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(queries()).toEqual([]);
});

test("a token that the service refuses is told, and no other end of a socket", async () => {
  open()[0]?.close(1001);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(refused).not.toHaveBeenCalled();
  open()[0]?.close(4403);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(refused).toHaveBeenCalledOnce();
  expect(open()).toHaveLength(1);
});

test.each([
  ["how much changed", [], { changes: 1, reset: false }],
  ["that all was read anew", [{ type: "RESET", cursor: "8", nodeId: null, level: null }], { changes: 1, reset: true }],
])("after a cut it is told once all is there: %s", async (_, before, report) => {
  connection.follow(request("Stock"));
  await vi.advanceTimersByTimeAsync(10);
  const change = (cursor: string) => ({ type: "CHANGE", cursor, nodeId: "a", level: { version: Number(cursor) } });
  for (const each of [change("6"), event]) open()[0]?.tells({ data: { stock: each } });
  const cutAt = Date.now();
  open()[0]?.close(1001);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(connection.state.get()).toMatchObject({ phase: "catching up", report: null });
  for (const each of [...before, change("9")]) open()[0]?.tells({ data: { stock: each } });
  expect(connection.state.get().phase).toBe("catching up");
  open()[0]?.tells({ data: { stock: { ...event, cursor: "9" } } });
  expect(connection.state.get()).toEqual({ phase: "live", since: null, report: { cutAt, ...report } });
});
