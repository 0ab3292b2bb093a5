import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { readJson } from "../../../events/json.ts";

/** One expression on one of the objects. */
export type CelCase = { readonly on: string; readonly expression: string };

/**
 * The result of an expression: its type and value as text, or that it is refused when it is compiled or when it is evaluated. Only the
 * value counts in comparisons, as a refusal is one wherever it happens.
 */
export type CelAnswer = { readonly value: string } | { readonly refused: "compiled" | "evaluated" };

type Json = Readonly<Record<string, unknown>>;
type Send = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: Json }>;

/** How a value is written as text, on both sides. */
export function writeValue(expression: string): string {
  return `"%s %s".format([type(${expression}), ${expression}])`;
}

/** Requests to the API server whose answers are needed word by word. */
export function connect(kubeconfig: string): Send {
  const config = parse(readFileSync(kubeconfig, "utf8")) as {
    clusters: {
      cluster: {
        server: string;
        "certificate-authority-data"?: string;
        "certificate-authority"?: string;
      };
    }[];
    users: { user: { token: string } }[];
  };
  const cluster = config.clusters[0]?.cluster;
  const token = config.users[0]?.user.token;
  if (cluster === undefined || token === undefined) throw new Error("a kubeconfig without token");
  const data = cluster["certificate-authority-data"];
  const ca =
    data === undefined
      ? readFileSync(cluster["certificate-authority"] ?? "")
      : Buffer.from(data, "base64");
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 });
  return async (method, path, body) =>
    await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const sent = request(
        new URL(path, cluster.server),
        { agent, method, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, body: readBody(text) });
          });
        },
      );
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

/** With all digits of its integers. */
function readBody(text: string): Json {
  const read = readJson(text);
  if (read.outcome === "refused") throw new Error(read.reason);
  return read.value as Json;
}

const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
/** In the denial of a policy whose value cannot be written. */
const FAILED = "it cannot be evaluated";

/**
 * Asks the API server for the answers, by a ValidatingAdmissionPolicy for each expression that denies the creation of one object with
 * a message that has the value. `create` is the path and the body for the creation of the case's object under a name.
 */
export async function askApiServer(
  send: Send,
  cases: readonly CelCase[],
  create: (on: string, name: string) => { readonly path: string; readonly body: Json },
): Promise<readonly CelAnswer[]> {
  const names = cases.map((_, index) => `case-${String(index).padStart(4, "0")}`);
  const refusals = await inTurns(cases, async ({ expression }, index) => {
    const name = names[index] ?? "";
    const made = await send("POST", POLICIES, toPolicy(name, expression));
    if (made.status !== 201 && made.status !== 422) throw new Error(JSON.stringify(made.body));
    if (made.status === 201) await send("POST", BINDINGS, toBinding(name));
    return made.status === 422;
  });
  return await inTurns(cases, async ({ on }, index): Promise<CelAnswer> => {
    if (refusals[index] === true) return { refused: "compiled" };
    const { path, body } = create(on, names[index] ?? "");
    const message = await untilDenied(send, path, body);
    return message.includes(FAILED)
      ? { refused: "evaluated" }
      : { value: message.slice(message.indexOf(MARK) + MARK.length) };
  });
}

const MARK = "the value is ";

function toPolicy(name: string, expression: string): Json {
  const rule = {
    apiGroups: ["*"],
    apiVersions: ["*"],
    operations: ["CREATE"],
    resources: ["pods", "widgets", "gadgets"],
    resourceNames: [name],
  };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: [rule] },
      variables: [{ name: "v", expression }],
      validations: [
        {
          expression: "false",
          message: FAILED,
          messageExpression: `"${MARK}" + ${writeValue("variables.v")}`,
        },
      ],
    },
  };
}

function toBinding(name: string): Json {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: { policyName: name, validationActions: ["Deny"] },
  };
}

/** The API server applies a new policy a moment after it has stored it; until then it creates the object, here as a dry run. */
async function untilDenied(send: Send, path: string, body: Json): Promise<string> {
  for (;;) {
    const { status, body: answer } = await send("POST", `${path}?dryRun=All`, body);
    const message = String(answer["message"]);
    if (status === 422 && message.includes("ValidatingAdmissionPolicy")) return message;
    if (status !== 201) throw new Error(`${status}: ${message}`);
    await sleep(100);
  }
}

/** Eight at a time, in order. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  run: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += 8) {
    const batch = items.slice(from, from + 8);
    results.push(...(await Promise.all(batch.map((item, at) => run(item, from + at)))));
  }
  return results;
}
