import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packKubeconfigs } from "../../infra/build/packed-files.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readQueueSettings } from "../../sandbox/queues/queue-settings.ts";
import { CERTIFICATE_AUTHORITY } from "../support/aws/certificate-authority.ts";
import { packageService, type PackagedService, type Properties } from "./package-service.ts";
import { readZip } from "./read-zip.ts";

let service: PackagedService;

/** The access of `packageService`, the same for each function. */
const EKS_ACCESS: string = JSON.stringify({
  eks: {
    name: "test",
    region: "us-east-1",
    endpoint: "https://test.invalid",
    certificateAuthorityData: CERTIFICATE_AUTHORITY,
  },
});

beforeAll(async () => {
  service = await packageService();
});

afterAll(() => {
  service[Symbol.dispose]();
});

function ofType(type: string): ReadonlyMap<string, Properties> {
  const found = Object.entries(service.resources).filter(([, { Type }]) => Type === type);
  return new Map(found.map(([id, { Properties }]) => [id, Properties]));
}

function get(type: string, id: string): Properties {
  const properties = ofType(type).get(id);
  if (properties === undefined) throw new Error(`no ${type} ${id}`);
  return properties;
}

function arnOf(id: string) {
  return { "Fn::GetAtt": [id, "Arn"] };
}

const FUNCTIONS = [
  { name: "normalize", timeout: 60 },
  { name: "remediate", timeout: 60 },
  { name: "transfer", timeout: 60 },
  { name: "notify", timeout: 30 },
  { name: "sweep", timeout: 60 },
];

const MAPPINGS = [
  { name: "normalize", source: "ChangesQueue", timeout: 60 },
  { name: "remediate", source: "RemediationsQueue", timeout: 60 },
  { name: "remediate", source: "WakeupsQueue", timeout: 60 },
  { name: "transfer", source: "TransfersQueue", timeout: 60 },
  { name: "notify", source: "AlertsQueue", timeout: 30 },
];

