import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { packageService, type PackagedService } from "../package-service.ts";
import { evaluateTemplate, getProperties, type Template } from "./evaluate-template.ts";

let service: PackagedService;
/** Everything that a deployment can have. */
let resources: Template["Resources"];

beforeAll(async () => {
  service = await packageService({}, { build: false });
  resources = evaluateTemplate(service.parsed, {
    KmsKeyArn: "arn:aws:kms:eu-central-1:000000000000:key/k",
    VpcId: "vpc-1",
    SubnetIds: "subnet-1",
    VpcEndpoints: "true",
    Tracing: "Active",
  });
});

afterAll(() => {
  service[Symbol.dispose]();
});

type Statement = {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};
type Document = { readonly Statement: readonly Statement[] };
type Granted = { readonly role: string; readonly statement: Statement };

function statementsOf(role: string): readonly Granted[] {
  const own = resources[`${role}Role`]?.Properties["Policies"] as
    | readonly { readonly PolicyDocument: Document }[]
    | undefined;
  const added = Object.values(resources)
    .filter(({ Type }) => Type === "AWS::IAM::RolePolicy")
    .map(({ Properties }) => Properties)
    .filter(({ RoleName }) => JSON.stringify(RoleName) === JSON.stringify({ Ref: `${role}Role` }))
    .map((properties) => properties["PolicyDocument"] as Document);
  const documents = [...(own ?? []).map(({ PolicyDocument }) => PolicyDocument), ...added];
  return documents.flatMap(({ Statement }) => Statement.map((statement) => ({ role, statement })));
}

const ROLES = ["Normalize", "Remediate", "Transfer", "Notify", "Sweep", "Relay"];

function toActions({ Action }: Statement): readonly string[] {
  return typeof Action === "string" ? [Action] : Action;
}

test("no role may do an action with a wildcard", () => {
  const actions = ROLES.flatMap(statementsOf).flatMap(({ statement }) => toActions(statement));
  expect(actions.length).toBeGreaterThan(20);
  expect(actions.filter((action) => action.includes("*"))).toEqual([]);
});

/** Their services know no resource for them: see infra/tracing.yml and infra/network.yml. */
const WITHOUT_RESOURCE = /^(xray:Put(TraceSegments|TelemetryRecords)|ec2:[A-Za-z]+)$/;

test("no role may do anything to every resource, but for actions that know no resource", () => {
  const wide = ROLES.flatMap(statementsOf)
    .filter(({ statement }) => JSON.stringify(statement.Resource).includes('"*"'))
    .flatMap(({ statement }) => toActions(statement));
  expect(wide.filter((action) => !WITHOUT_RESOURCE.test(action))).toEqual([]);
});

/** What Lambda itself does with the role of a function. */
const OF_LAMBDA =
  /^(sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes)|logs:.*|xray:.*|ec2:.*)$/;
/** What a service does for whoever may use the queue. */
const OF_SERVICES = /^kms:/;
/** The operation that the code calls for an action, if it has another name. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "sqs:SendMessage": "SendMessageBatch",
  "sqs:ChangeMessageVisibility": "ChangeMessageVisibilityBatch",
};

/** Our own source files in the bundle of a function, by its source maps. */
function readOwnSources(name: string): string {
  const folder = join(findProjectRoot(), "dist", "functions");
  const chunks = readdirSync(join(folder, name)).map((file) => join(folder, name, file));
  const maps = [join(folder, `${name}.mjs.map`), ...chunks.filter((file) => file.endsWith(".map"))];
  return maps
    .flatMap((file) => {
      const { sources, sourcesContent } = JSON.parse(readFileSync(file, "utf8")) as SourceMap;
      return sourcesContent.filter((_, index) => sources[index]?.includes("node_modules") !== true);
    })
    .join("\n");
}

type SourceMap = {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
};

test.each(["Normalize", "Remediate", "Transfer", "Notify", "Sweep"])(
  "%s may do only what its bundle calls",
  (role) => {
    const name = role.toLowerCase();
    const sources = readOwnSources(name);
    const actions = statementsOf(role)
      .flatMap(({ statement }) => toActions(statement))
      .filter((action) => !OF_LAMBDA.test(action) && !OF_SERVICES.test(action));
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) {
      const operation = OPERATIONS[action] ?? action.slice(action.indexOf(":") + 1);
      expect([action, sources.includes(`${operation}Command`)]).toEqual([action, true]);
    }
  },
);

test("every queue denies whoever does not use TLS", () => {
  const queues = Object.keys(resources).filter((id) => resources[id]?.Type === "AWS::SQS::Queue");
  expect(queues).toHaveLength(10);
  for (const id of queues) {
    const policy = getProperties(resources, `${id}Policy`);
    expect(policy["Queues"]).toEqual([{ Ref: id }]);
    const { Statement } = policy["PolicyDocument"] as Document;
    expect(Statement).toContainEqual({
      Sid: "DenyWithoutTls",
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: { "Fn::GetAtt": [id, "Arn"] },
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    // Whoever else may use it has the right by a role of this stack.
    const allowed = Statement.filter(({ Effect }) => Effect === "Allow").map(({ Sid }) => Sid);
    expect(allowed).toEqual(id === "ChangesQueue" ? ["TheRelaySends"] : []);
  }
});

test("notify may take alerts, and send threads to wakeups and poison to its dead-letter queue, and nothing else of queues", () => {
  const granted = statementsOf("Notify")
    .map(({ statement }) => [statement.Resource, toActions(statement)] as const)
    .filter(([, actions]) => actions.some((action) => action.startsWith("sqs:")));
  const queue = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
  const take = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"];
  expect(granted).toEqual([
    [queue("AlertsQueue"), take.map((action) => `sqs:${action}`)],
    [[queue("WakeupsQueue"), queue("AlertsDeadLetterQueue")], ["sqs:SendMessage"]],
  ]);
});

test("the relay may send changes, and nothing else", () => {
  const granted = statementsOf("Relay").map(({ statement }) => [
    statement.Resource,
    toActions(statement),
  ]);
  expect(granted).toEqual([
    [{ "Fn::GetAtt": ["ChangesQueue", "Arn"] }, ["sqs:SendMessage", "sqs:GetQueueAttributes"]],
    ["arn:aws:kms:eu-central-1:000000000000:key/k", ["kms:GenerateDataKey", "kms:Decrypt"]],
  ]);
});
