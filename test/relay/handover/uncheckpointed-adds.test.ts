import { expect, it } from "vitest";
import { UncheckpointedAdds } from "../../../relay/handover/uncheckpointed-adds.ts";

const object = (uid: string, resourceVersion: string) => ({
  namespace: "default",
  name: `name-${uid}`,
  uid,
  resourceVersion,
});

it("names the objects above the checkpoint, and drops the rest", () => {
  const sends = new UncheckpointedAdds();
  for (const version of ["5", "10", "11"]) sends.register("w", object(`u${version}`, version));
  expect(sends.above("other", "")).toEqual([]);
  expect(sends.above("w", "10")).toEqual([object("u11", "11")]);
  expect(sends.above("w", "4")).toEqual([object("u11", "11")]);
});

it("names an object that left and was sent again at its later resourceVersion, and has that written again", () => {
  const sends = new UncheckpointedAdds();
  sends.register("w", object("u", "5"));
  sends.register("w", object("u", "20"));
  // The queue refused it, and it is tried again.
  sends.register("w", object("u", "20"));
  expect(sends.registered()).toBe(2);
  expect(sends.above("w", "10")).toEqual([object("u", "20")]);
});

it("names 500 at most, and others when there is room again", () => {
  const sends = new UncheckpointedAdds();
  for (let index = 1; index <= 501; index += 1)
    sends.register("w", object(`u${index}`, `${index}`));
  expect(sends.registered()).toBe(500);
  expect(sends.above("w", "499")).toHaveLength(1);
  sends.register("w", object("later", "600"));
  expect(sends.above("w", "499")).toHaveLength(2);
});
