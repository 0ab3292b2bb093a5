import { Fields, quote, Raw, renderValue, type Value } from "./hcl.ts";

/** A value of a CloudFormation template: JSON with intrinsic functions. */
export type Cfn =
  | string
  | number
  | boolean
  | null
  | readonly Cfn[]
  | { readonly [key: string]: Cfn };

export type CfnResource = {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, Cfn>>;
};

/** What expressions refer to. */
export type Scope = {
  readonly resources: Readonly<Record<string, CfnResource>>;
  readonly parameters: ReadonlySet<string>;
  /** Texts of the packaged stage, and the expression that stands for each: `kubemend-dev` is `${local.name}`. */
  readonly texts: readonly (readonly [text: string, expression: string])[];
  /** The same for texts that are nothing else. */
  readonly exact: Readonly<Record<string, string>>;
};

/** The Terraform type of each CloudFormation type, and what `Ref` of it means. */
const TYPES: Readonly<Record<string, readonly [type: string, ref: string]>> = {
  "AWS::Budgets::Budget": ["aws_budgets_budget", "name"],
  "AWS::CloudWatch::Alarm": ["aws_cloudwatch_metric_alarm", "alarm_name"],
  "AWS::CloudWatch::Dashboard": ["aws_cloudwatch_dashboard", "dashboard_name"],
  "AWS::EC2::SecurityGroup": ["aws_security_group", "id"],
  "AWS::EC2::VPCEndpoint": ["aws_vpc_endpoint", "id"],
  "AWS::Events::Rule": ["aws_cloudwatch_event_rule", "name"],
  "AWS::IAM::Role": ["aws_iam_role", "name"],
  "AWS::IAM::RolePolicy": ["aws_iam_role_policy", "name"],
  "AWS::Lambda::EventSourceMapping": ["aws_lambda_event_source_mapping", "uuid"],
  "AWS::Lambda::Function": ["aws_lambda_function", "function_name"],
  "AWS::Lambda::Permission": ["aws_lambda_permission", "id"],
  "AWS::Logs::LogGroup": ["aws_cloudwatch_log_group", "name"],
  "AWS::SNS::Subscription": ["aws_sns_topic_subscription", "arn"],
  "AWS::SNS::Topic": ["aws_sns_topic", "arn"],
  "AWS::SNS::TopicPolicy": ["aws_sns_topic_policy", "id"],
  "AWS::SQS::Queue": ["aws_sqs_queue", "url"],
  "AWS::SQS::QueuePolicy": ["aws_sqs_queue_policy", "id"],
};

const ATTRIBUTES: Readonly<Record<string, string>> = {
  Arn: "arn",
  QueueName: "name",
  GroupId: "id",
};

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::AccountId": "data.aws_caller_identity.current.account_id",
  "AWS::Partition": "data.aws_partition.current.partition",
  "AWS::Region": "data.aws_region.current.region",
};

export function toType(cloudFormationType: string): string {
  return findType(cloudFormationType)[0];
}

function findType(cloudFormationType: string): readonly [string, string] {
  const found = TYPES[cloudFormationType];
  if (found === undefined) throw new Error(`no Terraform type is known for ${cloudFormationType}`);
  return found;
}

/** `RelayOidcProvider` as Terraform names it: `relay_oidc_provider`. */
export function toSnake(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

/** A value with its intrinsic functions as expressions. Throws for one that this translation does not know. */
export function translate(value: Cfn, scope: Scope): Value {
  if (typeof value === "string") return toText(value, scope);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return translateList(value as readonly Cfn[], scope);
  const [name, argument] = readCall(value);
  if (name === "Ref") return new Raw(toReference(asText(argument), scope));
  if (name === "Fn::GetAtt") return new Raw(toAttribute(argument as readonly string[], scope));
  if (name === "Fn::Sub") return substitute(asText(argument), scope);
  if (name === "Fn::If") return toChoice(argument as readonly Cfn[], scope);
  if (name === "Fn::Join") return join(argument as readonly Cfn[], scope);
  if (name.startsWith("Fn::")) throw new Error(`the function ${name} is not translated`);
  const entries = Object.entries(value as Readonly<Record<string, Cfn>>);
  return new Fields(entries.map(([key, item]) => [toKey(key, scope), translate(item, scope)]));
}

/** The first key of an object and its value: an intrinsic function and its argument, if it is one. */
function readCall(value: Cfn): readonly [name: string, argument: Cfn] {
  const [call] = Object.entries(value as Readonly<Record<string, Cfn>>);
  return call ?? ["", null];
}

function translateList(list: readonly Cfn[], scope: Scope): Value {
  const items = list.map((item) => translate(item, scope));
  const mayLack = list.some((item) => JSON.stringify(item).includes('"AWS::NoValue"'));
  if (!mayLack) return items;
  return new Raw(`[for item in ${renderValue(items, "")} : item if item != null]`);
}

function toKey(key: string, scope: Scope): string | Raw {
  return /\$\{/.test(key) ? toRaw(substitute(key, scope)) : key;
}

function toRaw(value: Value): Raw {
  return value instanceof Raw ? value : new Raw(renderValue(value, ""));
}

/** A text, with the names of the packaged stage as expressions. */
function toText(text: string, { texts, exact }: Scope): Value {
  const whole = Object.hasOwn(exact, text) ? exact[text] : undefined;
  if (whole !== undefined) return new Raw(whole);
  return interpolate(text, (part) => [part], texts);
}

/** `Fn::Sub`: `${Name}` and `${Name.Attribute}` are references. */
function substitute(text: string, scope: Scope): Value {
  const split = (part: string): readonly (string | Raw)[] =>
    part.split(/(\$\{[^}]+\})/).map((piece) => {
      const [, name] = /^\$\{([^}]+)\}$/.exec(piece) ?? [];
      if (name === undefined) return piece;
      const [resource = "", attribute] = name.split(".");
      return new Raw(
        attribute === undefined
          ? toReference(resource, scope)
          : toAttribute([resource, attribute], scope),
      );
    });
  return interpolate(text, split, scope.texts);
}

