import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Registry, Counter } from "prom-client";
import { expect, it } from "vitest";
import { serveHealth, type Readiness } from "../../../relay/observe/health-server.ts";

const HOST = { host: "127.0.0.1", port: 0 };

it("is ready when every watch is, names those that are not, and is alive all the time", async () => {
  const watches: Readiness[] = [
    { watch: "pods-1", state: "starting", ready: false },
    { watch: "jobs-2", state: "absent", ready: true },
  ];
  await using operations = await serveHealth(HOST, {
    registry: new Registry(),
    readiness: () => watches,
  });
  const get = (path: string) => fetch(`http://127.0.0.1:${operations.port}${path}`);
  const waiting = await get("/readyz?verbose");
  expect([waiting.status, await waiting.text()]).toEqual([503, "not ready:\npods-1: starting\n"]);
  expect((await get("/healthz")).status).toBe(200);
  watches[0] = { watch: "pods-1", state: "watching", ready: true };
  expect((await get("/readyz")).status).toBe(200);
  expect((await get("/other")).status).toBe(404);
});

it("serves the metrics with their help texts", async () => {
  const registry = new Registry();
  new Counter({ name: "things_total", help: "Things.", registers: [registry] }).inc(3);
  await using operations = await serveHealth(HOST, { registry, readiness: () => [] });
  const text = await (await fetch(`http://127.0.0.1:${operations.port}/metrics`)).text();
  expect(text).toContain("# HELP things_total Things.");
  expect(text).toContain("things_total 3");
});

it("reports that its address is in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(
    serveHealth({ host: "127.0.0.1", port }, { registry: new Registry(), readiness: () => [] }),
  ).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: expect.stringContaining(`--listen 127.0.0.1:${port}`),
  });
  other.close();
});
