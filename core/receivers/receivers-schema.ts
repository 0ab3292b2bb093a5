import * as v from "valibot";
import { dnsLabel } from "../text/dns-label.ts";
import type { HeldText, Receiver } from "./receiver.ts";

type HeldDocument = {
  readonly secret?: string | undefined;
  readonly parameter?: string | undefined;
  readonly env?: string | undefined;
};

/** One receiver as written: exactly one of the kinds. */
export type ReceiverDocument = {
  readonly slack?:
    | {
        readonly channel?: string | undefined;
        readonly token?: HeldDocument | undefined;
        readonly webhook?: HeldDocument | undefined;
        readonly api?: string | undefined;
      }
    | undefined;
  readonly teams?: { readonly webhook: HeldDocument } | undefined;
  readonly pagerduty?:
    | { readonly routingKey: HeldDocument; readonly api?: string | undefined }
    | undefined;
  readonly webhook?:
    | { readonly url: string | HeldDocument; readonly signingKey?: HeldDocument | undefined }
    | undefined;
  readonly sns?: { readonly topicArn: string } | undefined;
  readonly eventBridge?: { readonly bus: string } | undefined;
};

/** `receivers` as written: by name. */
export type ReceiversDocument = Readonly<Record<string, ReceiverDocument>>;

const KINDS = ["slack", "teams", "pagerduty", "webhook", "sns", "eventBridge"] as const;
const ONE_ADDRESS =
  "expected an https:// address, or its place: { secret }, { parameter } or { env }";
const ONE_KIND = `expected one of ${KINDS.join(", ")}`;
const ONE_PLACE =
  "expected { secret: <name or ARN> }, { parameter: <name or ARN> } or { env: <VARIABLE> }";

const text = v.pipe(v.string("expected text"), v.nonEmpty("is empty"));

/**
 * The credentials of the function's role, and its settings.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const OWN_VARIABLES = /^(?:AWS|KUBEMEND|LAMBDA)_/;

/** The characters of the names and ARNs of both services. */
const nameOrArn = v.pipe(
  text,
  v.regex(/^[-\w/+=.@:]+$/, "is neither a name nor an ARN: it has other characters"),
);

const held: v.GenericSchema<unknown, HeldDocument> = v.pipe(
  v.object(
    {
      secret: v.optional(nameOrArn),
      parameter: v.optional(nameOrArn),
      env: v.optional(
        v.pipe(
          text,
          v.regex(/^[A-Z][A-Z0-9_]*$/, "is not the name of an environment variable"),
          // Otherwise whoever writes the file could send them to an address of their own.
          v.check(
            (name) => !OWN_VARIABLES.test(name),
            "is a variable of the function itself, which no receiver gets; give the credential one of its own",
          ),
        ),
      ),
    },
    ONE_PLACE,
  ),
  v.minEntries(1, ONE_PLACE),
  v.maxEntries(1, `${ONE_PLACE}; only one`),
);

