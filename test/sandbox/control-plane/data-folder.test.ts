import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  dropOldCertificate,
  writeCredentials,
} from "../../../sandbox/control-plane/credentials.ts";
import {
  createSocketFolder,
  openDataFolder,
  readLastPort,
} from "../../../sandbox/control-plane/data-folder.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const modeOf = (path: string): number => statSync(path).mode & 0o777;

it("keeps secrets and etcd's socket from other users", () => {
  using temporary = temporaryFolder();
  const folder = openDataFolder(join(temporary.path, "data"));
  const credentials = writeCredentials(folder);
  using sockets = createSocketFolder(folder);
  expect(modeOf(folder.root)).toBe(0o700);
  expect(modeOf(sockets.path)).toBe(0o700);
  expect(modeOf(credentials.tokenFile)).toBe(0o600);
  expect(modeOf(credentials.serviceAccountKey)).toBe(0o600);
});

it("puts the socket into another private folder if the path is too long for a socket", () => {
  using temporary = temporaryFolder();
  const folder = openDataFolder(join(temporary.path, "d".repeat(100)));
  const sockets = createSocketFolder(folder);
  expect(sockets.path.length).toBeLessThan(90);
  expect(modeOf(sockets.path)).toBe(0o700);
  sockets[Symbol.dispose]();
  expect(existsSync(sockets.path)).toBe(false);
});

it("creates new tokens at each start and keeps the key that signs ServiceAccount tokens", () => {
  using temporary = temporaryFolder();
  const folder = openDataFolder(temporary.path);
  const first = writeCredentials(folder);
  const keyWrittenAt = statSync(first.serviceAccountKey).mtimeMs;
  const second = writeCredentials(folder);
  const tokens = [first, second].flatMap((credentials) => [
    credentials.adminToken,
    credentials.controllerManagerToken,
    credentials.schedulerToken,
    credentials.kwokToken,
  ]);
  expect(new Set(tokens).size).toBe(8);
  expect(statSync(second.serviceAccountKey).mtimeMs).toBe(keyWrittenAt);
});

it("removes a broken certificate, so that the API server creates a new one", () => {
  using temporary = temporaryFolder();
  const folder = openDataFolder(temporary.path);
  writeFileSync(folder.caFile, "no certificate");
  dropOldCertificate(folder, Date.now());
  expect(existsSync(folder.caFile)).toBe(false);
});

it.each(["", "x", "80", "70000", "1.5"])("ignores a port file that contains %j", (text) => {
  using temporary = temporaryFolder();
  const folder = openDataFolder(temporary.path);
  writeFileSync(folder.port, text);
  expect(readLastPort(folder)).toBeUndefined();
});

it("is refused with one clear message if it cannot be created", () => {
  using temporary = temporaryFolder();
  const file = join(temporary.path, "file");
  writeFileSync(file, "");
  expect(() => openDataFolder(join(file, "data"))).toThrow(
    expect.objectContaining({ code: "StateFolder", message: expect.stringContaining(file) }),
  );
});
