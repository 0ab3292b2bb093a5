import { describe, expect, it } from "vitest";
import { toUnrecognized, type Finding } from "../../../cli/diff/finding.ts";
import { createDiffReport } from "../../../cli/diff/report.ts";
import type { ShownDifference } from "../../../cli/diff/show-differences.ts";

const COMPARED = {
  from: { name: "prod", uid: "uid-a" },
  to: { name: "backup", uid: "uid-b", cluster: "backup-eu" },
};
const RULE = { id: "mirror-shop", resource: "configmaps" };
const source = { namespace: "shop", name: "settings" };
const copy = { namespace: "shop-dr", name: "settings" };
const MISSING: Finding = { kind: "missing", source, copy };
const DRIFTED: Finding = { kind: "drifted", source, copy: source };

function write(json: boolean, act: (report: ReturnType<typeof createDiffReport>) => void): string {
  let text = "";
  act(createDiffReport({ json }, (part) => void (text += part)));
  return text;
}

const writeFindings = (...found: readonly (readonly [Finding, readonly ShownDifference[]])[]) =>
  write(false, (report) => {
    report.begin(COMPARED);
    report.rule(RULE);
    for (const [finding, differences] of found) report.finding(finding, differences);
    report.endRule({ outcome: "compared", compared: 12 });
    report.end();
  });

describe("the report of a diff for people", () => {
  it("has a line for each object, and one for each field on both sides", () => {
    const fields = [{ path: "data.mode", live: "dark mode", desired: "light" }];
    expect(writeFindings([MISSING, []], [DRIFTED, fields])).toBe(`mirror-shop: configmaps
  missing   shop/settings as shop-dr/settings
  drifted   shop/settings
    - data.mode: "dark mode"
    + data.mode: light
  12 objects: 1 missing, 1 drifted
prod to backup (backup-eu): 12 objects: 1 missing, 1 drifted
`);
  });

  it("says that everything is equal but for what its owner has left out", () => {
    const reason = { code: "OptedOut", message: "its owner says so" };
    const text = writeFindings([{ kind: "untouched", source, copy, reason }, []]);
    expect(text).toContain("  untouched shop/settings as shop-dr/settings: its owner says so\n");
    expect(text).toMatch(/: 12 objects: equal, 1 untouched\n$/);
  });

  it("names something that looks like a copy, without an object of which it is one", () => {
    const text = writeFindings([toUnrecognized(copy), []]);
    expect(text).toContain("  orphan    shop-dr/settings: it does not say of which object");
    expect(text).toMatch(/: 12 objects: 1 orphan\n$/);
  });

  it("says which fields stay as they are, and announces no other value for them", () => {
    const stale: Finding = { kind: "stale", source, copy: source };
    const field = { path: "spec.replicas", live: 3, desired: 0, stays: true } as const;
    const text = writeFindings([stale, [field]]);
    expect(text).toContain("    = spec.replicas: 3 stays, because drift is report\n");
    expect(text).not.toContain("+ spec.replicas");
  });

  it("says that everything is equal", () => {
    expect(writeFindings()).toBe(
      "mirror-shop: configmaps: 12 objects, equal\nprod to backup (backup-eu): 12 objects: equal\n",
    );
  });

  it("names the copy of what has no object, and the reason of what has one", () => {
    const reason = { code: "NotServed", message: "the target does not serve it" };
    const text = writeFindings(
      [{ kind: "orphan", source, copy }, []],
      [{ kind: "refused", source, copy, reason }, []],
    );
    expect(text).toContain("  orphan    shop-dr/settings, the copy of shop/settings\n");
    expect(text).toContain(
      "  refused   shop/settings as shop-dr/settings: the target does not serve it\n",
    );
  });

  it("writes only the end of long texts that begin alike, where they differ", () => {
    const [live, desired] = [`${"x".repeat(300)}old`, `${"x".repeat(300)}new`];
    const text = writeFindings([DRIFTED, [{ path: "data.a", live, desired }]]);
    expect(text).toContain(`- data.a: "…${"x".repeat(20)}old"\n`);
    expect(text).toContain(`+ data.a: "…${"x".repeat(20)}new"\n`);
  });

  it("has no line that a key or a value could forge", () => {
    const evil = "a\n  missing   kube-system/\u001B[31mred";
    const fields = [
      { path: "data.a", live: evil, desired: "b" },
      { path: `spec["${evil}"]`, live: { [evil]: evil } },
    ];
    const text = writeFindings([DRIFTED, fields]);
    expect(text.split("\n").filter((line) => line.startsWith("  missing"))).toEqual([]);
    expect(text).not.toContain("\u001B");
  });

  it("says what cannot be shown", () => {
    const fields: readonly ShownDifference[] = [{ path: "data.password", isHidden: true }];
    expect(writeFindings([DRIFTED, fields])).toContain(
      "      data.password: differs, and is not shown\n",
    );
  });

  it("says why nothing of a rule can be copied, and that this is a difference", () => {
    let isEqual: boolean | undefined;
    const text = write(false, (report) => {
      report.begin(COMPARED);
      report.rule(RULE);
      report.endRule({ outcome: "refused", code: "NotServed", message: "not served there" });
      isEqual = report.end();
    });
    expect(text).toContain("mirror-shop: configmaps: cannot be copied: not served there\n");
    expect(text).toContain("0 objects: 1 rule cannot be copied\n");
    expect(isEqual).toBe(false);
  });
});

describe("the report of a diff for scripts", () => {
  it("is one document", () => {
    const text = write(true, (report) => {
      report.begin(COMPARED);
      report.rule(RULE);
      report.finding(MISSING, []);
      report.finding(DRIFTED, [{ path: "data.a", live: "1", desired: "2" }]);
      report.endRule({ outcome: "compared", compared: 12 });
      report.rule({ id: "other", resource: "jobs.batch" });
      report.endRule({ outcome: "refused", code: "NotServed", message: "not served there" });
      report.end();
    });
    expect(JSON.parse(text)).toEqual({
      ...COMPARED,
      mirrors: [
        {
          rule: "mirror-shop",
          resource: "configmaps",
          differences: [
            { kind: "missing", source: "shop/settings", copy: "shop-dr/settings" },
            {
              kind: "drifted",
              source: "shop/settings",
              copy: "shop/settings",
              fields: [{ path: "data.a", live: "1", desired: "2" }],
            },
          ],
          compared: 12,
        },
        {
          rule: "other",
          resource: "jobs.batch",
          differences: [],
          refused: { code: "NotServed", message: "not served there" },
        },
      ],
      equal: false,
      compared: 12,
      counts: { missing: 1, drifted: 1 },
    });
  });

  it("is a whole document if the diff fails in the middle of a rule, or between two", () => {
    const inRule = write(true, (report) => {
      report.begin(COMPARED);
      report.rule(RULE);
      report.finding(MISSING, []);
      report.fail("no answer");
    });
    expect(JSON.parse(inRule)).toMatchObject({
      error: "no answer",
      mirrors: [{ differences: [{ kind: "missing" }] }],
    });
    const between = write(true, (report) => {
      report.begin(COMPARED);
      report.rule(RULE);
      report.endRule({ outcome: "compared", compared: 1 });
      report.fail("no answer");
    });
    expect(JSON.parse(between)).toMatchObject({ error: "no answer", mirrors: [{ compared: 1 }] });
  });

  it("is nothing if the diff fails before the clusters are known", () => {
    expect(write(true, (report) => report.fail("no answer"))).toBe("");
  });
});
