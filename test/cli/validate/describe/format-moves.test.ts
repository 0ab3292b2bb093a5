import { expect, it } from "vitest";
import { formatMoves } from "../../../../cli/validate/describe/format-moves.ts";

const cluster = { name: "old" };

it("an entry of moves with Roles and bindings says which verbs are missing in the printed rights", () => {
  const resources = ["rolebindings.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io"];
  const text = formatMoves({ cluster, moves: [{ to: ["new"], resources }] }).join("\n");
  expect(text).toContain("or the verb bind there, which --rbac does not print");
  expect(text).toContain("or the verb escalate there, which --rbac does not print");
});

it("an entry of moves with other resources has no such note", () => {
  const moves = [{ to: ["new"], resources: ["configmaps", "roles.x.io"] }];
  expect(formatMoves({ cluster, moves }).join("\n")).not.toContain("Note:");
});
