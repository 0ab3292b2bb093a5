import { describe, expect, it } from "vitest";
import type { ReadAws } from "../../../cli/doctor/aws.ts";
import { checkClusterSettings } from "../../../cli/doctor/check-cluster-settings.ts";
import { checkRelayQueue, checkSigningKeys } from "../../../cli/doctor/check-relay-settings.ts";
import { ok, refuse } from "../../../core/result.ts";
import {
  createScriptedClient,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";

const signal = AbortSignal.timeout(60_000);
const ROLE = "arn:aws:iam::1:role/relay";
const STAGE = {
  clusterName: "shop",
  clusterEndpoint: "https://shop.invalid/",
  namespace: "kubemend",
  serviceAccount: "kubemend-relay",
  oidcProvider: undefined,
};
const GONE = refuse({ isDenied: false, reason: "ResourceNotFoundException" });
const DENIED = refuse({ isDenied: true, reason: "AccessDenied" });

type Answer = Awaited<ReturnType<ReadAws>>;

const RIGHT: Readonly<Record<string, Answer>> = {
  "describe-cluster": ok({
    cluster: { endpoint: "https://shop.invalid", accessConfig: { authenticationMode: "API" } },
  }),
  "list-pod-identity-associations": ok({ associations: [{ associationId: "a-1" }] }),
  "describe-pod-identity-association": ok({ association: { roleArn: ROLE } }),
  "describe-addon": ok({ addon: { status: "ACTIVE" } }),
};

function toCluster(fields: object): Answer {
  const cluster = {
    endpoint: "https://shop.invalid",
    accessConfig: { authenticationMode: "API" },
    ...fields,
  };
  return ok({ cluster });
}

describe("the cluster in AWS", () => {
  const check = (changed: Readonly<Record<string, Answer>>, stage: object = {}) => {
    const answers = { ...RIGHT, ...changed };
    const aws: ReadAws = async ([, verb = ""]) => answers[verb] ?? GONE;
    return checkClusterSettings(aws, { ...STAGE, ...stage }, async () => ROLE)(signal);
  };

  it("passes as deploy leaves it", async () => {
    expect(await check({})).toMatchObject([
      { check: "AWS account", outcome: "ok" },
      { check: "access entries", outcome: "ok" },
      { check: "relay's AWS identity", outcome: "ok" },
    ]);
  });

  it.each<[string, Readonly<Record<string, Answer>>, string]>([
    [
      "is another one",
      { "describe-cluster": toCluster({ endpoint: "https://other.invalid" }) },
      "its cluster of this name is https://other.invalid, and KUBEMEND_EKS_ENDPOINT is https://shop.invalid",
    ],
    ["is not there", { "describe-cluster": GONE }, "ResourceNotFoundException"],
    [
      "takes no access entries",
      { "describe-cluster": toCluster({ accessConfig: { authenticationMode: "CONFIG_MAP" } }) },
      "the cluster takes none: its authentication mode is CONFIG_MAP",
    ],
    [
      "has no association for the relay",
      { "list-pod-identity-associations": ok({ associations: [] }) },
      "kubemend/kubemend-relay has no association",
    ],
    [
      "gives the relay another role",
      { "describe-pod-identity-association": ok({ association: { roleArn: "other" } }) },
      `the association is of other instead of ${ROLE}`,
    ],
    [
      "has no agent",
      { "describe-addon": GONE },
      "the cluster has no add-on eks-pod-identity-agent, without which Pods get no role",
    ],
    [
      "has a broken agent",
      { "describe-addon": ok({ addon: { status: "DEGRADED" } }) },
      "the add-on eks-pod-identity-agent is DEGRADED",
    ],
  ])("fails if it %s", async (_, changed, message) => {
    const findings = await check(changed);
    expect(findings.filter(({ outcome }) => outcome === "failed")).toMatchObject([
      { message, fix: expect.any(String) as string },
    ]);
  });

  it("needs no add-on in Auto Mode, which has the agent built in", async () => {
    const auto = toCluster({ computeConfig: { enabled: true } });
    const [, , identity] = await check({ "describe-cluster": auto, "describe-addon": GONE });
    expect(identity).toMatchObject({ outcome: "ok" });
  });

  it("is not asked for an association with IRSA", async () => {
    const findings = await check({}, { oidcProvider: "oidc.invalid/id/1" });
    expect(findings.map(({ check: name }) => name)).toEqual(["AWS account", "access entries"]);
  });

  it.each(["describe-cluster", "list-pod-identity-associations", "describe-addon"])(
    "says nothing of what the user may not ask: %s",
    async (verb) => {
      const findings = await check({ [verb]: DENIED });
      expect(findings.at(-1)).toMatchObject({ outcome: "skipped", message: "AccessDenied" });
    },
  );
});

describe("the queue of the relay", () => {
  const url = "https://sqs.eu-central-1.amazonaws.com/1/kubemend-prod-changes.fifo";
  const env = [{ name: "KUBEMEND_CHANGES_QUEUE_URL", value: url }];
  const relay = { spec: { template: { spec: { containers: [{ env }] } } } };
  const check = (answer: ScriptedAnswer, wanted: string | undefined) => {
    const { client } = createScriptedClient(() => answer);
    return checkRelayQueue(client, "kubemend", async () => wanted)(signal);
  };

  it.each([
    [relay, url, "ok", "it sends to that of the stack"],
    [
      relay,
      "https://other.invalid",
      "failed",
      `it sends to ${url} instead of https://other.invalid`,
    ],
    [{}, url, "failed", `it sends to none instead of ${url}`],
    [relay, undefined, "skipped", "the queue of the stack is not known here"],
  ])("of %j is compared with %s: %s", async (body, wanted, outcome, message) => {
    expect(await check({ body }, wanted)).toMatchObject([{ outcome, message }]);
  });
});

describe("the signing keys", () => {
  const [A, B] = ["a".repeat(32), "b".repeat(32)];
  const check = (relay: readonly string[], functions: Answer) => {
    const metadata = { name: "kubemend-signing-keys", namespace: "kubemend", uid: "u" };
    const data = { keys: Buffer.from(relay.join("\n")).toString("base64") };
    const { client } = createScriptedClient(() => ({ body: { metadata, data } }));
    const stage = { signing: "secret", prefix: "kubemend-prod", namespace: "kubemend" };
    return checkSigningKeys(client, async () => functions, stage)(signal);
  };
  const stored = (...keys: readonly string[]): Answer => ok({ SecretString: keys.join("\n") });

  it.each([
    ["are the same", [A], stored(A)],
    ["are in the middle of a rotation", [A, B], stored(B, A)],
  ])("pass if they %s", async (_, relay, functions) => {
    expect(await check(relay, functions)).toMatchObject([{ outcome: "ok" }]);
  });

  it.each([
    ["the functions do not know that of the relay", [A], stored(B)],
    ["the relay signs with a key that was removed there", [A, B], stored(B)],
    ["the functions sign with a key that the relay lacks", [A], stored(B, A)],
  ])("fail if %s, and no key is shown", async (_, relay, functions) => {
    const [finding] = await check(relay, functions);
    expect(finding).toMatchObject({ outcome: "failed" });
    expect(JSON.stringify(finding)).not.toMatch(/a{32}|b{32}/);
  });

  it("are skipped for who may not read them", async () => {
    expect(await check([A], DENIED)).toMatchObject([{ outcome: "skipped" }]);
  });
});
