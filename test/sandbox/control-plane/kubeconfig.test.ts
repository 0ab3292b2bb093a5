import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

it("is readable for its owner only, complete, and replaced atomically", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "kubeconfig");
  const token = "t".repeat(900);
  const entry = { server: "https://127.0.0.1:1", ca: "PEM", token, user: "admin" };
  writeKubeconfig(path, { ...entry, namespace: "demo" });
  writeKubeconfig(path, entry);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path)).toEqual(["kubeconfig"]);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(`"token": "${token}"`);
  expect(parse(text)).toMatchObject({
    kind: "Config",
    clusters: [{ cluster: { server: entry.server, "certificate-authority-data": btoa("PEM") } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ context: { user: "admin" } }],
  });
});
