/** One right that a function has because of the packed pipeline. */
export type Statement = {
  readonly Effect: "Allow";
  readonly Action: string;
  readonly Resource: string | { readonly "Fn::Sub": string };
};

export type Policy = {
  /** Id of the CloudFormation resource. */
  readonly id: string;
  /** Id of the function's role. */
  readonly role: string;
  readonly name: string;
  readonly statements: readonly Statement[];
};

/** CloudFormation resources of the policies that have statements, each statement once. */
export function toPolicies(policies: readonly Policy[]): {
  readonly Resources: Readonly<Record<string, unknown>>;
} {
  const resources = policies.flatMap(({ id, role, name, statements }) => {
    if (statements.length === 0) return [];
    const unique = new Map(statements.map((statement) => [JSON.stringify(statement), statement]));
    const PolicyDocument = { Version: "2012-10-17", Statement: [...unique.values()] };
    const Properties = { RoleName: { Ref: role }, PolicyName: name, PolicyDocument };
    return [[id, { Type: "AWS::IAM::RolePolicy", Properties }] as const];
  });
  return { Resources: Object.fromEntries(resources) };
}

/** To read a secret by its name in the account of the deployment, or by its ARN. Secrets Manager ends the ARN with six characters of its own. */
export function toReadSecret(id: string): Statement {
  const resource = id.startsWith("arn:") ? id : own("secretsmanager", `secret:${id}-??????`);
  return allow("secretsmanager:GetSecretValue", resource);
}

/** To read a parameter by its name in the account of the deployment, or by its ARN. */
export function toReadParameter(name: string): Statement {
  const path = `parameter${name.startsWith("/") ? name : `/${name}`}`;
  return allow("ssm:GetParameter", name.startsWith("arn:") ? name : own("ssm", path));
}

export function allow(action: string, resource: Statement["Resource"]): Statement {
  return { Effect: "Allow", Action: action, Resource: resource };
}

/** An ARN in the account and the region of the deployment. */
export function own(service: string, resource: string): Statement["Resource"] {
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
  };
}
