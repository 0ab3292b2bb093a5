import { expect, it } from "vitest";
import { withContexts } from "../../../cli/move/with-contexts.ts";

const CONTEXTS = { from: "old", to: "new", recordNamespace: "kubemend" };
const TEXT = "continue with: kubemend move --resume m; back with: kubemend move --rollback m";

it("the commands of a Move have the contexts of the command that prints them", () => {
  expect(withContexts(TEXT, CONTEXTS)).toBe(
    "continue with: kubemend move --from old --to new --resume m; back with: kubemend move --from old --to new --rollback m",
  );
  expect(withContexts("see: kubemend move --status m", CONTEXTS)).toBe(
    "see: kubemend move --from old --status m",
  );
});

it("they have whatever else it was given, as the shell needs it", () => {
  const contexts = { from: "my old", kubeconfig: "k.yaml", recordNamespace: "team-a" };
  expect(withContexts("kubemend move --resume m", contexts)).toBe(
    "kubemend move --kubeconfig k.yaml --from 'my old' --to CONTEXT --record-namespace team-a --resume m",
  );
});