function interpolate(
  text: string,
  split: (part: string) => readonly (string | Raw)[],
  texts: Scope["texts"],
): Value {
  let pieces: readonly (string | Raw)[] = split(text);
  for (const [known, expression] of texts) {
    pieces = pieces.flatMap((piece) =>
      typeof piece === "string" ? splitAt(piece, known, expression) : [piece],
    );
  }
  const kept = pieces.filter((piece) => piece !== "");
  if (kept.every((piece) => typeof piece === "string")) return text;
  const [only] = kept;
  if (kept.length === 1 && only instanceof Raw) return only;
  const inner = kept.map((piece) =>
    typeof piece === "string" ? quote(piece).slice(1, -1) : `\${${piece.text}}`,
  );
  return new Raw(`"${inner.join("")}"`);
}

function splitAt(text: string, known: string, expression: string): readonly (string | Raw)[] {
  return text
    .split(known)
    .flatMap((part, index) => (index === 0 ? [part] : [new Raw(expression), part]));
}

function toChoice([condition = "", yes = null, no = null]: readonly Cfn[], scope: Scope): Value {
  const [then, otherwise] = [yes, no].map((value) => renderValue(translate(value, scope), ""));
  return new Raw(`${toConditionLocal(asText(condition))} ? ${then} : ${otherwise}`);
}

function join([separator = "", parts = []]: readonly Cfn[], scope: Scope): Value {
  const items = translate(parts, scope);
  return new Raw(`join(${quote(asText(separator))}, ${renderValue(items, "")})`);
}

function toReference(name: string, scope: Scope): string {
  if (name === "AWS::NoValue") return "null";
  if (scope.parameters.has(name)) return `var.${toSnake(name)}`;
  const pseudo = PSEUDO[name];
  if (pseudo !== undefined) return pseudo;
  const [, attribute] = findType(findResource(name, scope).Type);
  return `${toAddress(name, scope)}.${attribute}`;
}

function toAttribute([name = "", attribute = ""]: readonly string[], scope: Scope): string {
  const known = ATTRIBUTES[attribute];
  if (known === undefined) throw new Error(`the attribute ${attribute} is not translated`);
  return `${toAddress(name, scope)}.${known}`;
}

/** The address by which other resources refer to a resource; one under a condition is a list. */
export function toAddress(name: string, scope: Scope): string {
  const { Type, Condition } = findResource(name, scope);
  return `${toType(Type)}.${toSnake(name)}${Condition === undefined ? "" : "[0]"}`;
}

function findResource(name: string, { resources }: Scope): CfnResource {
  const resource = resources[name];
  if (resource === undefined) throw new Error(`there is no resource ${name}`);
  return resource;
}

/** The local value that stands for a condition of the template. */
export function toConditionLocal(condition: string): string {
  return `local.${toSnake(condition)}`;
}

/** A condition of the template as an expression. */
export function translateCondition(condition: Cfn, scope: Scope): string {
  const [name, argument] = readCall(condition);
  const parts = argument as readonly Cfn[];
  switch (name) {
    case "Condition":
      return toConditionLocal(asText(argument));
    case "Fn::Equals":
      return parts.map((part) => renderValue(translate(part, scope), "")).join(" == ");
    case "Fn::And":
      return parts.map((part) => translateCondition(part, scope)).join(" && ");
    case "Fn::Not":
      return `!(${translateCondition(parts[0] ?? null, scope)})`;
    default:
      throw new Error(`the condition ${name} is not translated`);
  }
}

/** A text of the template, which is no reference. */
export function asText(value: Cfn | undefined): string {
  if (typeof value === "string") return value;
  throw new Error(`expected a text, not ${JSON.stringify(value)}`);
}
