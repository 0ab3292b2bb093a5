import { describe, expect, it } from "vitest";
import { parseOfflineObjects } from "../../../../cli/simulate/decide/offline-objects.ts";
import { CRON_JOB, WEB } from "./plan-rule.ts";

describe("a file of objects", () => {
  it("is YAML of several documents, or a list", () => {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [WEB, CRON_JOB] });
    expect(parseOfflineObjects(list, "f")).toHaveLength(2);
  });

  it("is refused, with its name, if it has something else", () => {
    expect(() => parseOfflineObjects("a: b", "objects.yaml")).toThrow(
      "objects.yaml: document 1 is no object with apiVersion, kind and metadata.name",
    );
  });
});
