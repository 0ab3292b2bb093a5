import { asText, toConditionLocal, toSnake, type Cfn } from "./expressions.ts";
import { Fields, Raw, renderValue, type Attribute, type Block, type Body } from "./hcl.ts";
import type { Properties } from "./properties.ts";
import { row, type Context, type Row } from "./translation.ts";

export function translateFunction({ id, of }: Context): Body {
  const name = toSnake(id).split("_")[0] ?? "";
  of.take("Code");
  const zip = `\${var.package_folder}/${name}.zip`;
  const environment = row(row(of.take("Environment"))["Variables"]);
  const vpc = of.take("VpcConfig");
  const tracing = row(of.take("TracingConfig"));
  const file: readonly Attribute[] = [
    { name: "filename", value: new Raw(`"${zip}"`) },
    { name: "source_code_hash", value: new Raw(`filebase64sha256("${zip}")`) },
  ];
  return [
    ...of.attributes({ FunctionName: "function_name", Description: "description" }),
    ...file,
    ...of.attributes({
      Handler: "handler",
      Runtime: "runtime",
      Architectures: "architectures",
      MemorySize: "memory_size",
      Timeout: "timeout",
      Role: "role",
      KmsKeyArn: "kms_key_arn",
    }),
    {
      name: "depends_on",
      value: [
        new Raw(`aws_cloudwatch_log_group.${name}_log_group`),
        new Raw(`aws_iam_role_policy.${name}_role`),
      ],
    },
    {
      block: "environment",
      body: [{ name: "variables", value: toEnvironment(name, environment, of) }],
    },
    ...toVpcConfig(vpc, of),
    {
      block: "tracing_config",
      body: [{ name: "mode", value: of.translate(tracing["Mode"] ?? null) }],
    },
  ];
}

/** The access to the cluster and the place of the signing keys come from variables of the module. */
function toEnvironment(name: string, variables: Row, of: Properties): Raw {
  const own: Readonly<Record<string, Raw>> = {
    KUBEMEND_CLUSTER_ACCESS: new Raw(`local.cluster_access.${name}`),
    KUBEMEND_SIGNING_KEYS: new Raw("local.signing_keys"),
  };
  const fields = new Fields(
    Object.entries(variables).map(
      ([key, value]) => [key, own[key] ?? of.translate(value)] as const,
    ),
  );
  if (!Object.hasOwn(variables, "KUBEMEND_SIGNING_KEYS"))
    return new Raw(renderValue(fields, "    "));
  const text = renderValue(fields, "      ").trim();
  return new Raw(`{\n      for name, value in ${text} : name => value if value != null\n    }`);
}

function toVpcConfig(choice: Cfn | undefined, of: Properties): readonly Block[] {
  if (choice === undefined) return [];
  const [condition, config] = row(choice)["Fn::If"] as readonly Cfn[];
  const { SubnetIds = null, SecurityGroupIds = null } = row(config);
  return [
    {
      block: "dynamic",
      labels: ["vpc_config"],
      body: [
        {
          name: "for_each",
          value: new Raw(`${toConditionLocal(asText(condition))} ? [true] : []`),
        },
        {
          block: "content",
          body: [
            { name: "subnet_ids", value: of.translate(SubnetIds) },
            { name: "security_group_ids", value: of.translate(SecurityGroupIds) },
          ],
        },
      ],
    },
  ];
}

export function translateEventSource({ of }: Context): Body {
  const scaling = row(of.take("ScalingConfig"));
  return [
    ...of.attributes({
      EventSourceArn: "event_source_arn",
      FunctionName: "function_name",
      BatchSize: "batch_size",
      Enabled: "enabled",
      FunctionResponseTypes: "function_response_types",
    }),
    {
      block: "scaling_config",
      body: [
        { name: "maximum_concurrency", value: of.translate(scaling["MaximumConcurrency"] ?? null) },
      ],
    },
  ];
}
