/** A CloudFormation template, as far as these tests read it. */
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};

export type Resource = {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
};

/** A text without references that the evaluation could leave open. */
type Settings = Readonly<Record<string, string>>;

/**
 * What CloudFormation creates of a template under these parameters: resources whose condition does not hold are gone, `Fn::If` is decided,
 * properties that are `AWS::NoValue` are gone, and parameters are filled in. References to resources stay as they are written.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
 */
export function evaluateTemplate(
  template: Template,
  settings: Settings = {},
): Template["Resources"] {
  const parameters = new Map<string, unknown>(
    Object.entries(template.Parameters).map(([name, { Default }]) => [
      name,
      settings[name] ?? Default,
    ]),
  );
  const scope: Scope = { parameters, conditions: template.Conditions };
  const made = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds({ Condition }, scope),
  );
  return Object.fromEntries(
    made.map(([id, resource]) => {
      const Properties = fill(resource.Properties, scope) as Resource["Properties"];
      return [id, { ...resource, Properties }];
    }),
  );
}

/** The properties of a resource that must be there. */
export function getProperties(
  resources: Template["Resources"],
  id: string,
): Resource["Properties"] {
  const resource = resources[id];
  if (resource === undefined) throw new Error(`there is no resource ${id}`);
  return resource.Properties;
}

type Scope = {
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly conditions: Readonly<Record<string, unknown>>;
};

const ABSENT = Symbol("AWS::NoValue");

function fill(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => fill(item, scope)).filter((item) => item !== ABSENT);
  }
  if (typeof value !== "object" || value === null) return value;
  const call = value as Readonly<Record<string, unknown>>;
  if (typeof call["Ref"] === "string") return toReferenced(call["Ref"], scope) ?? value;
  const choice = call["Fn::If"];
  if (Array.isArray(choice)) {
    const [condition, yes, no] = choice as readonly unknown[];
    return fill(holds({ Condition: condition }, scope) ? yes : no, scope);
  }
  const entries = Object.entries(call).map(([key, item]) => [key, fill(item, scope)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== ABSENT));
}

function toReferenced(name: string, { parameters }: Scope): unknown {
  if (name === "AWS::NoValue") return ABSENT;
  return parameters.get(name);
}

/** Throws if the condition is none of the forms that the template uses. */
function holds(condition: unknown, scope: Scope): boolean {
  const [[form, argument] = [""]] = Object.entries(condition as Record<string, unknown>);
  switch (form) {
    case "Condition": {
      const named = scope.conditions[String(argument)];
      if (named === undefined) throw new Error(`there is no condition ${String(argument)}`);
      return holds(named, scope);
    }
    case "Fn::Not":
      return !(argument as readonly unknown[]).some((part) => holds(part, scope));
    case "Fn::And":
      return (argument as readonly unknown[]).every((part) => holds(part, scope));
    case "Fn::Equals": {
      const [a, b] = (argument as readonly unknown[]).map((part) => String(fill(part, scope)));
      return a === b;
    }
    default:
      throw new Error(`unknown condition ${JSON.stringify(condition)}`);
  }
}
