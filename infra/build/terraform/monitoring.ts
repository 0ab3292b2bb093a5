import { asText, type Cfn } from "./expressions.ts";
import { Fields, type Attribute, type Block, type Body } from "./hcl.ts";
import type { Properties } from "./properties.ts";
import { row, rows, type Context, type Row } from "./translation.ts";

export function translateAlarm({ of }: Context): Body {
  const dimensions = of.take("Dimensions");
  const metrics = rows(of.take("Metrics"));
  return [
    ...of.attributes({
      AlarmName: "alarm_name",
      AlarmDescription: "alarm_description",
      Namespace: "namespace",
      MetricName: "metric_name",
    }),
    ...(dimensions === undefined
      ? []
      : [{ name: "dimensions", value: toDimensions(dimensions, of) }]),
    ...of.attributes({
      Statistic: "statistic",
      Period: "period",
      EvaluationPeriods: "evaluation_periods",
      DatapointsToAlarm: "datapoints_to_alarm",
      Threshold: "threshold",
      ComparisonOperator: "comparison_operator",
      TreatMissingData: "treat_missing_data",
      AlarmActions: "alarm_actions",
      OKActions: "ok_actions",
    }),
    ...metrics.map((metric) => toMetricQuery(metric, of)),
  ];
}

function toDimensions(dimensions: Cfn, of: Properties): Fields {
  return new Fields(
    rows(dimensions).map(
      ({ Name, Value: value = null }) => [asText(Name), of.translate(value)] as const,
    ),
  );
}

function toMetricQuery(metric: Row, of: Properties): Block {
  const { Id = null, Expression, Label, ReturnData, MetricStat } = metric;
  const stat = row(MetricStat);
  const inner = row(stat["Metric"]);
  const optional = (name: string, value: Cfn | undefined): readonly Attribute[] =>
    value === undefined ? [] : [{ name, value: of.translate(value) }];
  return {
    block: "metric_query",
    body: [
      { name: "id", value: of.translate(Id) },
      ...optional("expression", Expression),
      ...optional("label", Label),
      // CloudFormation's default is true, Terraform's is false.
      { name: "return_data", value: of.translate(ReturnData ?? true) },
      ...(MetricStat === undefined
        ? []
        : [
            {
              block: "metric",
              body: [
                ...optional("namespace", inner["Namespace"]),
                ...optional("metric_name", inner["MetricName"]),
                { name: "dimensions", value: toDimensions(inner["Dimensions"] ?? [], of) },
                ...optional("stat", stat["Stat"]),
                ...optional("period", stat["Period"]),
              ],
            },
          ]),
    ],
  };
}

export function translateBudget({ of }: Context): Body {
  const budget = row(of.take("Budget"));
  const limit = row(budget["BudgetLimit"]);
  const attribute = (name: string, value: Cfn | undefined): Attribute => ({
    name,
    value: of.translate(value ?? null),
  });
  return [
    attribute("name", budget["BudgetName"]),
    attribute("budget_type", budget["BudgetType"]),
    attribute("time_unit", budget["TimeUnit"]),
    attribute("limit_amount", limit["Amount"]),
    attribute("limit_unit", limit["Unit"]),
    ...Object.entries(row(budget["CostFilters"])).map(([name, values]) => ({
      block: "cost_filter",
      body: [attribute("name", name), attribute("values", values)],
    })),
    ...rows(of.take("NotificationsWithSubscribers")).map((notification) => {
      const one = row(notification["Notification"]);
      const subscribers = rows(notification["Subscribers"]).map(({ Address = null }) => Address);
      return {
        block: "notification",
        body: [
          attribute("notification_type", one["NotificationType"]),
          attribute("comparison_operator", one["ComparisonOperator"]),
          attribute("threshold", one["Threshold"]),
          attribute("threshold_type", "PERCENTAGE"),
          attribute("subscriber_sns_topic_arns", subscribers),
        ],
      };
    }),
  ];
}
