import {
  asText,
  toAddress,
  toConditionLocal,
  toSnake,
  toType,
  type CfnResource,
  type Scope,
} from "./expressions.ts";
import { translateEventSource, translateFunction } from "./functions.ts";
import { Raw, type Attribute, type Block, type Body } from "./hcl.ts";
import { translateAlarm, translateBudget } from "./monitoring.ts";
import { openProperties } from "./properties.ts";
import {
  first,
  json,
  named,
  optionalJson,
  rows,
  type Context,
  type Row,
  type Translation,
} from "./translation.ts";

/** Types that bear tags in Terraform: in CloudFormation the tags of the stack reach them by themselves. */
const TAGGED = new Set([
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_log_group",
  "aws_cloudwatch_metric_alarm",
  "aws_iam_role",
  "aws_lambda_event_source_mapping",
  "aws_lambda_function",
  "aws_security_group",
  "aws_sns_topic",
  "aws_sqs_queue",
  "aws_vpc_endpoint",
]);

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  "AWS::Budgets::Budget": translateBudget,
  "AWS::CloudWatch::Alarm": translateAlarm,
  "AWS::CloudWatch::Dashboard": ({ of, scope }) => [
    ...of.attributes({ DashboardName: "dashboard_name" }),
    json("dashboard_body", of.take("DashboardBody"), scope),
  ],
  "AWS::EC2::SecurityGroup": translateSecurityGroup,
  "AWS::EC2::VPCEndpoint": ({ of }) =>
    of.attributes({
      VpcId: "vpc_id",
      ServiceName: "service_name",
      VpcEndpointType: "vpc_endpoint_type",
      SubnetIds: "subnet_ids",
      SecurityGroupIds: "security_group_ids",
      PrivateDnsEnabled: "private_dns_enabled",
    }),
  "AWS::Events::Rule": ({ id, of }) => {
    of.take("Targets");
    return [
      { name: "name", value: named(toSnake(id).split("_")[0] ?? id) },
      ...of.attributes({ ScheduleExpression: "schedule_expression", State: "state" }),
    ];
  },
  "AWS::IAM::Role": ({ id, of, scope }) => {
    of.take("Policies");
    return [
      { name: "name", value: named(toSnake(id).replace(/_role$/, "")) },
      json("assume_role_policy", of.take("AssumeRolePolicyDocument"), scope),
    ];
  },
  "AWS::IAM::RolePolicy": ({ of, scope }) => [
    ...of.attributes({ RoleName: "role", PolicyName: "name" }),
    json("policy", of.take("PolicyDocument"), scope),
  ],
  "AWS::Lambda::EventSourceMapping": translateEventSource,
  "AWS::Lambda::Function": translateFunction,
  "AWS::Lambda::Permission": ({ of }) =>
    of.attributes({
      FunctionName: "function_name",
      Action: "action",
      Principal: "principal",
      SourceArn: "source_arn",
    }),
  "AWS::Logs::LogGroup": ({ of }) =>
    of.attributes({
      LogGroupName: "name",
      RetentionInDays: "retention_in_days",
      KmsKeyId: "kms_key_id",
    }),
  "AWS::SNS::Subscription": ({ of }) =>
    of.attributes({ TopicArn: "topic_arn", Protocol: "protocol", Endpoint: "endpoint" }),
  "AWS::SNS::Topic": ({ of }) =>
    of.attributes({ TopicName: "name", KmsMasterKeyId: "kms_master_key_id" }),
  "AWS::SNS::TopicPolicy": ({ of, scope }) => [
    { name: "arn", value: of.translate(first(of.take("Topics"))) },
    json("policy", of.take("PolicyDocument"), scope),
  ],
  "AWS::SQS::Queue": ({ of, scope }) => [
    ...of.attributes({
      QueueName: "name",
      FifoQueue: "fifo_queue",
      DeduplicationScope: "deduplication_scope",
      FifoThroughputLimit: "fifo_throughput_limit",
      VisibilityTimeout: "visibility_timeout_seconds",
      MessageRetentionPeriod: "message_retention_seconds",
      SqsManagedSseEnabled: "sqs_managed_sse_enabled",
      KmsMasterKeyId: "kms_master_key_id",
    }),
    ...optionalJson("redrive_policy", of.take("RedrivePolicy"), scope),
  ],
  "AWS::SQS::QueuePolicy": ({ of, scope }) => [
    { name: "queue_url", value: of.translate(first(of.take("Queues"))) },
    json("policy", of.take("PolicyDocument"), scope),
  ],
};

