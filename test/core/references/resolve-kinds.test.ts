import { describe, expect, test } from "vitest";
import { EVENT, resolveToLine } from "./resolve-to-line.ts";
import { toExtra } from "./served.ts";

describe("rule 3: one candidate per group", () => {
  const served = toExtra(
    "a.io/v2 Thing things",
    "a.io/v1 Thing things",
    "a.io/v1 Old olds",
    "a.io/v1beta1 Old olds",
  );

  test("the preferred version that has the kind, else the next listed", () => {
    expect(resolveToLine({ kind: "Thing", name: "a" }, { served })).toContain("a.io/v2 Thing");
    expect(resolveToLine({ kind: "Old", name: "a" }, { served })).toContain("a.io/v1 Old");
  });

  test("several groups are ambiguous, also when only the case is wrong, also by resource", () => {
    const two = toExtra("security.io/v1 NetworkPolicy networkpolicies");
    for (const kind of ["NetworkPolicy", "networkpolicy", "networkpolicies"]) {
      expect(resolveToLine({ kind, name: "a" }, { served: two })).toBe(
        "ambiguous networking.k8s.io/v1 security.io/v1",
      );
    }
  });

  test("two kinds of one group that differ only in case are ambiguous in a third spelling", () => {
    const twins = toExtra("a.io/v1 FooBar foobars", "a.io/v1 Foobar foobarz");
    expect(resolveToLine({ kind: "FOOBAR", name: "a" }, { served: twins })).toBe(
      "ambiguous a.io/v1",
    );
    expect(resolveToLine({ kind: "Foobar", name: "a" }, { served: twins })).toContain("foobarz");
  });

  test("Events have one storage: core, unless the carrier is of events.k8s.io", () => {
    expect(resolveToLine({ kind: "Event", name: "a" })).toBe("v1 Event events team/a discovery");
    expect(resolveToLine({ kind: "events", name: "a" })).toBe("v1 Event events team/a discovery");
    const carrier = { ...EVENT, apiVersion: "events.k8s.io/v1" };
    expect(resolveToLine({ kind: "Event", name: "a" }, { carrier, field: "regarding" })).toContain(
      "events.k8s.io/v1 Event",
    );
  });

  test("a third group with a kind Event is a second candidate", () => {
    const third = toExtra("argo.io/v1 Event events");
    expect(resolveToLine({ kind: "Event", name: "a" }, { served: third })).toBe(
      "ambiguous argo.io/v1 v1",
    );
  });
});

describe("rule 5: kinds", () => {
  test.each(["PodList", "List", "po", "svc", "deploy", "Pod.v1", "pods/log", "ｐod"])(
    "%s names nothing",
    (kind) => {
      expect(resolveToLine({ kind, name: "a" })).toBe("unknown-kind");
    },
  );

  test("a character that only Unicode lower-cases to ASCII names nothing", () => {
    const served = toExtra("a.io/v1 Kind kinds");
    expect(resolveToLine({ kind: "\u212Aind", name: "a" }, { served })).toBe("unknown-kind");
  });

  test("the named group is asked first, for every spelling", () => {
    const served = toExtra("a.io/v1 Objectstore objectstores", "b.io/v1 ObjectStore objectstores");
    expect(
      resolveToLine({ apiVersion: "a.io/v1", kind: "ObjectStore", name: "a" }, { served }),
    ).toBe("a.io/v1 Objectstore objectstores team/a discovery");
  });

  test("resource may replace kind, as a resource name before any kind of that name", () => {
    const served = toExtra("evil.io/v1 pods podses");
    expect(resolveToLine({ resource: "pods", name: "a" }, { served })).toBe(
      "v1 Pod pods team/a discovery",
    );
    expect(resolveToLine({ kind: "", resource: "pods", name: "a" })).toBe(
      "v1 Pod pods team/a discovery",
    );
  });

  test("kind and resource must mean one type", () => {
    expect(resolveToLine({ kind: "Pod", resource: "pods", apiVersion: "v1", name: "a" })).toContain(
      "explicit",
    );
    expect(resolveToLine({ kind: "Pod", resource: "secrets", name: "a" })).toBe("contradiction");
  });
});
