import { expect, test } from "vitest";
import { collectAnswers } from "../../../cli/init/answers.ts";

const ALL = { cluster: "prod-eu-1", region: "eu-central-1" };

test("flags are asked for no more, and an empty answer is the default", async () => {
  const asked: string[] = [];
  const answers = await collectAnswers(ALL, {}, async (text) => {
    asked.push(text);
    return "";
  });
  expect(answers).toEqual({
    ...ALL,
    stage: "prod",
    access: "eks",
    signing: "secret",
    rules: ["01"],
    image: "",
  });
  expect(asked).toHaveLength(5);
  expect(asked.join()).not.toMatch(/Name of the EKS cluster|Its region/);
});

test("what the kubeconfig knows is the default of its question", async () => {
  const fallbacks: (string | undefined)[] = [];
  const answers = await collectAnswers({}, ALL, async (text, fallback) => {
    fallbacks.push(fallback);
    return text.startsWith("Name of") ? " other " : "";
  });
  expect(fallbacks.slice(0, 2)).toEqual(["prod-eu-1", "eu-central-1"]);
  expect(answers).toMatchObject({ cluster: "other", region: "eu-central-1" });
});

test("everything that is missing or wrong is named at once", async () => {
  const flags = { stage: "Prod 1", access: "vpn" };
  await expect(collectAnswers(flags, {}, undefined)).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: [
      "--cluster is missing",
      "--region is missing",
      "--stage is Prod 1: expected small letters, digits and hyphens",
      "--access is vpn: expected eks, eks-role, kubeconfig, secret, parameter",
    ].join("\n"),
  });
});

test.each([
  ["registry.invalid/relay:0.1.0", /^--image is \S+: the tag belongs into image\.tag/],
  [`registry.invalid/relay@sha256:${"0".repeat(64)}`, /the digest into image\.digest/],
  ["REGISTRY/kubemend-relay", /REGISTRY stands for your registry/],
])("the image %s is refused", async (image, message) => {
  await expect(collectAnswers({ ...ALL, image }, {}, undefined)).rejects.toThrow(message);
});

test("a registry may have a port", async () => {
  const image = "registry.invalid:5000/relay";
  expect(await collectAnswers({ ...ALL, image }, {}, undefined)).toMatchObject({ image });
});