function toId(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

test("exactly the functions of the flow are deployed", () => {
  const ids = FUNCTIONS.map(({ name }) => `${toId(name)}LambdaFunction`);
  expect([...ofType("AWS::Lambda::Function").keys()].toSorted()).toEqual(ids.toSorted());
});

test.each(FUNCTIONS)("$name runs on Node 24, arm64, with its own role", ({ name, timeout }) => {
  expect(get("AWS::Lambda::Function", `${toId(name)}LambdaFunction`)).toMatchObject({
    Handler: `dist/functions/${name}.handler`,
    Runtime: "nodejs24.x",
    Architectures: ["arm64"],
    Timeout: timeout,
    Role: arnOf(`${toId(name)}Role`),
  });
});

test.each(MAPPINGS)(
  "$name receives from $source and may report single messages as failed",
  (settings) => {
    const { name, source, timeout } = settings;
    const mappings = [...ofType("AWS::Lambda::EventSourceMapping").values()].filter(
      (mapping) => JSON.stringify(mapping["EventSourceArn"]) === JSON.stringify(arnOf(source)),
    );
    expect(mappings).toHaveLength(1);
    expect(mappings[0]).toMatchObject({
      FunctionName: arnOf(`${toId(name)}LambdaFunction`),
      BatchSize: 10,
      Enabled: true,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: six times the function's timeout.
    expect(get("AWS::SQS::Queue", source)["VisibilityTimeout"]).toBe(6 * timeout);
  },
);

test("sweep runs every minute, and nothing else has a schedule", () => {
  const rules = [...ofType("AWS::Events::Rule").values()];
  expect(rules).toHaveLength(1);
  expect(rules[0]).toMatchObject({
    ScheduleExpression: "rate(1 minute)",
    State: "ENABLED",
    Targets: [{ Arn: arnOf("SweepLambdaFunction") }],
  });
});

/** The variables of all functions. */
const COMMON = { KUBEMEND_WAKEUPS_QUEUE_URL: { Ref: "WakeupsQueue" } };
/** Those of the functions that reach the cluster. */
const IN_CLUSTER = {
  ...COMMON,
  KUBEMEND_RECORD_NAMESPACE: { Ref: "RelayNamespace" },
  KUBEMEND_CLUSTER_ACCESS: EKS_ACCESS,
};
const VARIABLES: Readonly<Record<string, Properties>> = {
  normalize: {
    ...IN_CLUSTER,
    KUBEMEND_REMEDIATIONS_QUEUE_URL: { Ref: "RemediationsQueue" },
    KUBEMEND_ALERTS_QUEUE_URL: { Ref: "AlertsQueue" },
    KUBEMEND_TRANSFERS_QUEUE_URL: { Ref: "TransfersQueue" },
    KUBEMEND_DEAD_LETTER_QUEUE_URL: { Ref: "ChangesDeadLetterQueue" },
  },
  remediate: {
    ...IN_CLUSTER,
    KUBEMEND_ALERTS_QUEUE_URL: { Ref: "AlertsQueue" },
    KUBEMEND_DEAD_LETTER_QUEUE_URL: { Ref: "RemediationsDeadLetterQueue" },
    KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: { Ref: "WakeupsDeadLetterQueue" },
  },
  transfer: {
    ...IN_CLUSTER,
    KUBEMEND_TRANSFERS_QUEUE_URL: { Ref: "TransfersQueue" },
    KUBEMEND_ALERTS_QUEUE_URL: { Ref: "AlertsQueue" },
    KUBEMEND_DEAD_LETTER_QUEUE_URL: { Ref: "TransfersDeadLetterQueue" },
  },
  sweep: {
    ...IN_CLUSTER,
    KUBEMEND_RELAY_LEASE: { "Fn::Sub": "${RelayNamespace}/kubemend-relay" },
    KUBEMEND_TRANSFERS_QUEUE_URL: { Ref: "TransfersQueue" },
  },
  notify: { ...COMMON, KUBEMEND_DEAD_LETTER_QUEUE_URL: { Ref: "AlertsDeadLetterQueue" } },
};

test.each(FUNCTIONS)(
  "every variable of $name is a queue of the stack, a file in the zip, or where the installation is",
  ({ name }) => {
    const { Environment } = get("AWS::Lambda::Function", `${toId(name)}LambdaFunction`);
    expect(Environment).toEqual({
      Variables: { POWERTOOLS_SERVICE_NAME: `kubemend-dev-${name}`, ...VARIABLES[name] },
    });
  },
);

test("every queue has a dead-letter queue of its own type, with the sandbox's settings", () => {
  const queues = ofType("AWS::SQS::Queue");
  const sandbox = readQueueSettings(findProjectRoot());
  expect(queues.size).toBe(sandbox.length);
  for (const [id, properties] of queues) {
    const name = String(properties["QueueName"]);
    expect(name).toMatch(/^kubemend-dev-/);
    const settings = sandbox.find((queue) => `kubemend-dev-${queue.name}` === name);
    expect(settings?.attributes["VisibilityTimeout"]).toBe(
      properties["VisibilityTimeout"]?.toString(),
    );
    if (id.endsWith("DeadLetterQueue")) continue;
    const deadLetterId = id.replace(/Queue$/, "DeadLetterQueue");
    expect(properties["RedrivePolicy"]).toMatchObject({ deadLetterTargetArn: arnOf(deadLetterId) });
    expect(queues.get(deadLetterId)?.["FifoQueue"]).toBe(properties["FifoQueue"]);
  }
});

const TAKE = [
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ChangeMessageVisibility",
];

test.each([
  [
    "normalize",
    ["ChangesQueue"],
    [
      "RemediationsQueue",
      "AlertsQueue",
      "WakeupsQueue",
      "TransfersQueue",
      "ChangesDeadLetterQueue",
    ],
  ],
  [
    "remediate",
    ["RemediationsQueue", "WakeupsQueue"],
    ["AlertsQueue", "WakeupsQueue", "RemediationsDeadLetterQueue", "WakeupsDeadLetterQueue"],
  ],
  [
    "transfer",
    ["TransfersQueue"],
    ["AlertsQueue", "WakeupsQueue", "TransfersQueue", "TransfersDeadLetterQueue"],
  ],
  ["notify", ["AlertsQueue"], ["WakeupsQueue", "AlertsDeadLetterQueue"]],
  ["sweep", [], ["WakeupsQueue", "TransfersQueue"]],
])(
  "%s may receive from %j, send to %j and write its log, and nothing else",
  (name, sources, targets) => {
    const [source] = sources;
    const from = sources.length > 1 ? sources.map(arnOf) : source && arnOf(source);
    const role = get("AWS::IAM::Role", `${toId(name)}Role`);
    expect(role["ManagedPolicyArns"]).toBeUndefined();
    expect(role["Policies"]).toEqual([
      {
        PolicyName: name,
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            ...(from
              ? [{ Sid: "TakeFromItsQueue", Effect: "Allow", Action: TAKE, Resource: from }]
              : []),
            {
              Sid: "SendOn",
              Effect: "Allow",
              Action: ["sqs:SendMessage"],
              Resource: targets.map(arnOf),
            },
            {
              Sid: "WriteItsLog",
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: {
                // oxlint-disable-next-line no-template-curly-in-string -- CloudFormation fills it in
                "Fn::Sub": `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/kubemend-dev-${name}:*`,
              },
            },
          ],
        },
      },
    ]);
    const group = get("AWS::Logs::LogGroup", `${toId(name)}LogGroup`);
    expect(group["LogGroupName"]).toBe(`/aws/lambda/kubemend-dev-${name}`);
  },
);

test("only the functions and the relay have roles", () => {
  const functions = FUNCTIONS.map(({ name }) => `${toId(name)}Role`);
  expect([...ofType("AWS::IAM::Role").keys()].toSorted()).toEqual(
    [...functions, "RelayRole"].toSorted(),
  );
});

test.each([
  ["normalize", ["pipeline.json"]],
  ["remediate", ["pipeline.json"]],
  ["transfer", ["pipeline.json"]],
  ["notify", ["pipeline.json"]],
  ["sweep", ["pipeline.json"]],
])("the zip of %s contains its bundle with all chunks, their licences and %j", (name, more) => {
  const files = readZip(join(service.folder, `${name}.zip`));
  const functions = join(findProjectRoot(), "dist", "functions");
  const chunks = readdirSync(join(functions, name)).filter((file) => !file.endsWith(".map"));
  expect(chunks.length).toBeGreaterThan(0);
  const expected = [
    `${name}.mjs`,
    `${name}.mjs.LEGAL.txt`,
    ...chunks.map((file) => `${name}/${file}`),
    ...more,
  ].map((file) => `dist/functions/${file}`);
  expect([...files.keys()].toSorted()).toEqual(expected.toSorted());
  for (const file of expected) {
    const built = readFileSync(join(findProjectRoot(), file));
    expect(files.get(file)?.equals(built)).toBe(true);
  }
});

test("a kubeconfig is packed only with its own function", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-kubeconfigs-"));
  try {
    writeFileSync(join(folder, "normalize.kubeconfig"), "of: normalize");
    writeFileSync(join(folder, "remediate.kubeconfig"), "of: remediate");
    writeFileSync(join(folder, "transfer.kubeconfig"), "of: transfer");
    writeFileSync(join(folder, "sweep.kubeconfig"), "of: sweep");
    using packed = await packageService({ KUBEMEND_KUBECONFIGS: folder });
    for (const { name } of FUNCTIONS) {
      const files = readZip(join(packed.folder, `${name}.zip`));
      const kubeconfigs = [...files.keys()].filter((file) => file.endsWith(".kubeconfig"));
      const own = name === "notify" ? [] : [`dist/functions/${name}.kubeconfig`];
      expect(kubeconfigs).toEqual(own);
      for (const file of own) {
        expect(JSON.parse(files.get(file)?.toString() ?? "")).toEqual({ of: name });
      }
    }
  } finally {
    packKubeconfigs(undefined, join(findProjectRoot(), "dist", "functions"));
    rmSync(folder, { recursive: true });
  }
});

test("an invalid pipeline is not packaged, and the error shows the place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-pipeline-"));
  try {
    const file = join(folder, "pipeline.yaml");
    writeFileSync(file, "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\nrulez: []\n");
    await expect(packageService({ KUBEMEND_CONFIG: file })).rejects.toMatchObject({
      stderr: expect.stringContaining(`build: ${file}:`),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("notify needs no policy for a pipeline without receivers", () => {
  expect(service.resources["NotifyReceivers"]).toBeUndefined();
});