/**
 * A resource of the template in Terraform; more than one if Terraform has a part of it as a resource of its own. It is made only if the
 * condition, an expression of Terraform, holds; by default the one that the template names.
 */
export function translateResource(
  id: string,
  resource: CfnResource,
  scope: Scope,
  condition: string | undefined = toCondition(resource),
): readonly Block[] {
  const translation = TRANSLATIONS[resource.Type];
  if (translation === undefined) throw new Error(`${id}: ${resource.Type} is not translated`);
  const of = openProperties(id, resource, scope);
  const body = translation({ id, scope, of });
  of.end();
  const type = toType(resource.Type);
  const ofType = type === "aws_lambda_function" ? "local.function_tags" : "local.tags";
  const tags = TAGGED.has(type) ? [{ name: "tags", value: new Raw(ofType) }] : [];
  return [
    toBlock(type, toSnake(id), condition, insertTags(body, tags)),
    ...translateParts(id, resource, scope, condition),
  ];
}

function toCondition({ Condition }: CfnResource): string | undefined {
  return Condition === undefined ? undefined : toConditionLocal(Condition);
}

/** Attributes come before blocks. */
function insertTags(body: Body, tags: readonly Attribute[]): Body {
  return [...body.filter((item) => !isBlock(item)), ...tags, ...body.filter(isBlock)];
}

function isBlock(item: Body[number]): boolean {
  return "block" in item;
}

function toBlock(type: string, label: string, condition: string | undefined, body: Body): Block {
  const count =
    condition === undefined ? [] : [{ name: "count", value: new Raw(`${condition} ? 1 : 0`) }];
  return { block: "resource", labels: [type, label], body: [...count, ...body] };
}

/** The inline policies of a role, and the targets of a rule. */
function translateParts(
  id: string,
  resource: CfnResource,
  scope: Scope,
  condition: string | undefined,
): readonly Block[] {
  const label = toSnake(id);
  const policies = rows(resource.Properties["Policies"]).map((policy) =>
    toBlock("aws_iam_role_policy", label, condition, [
      { name: "role", value: new Raw(`${toAddress(id, scope)}.name`) },
      { name: "name", value: asText(policy["PolicyName"]) },
      json("policy", policy["PolicyDocument"], scope),
    ]),
  );
  const targets = rows(resource.Properties["Targets"]).map((target) => {
    const of = openProperties(id, { Type: "", Properties: target }, scope);
    const body = of.attributes({ Id: "target_id", Arn: "arn" });
    of.end();
    const rule = { name: "rule", value: new Raw(`${toAddress(id, scope)}.name`) };
    return toBlock("aws_cloudwatch_event_target", label, condition, [rule, ...body]);
  });
  return [...policies, ...targets];
}

function translateSecurityGroup({ id, of }: Context): Body {
  const rule =
    (block: string) =>
    (one: Row): Block => ({
      block,
      body: [
        { name: "description", value: of.translate(one["Description"] ?? null) },
        { name: "protocol", value: of.translate(one["IpProtocol"] ?? null) },
        { name: "from_port", value: of.translate(one["FromPort"] ?? null) },
        { name: "to_port", value: of.translate(one["ToPort"] ?? null) },
        one["CidrIp"] === undefined
          ? { name: "security_groups", value: [of.translate(one["SourceSecurityGroupId"] ?? null)] }
          : { name: "cidr_blocks", value: [of.translate(one["CidrIp"])] },
      ],
    });
  return [
    { name: "name", value: named(toSnake(id).replace(/_security_group$/, "")) },
    ...of.attributes({ GroupDescription: "description", VpcId: "vpc_id" }),
    ...rows(of.take("SecurityGroupIngress")).map(rule("ingress")),
    ...rows(of.take("SecurityGroupEgress")).map(rule("egress")),
  ];
}
