import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFaultProxy, type FaultProxy } from "../../support/network/fault-proxy.ts";

let stack: AsyncDisposableStack;
let proxy: FaultProxy;
let accepted: Socket[];

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  accepted = [];
  // An echo server.
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => {}).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => void server.close());
  stack.defer(() => accepted.forEach((socket) => socket.destroy()));
  proxy = stack.use(await startFaultProxy((server.address() as AddressInfo).port));
});

afterEach(() => stack.disposeAsync());

function open(): { readonly socket: Socket; readonly heard: () => string } {
  let heard = "";
  const socket = connect({ host: "127.0.0.1", port: proxy.port });
  socket.on("error", () => {}).on("data", (chunk) => (heard += chunk.toString()));
  stack.defer(() => void socket.destroy());
  return { socket, heard: () => heard };
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 2_000, interval: 5 }).toBe(true);
}

const soon = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 60));

test("passes bytes both ways", async () => {
  const { socket, heard } = open();
  socket.write("hello");
  await expect.poll(heard).toBe("hello");
});

test("holds back all bytes while it stalls, also on new connections, and passes them on afterwards", async () => {
  const old = open();
  old.socket.write("a");
  await until(() => old.heard() === "a");
  proxy.stall();
  const young = open();
  old.socket.write("b");
  young.socket.write("c");
  await soon();
  expect([old.heard(), young.heard()]).toEqual(["a", ""]);
  proxy.resume();
  await until(() => old.heard() === "ab" && young.heard() === "c");
});

test("cuts after so many bytes from the server", async () => {
  const { socket, heard } = open();
  socket.write("123");
  await until(() => heard() === "123");
  proxy.cut(2);
  socket.write("456");
  await once(socket, "close");
  expect(heard()).toBe("12345");
});

test("freezes the open connections, serves new ones, and closes the frozen ones when it thaws", async () => {
  const old = open();
  old.socket.write("a");
  await until(() => old.heard() === "a");
  proxy.freeze();
  const young = open();
  old.socket.write("b");
  young.socket.write("c");
  await until(() => young.heard() === "c");
  expect(old.heard()).toBe("a");
  proxy.thaw();
  await once(old.socket, "close");
  await until(() => proxy.openCount() === 1);
  expect(old.heard()).toBe("a");
});
