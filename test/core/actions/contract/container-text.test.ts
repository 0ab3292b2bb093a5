import { describe, expect, it } from "vitest";
import {
  escapeContainerTexts,
  escapeExpansion,
} from "../../../../core/actions/contract/container-text.ts";
import { runAction, toLines, toObject } from "../run-action.ts";

/**
 * The text after a kubelet has expanded its variables, as far as that matters here: `$$` is `$`, and `$(NAME)` the value of the variable.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/third_party/forked/golang/expansion/expand.go
 */
function expand(text: string): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (all) => (all === "$$" ? "$" : "(secret)"));
}

describe("a text of an object in a container", () => {
  it.each(["$(TOKEN)", "$$(TOKEN)", "$$$(TOKEN)", "a$(A)$(B)", "$", "$$", "a$b", "$(", "$($(A))"])(
    "is read by the process as it is: %s",
    (text) => {
      expect(expand(escapeExpansion(text))).toBe(text);
    },
  );

  it.each(["https://example.com/?a=$1", "US$ 5", ""])("is not changed without need: %s", (text) => {
    expect(escapeExpansion(text)).toBe(text);
  });

  it("is escaped wherever the kubelet expands it, and nowhere else", () => {
    const probe = { exec: { command: ["$(A)"] } };
    const pod = (text: string, probed: object) => ({
      containers: [
        {
          name: "$(A)",
          image: "$(A)",
          command: [text],
          args: ["a", text],
          env: [{ name: "$(A)", value: text }],
          volumeMounts: [{ mountPath: "$(A)", subPathExpr: text }],
          livenessProbe: probed,
          lifecycle: { preStop: probe },
        },
      ],
    });
    const escaped = { exec: { command: ["$$(A)"] } };
    const template = { metadata: { annotations: { command: "$(A)" } }, spec: pod("$(A)", probe) };
    expect(escapeContainerTexts(["spec", "template"], template)).toEqual({
      ...template,
      spec: pod("$$(A)", escaped),
    });
    const path = ["spec", "initContainers", { name: "a" }, "args"];
    expect(escapeContainerTexts(path, ["$(A)"])).toEqual(["$$(A)"]);
    expect(escapeContainerTexts(["data", "args"], ["$(A)"])).toEqual(["$(A)"]);
  });
});

const DEPLOYMENT = {
  resource: "deployments.apps",
  object: toObject("apps/v1", "Deployment", {
    spec: { template: { spec: { containers: [{ name: "main", args: ["a"] }] } } },
  }),
  values: { url: "https://evil.example/?t=$(API_TOKEN)" },
};
const MAIN = "spec.template.spec.containers[name=main]";

describe("patch", () => {
  it("writes a value of CEL into a container so that no variable is expanded in it", () => {
    const set = {
      [`${MAIN}.args`]: ["--to", "$(HOST)"],
      [`${MAIN}.env[name=URL].value`]: { cel: "url" },
      "metadata.annotations.url": { cel: "url" },
    };
    const lines = toLines(runAction("patch", { set }, DEPLOYMENT).answer);
    expect(lines).toEqual([
      expect.stringContaining('["--to","$(HOST)"]'),
      expect.stringContaining('"https://evil.example/?t=$$(API_TOKEN)"'),
      expect.stringContaining('"https://evil.example/?t=$(API_TOKEN)"'),
    ]);
  });
});
