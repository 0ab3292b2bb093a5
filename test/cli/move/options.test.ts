import { describe, expect, it } from "vitest";
import { moveCommand } from "../../../cli/move/command.ts";
import { listSpecOptions, toMoveSpec, type SpecOptions } from "../../../cli/move/options.ts";

const NONE: SpecOptions = {
  pause: [],
  pauseAnnotation: [],
  block: [],
  removeFinalizer: [],
  remade: [],
  deadline: [],
};
const toSpec = (select: readonly string[], options: Partial<SpecOptions> = {}) =>
  toMoveSpec(select, { ...NONE, ...options }, "uid-of-target");

describe("the arguments of kubemend move", () => {
  it("select objects by name, or all of a resource with labels", () => {
    expect(
      toSpec(["clusters.cluster.x-k8s.io/web"], { namespace: "shop", withOwned: true }),
    ).toEqual({
      target: { uid: "uid-of-target" },
      select: [
        { resource: "clusters.cluster.x-k8s.io", namespace: "shop", name: "web", withOwned: true },
      ],
    });
    expect(toSpec(["configmaps", "secrets"], { selector: "move=yes" }).select).toEqual([
      { resource: "configmaps", labelSelector: "move=yes" },
      { resource: "secrets", labelSelector: "move=yes" },
    ]);
  });

  it("say how, field by field", () => {
    const spec = toSpec(["configmaps"], {
      cluster: "backup-eu",
      pause: ["things.example.com=spec.stop"],
      pauseAnnotation: ["things.example.com=example.com/stop"],
      block: ["example.com/busy"],
      removeFinalizer: ["*"],
      remade: ["pods"],
      leaveOwned: true,
      dropOwners: true,
      leaveData: true,
      createNamespaces: true,
      deadline: ["gone=1h30m", "block=90s"],
    });
    expect(spec).toEqual({
      target: { cluster: "backup-eu", uid: "uid-of-target" },
      select: [{ resource: "configmaps" }],
      pause: [
        { resource: "things.example.com", field: "spec.stop" },
        { resource: "things.example.com", annotation: "example.com/stop" },
      ],
      blocks: ["example.com/busy"],
      removeFinalizers: ["*"],
      remade: ["pods"],
      leaveOwned: true,
      dropOwners: true,
      leaveData: true,
      createNamespaces: true,
      deadlines: { gone: "1h30m", block: "90s" },
    });
  });

  it.each([
    [["a/b/c"], {}, /"a\/b\/c" selects nothing: write RESOURCE\/NAME/],
    [["configmaps/"], {}, /selects nothing/],
    [["configmaps/web"], { selector: "a=b" }, /has a name already/],
    [["configmaps"], { pause: ["spec.paused"] }, /--pause "spec.paused": write RESOURCE=FIELD/],
    [["configmaps"], { deadline: ["gone=soon"] }, /"soon" is not a duration/],
    [["configmaps"], { deadline: ["end=1m"] }, /no step "end": there are block, gone, write/],
  ] as const)("are refused with what is wrong: %j %j", (select, options, message) => {
    expect(() => toSpec(select, options)).toThrow(message);
  });

  it("are listed if they were given, because a Move that has begun keeps them", () => {
    const list = (args: readonly string[], except?: readonly string[]): readonly string[] => {
      const command = moveCommand();
      command.parseOptions(["--from", "old", "--name", "one", ...args]);
      return listSpecOptions(command, except);
    };
    expect(list([])).toEqual([]);
    const added = ["-n", "shop", "--remove-finalizer", "*", "--leave-data"];
    expect(list(added)).toEqual(["--namespace", "--remove-finalizer", "--leave-data"]);
    expect(list(added, ["remove-finalizer"])).toEqual(["--namespace", "--leave-data"]);
  });
});
