import { expect, it } from "vitest";
import { withBuildNotes } from "../../../cli/sandbox/build-notes.ts";

function show(...texts: readonly string[]): {
  readonly transient: readonly string[];
  readonly kept: readonly string[];
} {
  const transient: string[] = [];
  const kept: string[] = [];
  const report = withBuildNotes(
    (text) => transient.push(text),
    (text) => kept.push(text),
  );
  for (const text of texts) report(text);
  return { transient, kept };
}

it("says once while the control plane is built what can be done meanwhile", () => {
  const { transient, kept } = show("checking Go", "building etcd, 1 s", "building etcd, 2 s");
  expect(kept).toEqual([expect.stringContaining("npx kubemend start --context NAME")]);
  expect(transient).toEqual(["checking Go", "building etcd, 1 s", "building etcd, 2 s"]);
});

it("keeps the line that names the programs which were found, and shows it once", () => {
  const line = "using etcd 3.6.8 from /usr/bin";
  expect(show(line, line)).toEqual({ transient: [], kept: [`${line}\n`] });
});
