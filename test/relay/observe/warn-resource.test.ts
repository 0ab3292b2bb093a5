import { expect, it } from "vitest";
import { warnAbsent, warnUnordered } from "../../../relay/observe/warn-resource.ts";
import { createLineLogger } from "./log-lines.ts";

const BACKUPS = {
  group: "storage.example.com",
  version: "v1",
  resource: "backups",
  kind: "Backup",
  namespaced: true,
};

it("a resource that the cluster does not serve is named, with the one that was probably meant", () => {
  const { log, lines } = createLineLogger();
  warnAbsent(log, { key: "job-1", name: "job.batch", meant: "jobs.batch" });
  warnAbsent(log, { key: "backups-1", name: "backups.storage.example.com", meant: undefined });
  expect(lines).toMatchObject([
    { level: "warn", watch: "job-1", msg: expect.stringContaining("(did you mean jobs.batch?)") },
    { level: "warn", watch: "backups-1", msg: expect.not.stringContaining("did you mean") },
  ]);
});

it("a resource of an aggregated API is worth a line, and no warning", () => {
  const { log, lines } = createLineLogger();
  warnUnordered(log, BACKUPS, { origin: "aggregated" });
  expect(lines).toMatchObject([
    { level: "info", msg: expect.stringContaining("served by an aggregated API") },
  ]);
});

it("if it is not known whether a resource is a custom one, the missing right is named", () => {
  const { log, lines } = createLineLogger();
  warnUnordered(log, BACKUPS, { origin: "unknown", reason: "403" });
  expect(lines).toMatchObject([
    {
      level: "warn",
      resource: "backups.storage.example.com",
      msg: expect.stringContaining('resourceNames: ["backups.storage.example.com"]'),
    },
  ]);
});