/** https, or http to the machine itself, where nobody listens in. A query often contains a credential. */
const URL_PATTERN =
  /^(?:https:\/\/[^\s/@?#]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)(?:\/[^\s?#]*)?$/;

/** Hosts of services whose addresses are credentials. */
const SECRET_HOST =
  /^https:\/\/(?:hooks\.slack(?:-gov)?\.com|discord(?:app)?\.com|[^/]*\.(?:webhook\.office|logic\.azure|powerplatform)\.com)(?::\d+)?\//i;

const url = v.pipe(
  text,
  v.regex(URL_PATTERN, "expected an https:// address without user, password and query"),
  v.check((address) => URL.canParse(address), "is not an address: its host or port is invalid"),
  v.check((address) => !SECRET_HOST.test(address), "this address is a credential itself"),
);

const slack = v.pipe(
  v.object(
    {
      channel: v.optional(text),
      token: v.optional(held),
      webhook: v.optional(held),
      api: v.optional(url),
    },
    "expected { channel, token }, or { webhook }",
  ),
  v.check(
    ({ token, webhook }) => token !== undefined || webhook !== undefined,
    "needs a bot's token with its channel, or an incoming webhook",
  ),
  v.check(
    ({ token, webhook }) => token === undefined || webhook === undefined,
    "has a bot's token and an incoming webhook: remove one of them",
  ),
  v.check(
    ({ token, channel }) => token === undefined || channel !== undefined,
    "a bot's token needs a channel: add channel",
  ),
  v.check(
    ({ webhook, channel }) => webhook === undefined || channel === undefined,
    "an incoming webhook has its own channel: remove channel",
  ),
);

const topicArn = v.pipe(
  text,
  v.regex(
    /^arn:[-a-z]+:sns:[-a-z0-9]+:\d{12}:[-\w]{1,256}$/,
    "expected the ARN of a standard SNS topic, such as arn:aws:sns:eu-central-1:123456789012:alerts",
  ),
);

const bus = v.pipe(
  text,
  v.regex(
    /^(?:arn:[-a-z]+:events:[-a-z0-9]+:\d{12}:event-bus\/)?[-./\w]{1,256}$/,
    "expected the name or the ARN of an event bus",
  ),
);

const receiver = v.pipe(
  v.object(
    {
      slack: v.optional(slack),
      teams: v.optional(v.object({ webhook: held }, "expected { webhook }")),
      pagerduty: v.optional(
        v.object({ routingKey: held, api: v.optional(url) }, "expected { routingKey }"),
      ),
      webhook: v.optional(
        v.object(
          { url: v.union([url, held], ONE_ADDRESS), signingKey: v.optional(held) },
          "expected { url }",
        ),
      ),
      sns: v.optional(v.object({ topicArn }, "expected { topicArn }")),
      eventBridge: v.optional(v.object({ bus }, "expected { bus }")),
    },
    ONE_KIND,
  ),
  v.minEntries(1, ONE_KIND),
  v.maxEntries(1, `${ONE_KIND}: only one`),
);

export const receiversSchema: v.GenericSchema<unknown, ReceiversDocument> = v.record(
  dnsLabel("a receiver's name"),
  receiver,
  "expected receivers by name: data-oncall: { slack: { ... } }",
);

const SLACK_API = "https://slack.com/api";
const PAGERDUTY_API = "https://events.pagerduty.com";

/** The meaning of a document that the schema has accepted, in its order. */
export function toReceivers(document: ReceiversDocument): readonly Receiver[] {
  return Object.entries(document).flatMap(([name, written]) => toReceiver(name, written) ?? []);
}

function toReceiver(name: string, written: ReceiverDocument): Receiver | undefined {
  const { slack, teams, pagerduty, webhook, sns, eventBridge } = written;
  if (slack?.token !== undefined) {
    const { channel = "", token, api = SLACK_API } = slack;
    return { type: "slackBot", name, channel, token: toHeld(token), api };
  }
  if (slack?.webhook !== undefined) {
    return { type: "slackWebhook", name, webhook: toHeld(slack.webhook) };
  }
  if (teams !== undefined) return { type: "teams", name, webhook: toHeld(teams.webhook) };
  if (pagerduty !== undefined) {
    const { routingKey, api = PAGERDUTY_API } = pagerduty;
    return { type: "pagerduty", name, routingKey: toHeld(routingKey), api };
  }
  if (webhook !== undefined) {
    const { url: address, signingKey } = webhook;
    const signed = signingKey === undefined ? {} : { signingKey: toHeld(signingKey) };
    return {
      type: "webhook",
      name,
      url: typeof address === "string" ? address : toHeld(address),
      ...signed,
    };
  }
  if (sns !== undefined) return { type: "sns", name, topicArn: sns.topicArn };
  return eventBridge && { type: "eventBridge", name, bus: eventBridge.bus };
}

function toHeld({ secret, parameter, env = "" }: HeldDocument): HeldText {
  if (secret !== undefined) return { type: "secret", id: secret };
  if (parameter !== undefined) return { type: "parameter", name: parameter };
  return { type: "env", variable: env };
}
