import { ROWS, type Panel, type Query } from "./panels.ts";

/** The relays that are shown. */
const SELECTOR = 'namespace="$namespace",job="kubemend-relay"';
const COLUMNS = 3;
const WIDTH = 8;
const HEIGHT = 8;

/** The dashboard as Grafana imports it, version 10 or later, for data sources of Prometheus and of CloudWatch. */
export function createDashboard(): object {
  return {
    title: "Kubemend",
    uid: "kubemend",
    tags: ["kubemend"],
    editable: true,
    schemaVersion: 39,
    refresh: "1m",
    time: { from: "now-6h", to: "now" },
    templating: { list: toVariables() },
    panels: toPanels(),
  };
}

function toVariables(): readonly object[] {
  return [
    ...["prometheus", "cloudwatch"].map((name) => ({
      name,
      label: name,
      type: "datasource",
      query: name,
    })),
    {
      name: "namespace",
      label: "namespace of the relay",
      type: "query",
      datasource: { type: "prometheus", uid: "${prometheus}" },
      query: "label_values(kubemend_relay_epoch, namespace)",
      refresh: 2,
    },
    {
      name: "region",
      label: "region of the functions",
      type: "query",
      datasource: { type: "cloudwatch", uid: "${cloudwatch}" },
      query: "regions()",
      refresh: 1,
    },
  ];
}

function toPanels(): readonly object[] {
  let y = 0;
  let id = 0;
  return ROWS.flatMap(({ title, panels }) => {
    const top = y;
    y += 1 + HEIGHT * Math.ceil(panels.length / COLUMNS);
    id += 1;
    const heading = {
      id,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: top, w: WIDTH * COLUMNS, h: 1 },
    };
    return [
      heading,
      ...panels.map((panel, n) => {
        id += 1;
        const x = WIDTH * (n % COLUMNS);
        const place = { x, y: top + 1 + HEIGHT * Math.floor(n / COLUMNS), w: WIDTH, h: HEIGHT };
        return toPanel(panel, id, place);
      }),
    ];
  });
}

function toPanel({ title, about, unit, queries }: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: "timeseries",
    title,
    description: about,
    gridPos,
    // Both data sources may stand in one panel.
    datasource: { type: "datasource", uid: "-- Mixed --" },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: queries.map((query, n) => toTarget(query, String.fromCodePoint(65 + n))),
  };
}

function toTarget(query: Query, refId: string): object {
  if ("expr" in query) {
    return {
      refId,
      datasource: { type: "prometheus", uid: "${prometheus}" },
      expr: query.expr.replaceAll("$of", SELECTOR),
      legendFormat: query.legend,
    };
  }
  const { metric, by, namespace = "Kubemend", statistic = "Sum" } = query;
  const target = {
    refId,
    datasource: { type: "cloudwatch", uid: "${cloudwatch}" },
    queryMode: "Metrics",
    metricQueryType: 0,
    region: "${region}",
    period: "60",
    label: `${metric} \${PROP('Dim.${by}')}`,
  };
  if (namespace !== "Kubemend") {
    // Of all queues and functions of the account, those whose names have this word.
    const search = `{${namespace},${by}} MetricName="${metric}" kubemend`;
    const expression = `SEARCH('${search}', '${statistic}', 60)`;
    return { ...target, metricEditorMode: 1, expression };
  }
  return {
    ...target,
    metricEditorMode: 0,
    namespace,
    metricName: metric,
    dimensions: { [by]: "*" },
    // It has other dimensions as well.
    matchExact: false,
    statistic,
  };
}
