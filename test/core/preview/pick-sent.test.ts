import { expect, it } from "vitest";
import { pickSent } from "../../../core/preview/pick-sent.ts";

it("defaults are left out, what admission changed or added to a list is shown", () => {
  const sent = { containers: [{ name: "a", image: "a:1" }], empty: {} };
  const answer = {
    containers: [
      { name: "a", image: "mirror/a:1", terminationMessagePath: "/dev/log" },
      { name: "sidecar", image: "s:1" },
    ],
    dnsPolicy: "ClusterFirst",
  };
  expect(pickSent(answer, sent)).toEqual({
    containers: [
      { name: "a", image: "mirror/a:1" },
      { name: "sidecar", image: "s:1" },
    ],
  });
});
