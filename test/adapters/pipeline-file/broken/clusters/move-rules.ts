import { HEAD, type BrokenFile } from "../rule-file.ts";

const CLUSTERS = "clusters: [{ name: backup-eu, access: { kubeconfig: a } }]\n";

/** A pipeline with another cluster and a rule that begins moves. */
const move = (parameters: string, on = "resource: configmaps"): string => {
  const rule = ["id: a", `on: { ${on} }`, "once: object", `then: [ { move: { ${parameters} } } ]`];
  return `${HEAD}${CLUSTERS}rules:\n  - ${rule.join("\n    ")}\n`;
};
/** The same, with what functions may move. */
const allow = (parameters: string, grant: string): string =>
  `${move(parameters)}moves: [{ to: [backup-eu], ${grant} }]\n`;
const TO = "to: backup-eu";

/** Moves in rules that are wrong in a way that JSON Schema sees too. */
export const MOVE_RULE_SHAPES: readonly BrokenFile[] = [
  ["a move without a cluster", move("withOwned: true"), /rules\[0\]\.then\[0\]\.move.*to/],
  [
    "a move of many",
    move(`${TO}, targets: { select: { resource: pods } }`),
    /write target, and also/,
  ],
  ["a move of a selection", move(`${TO}, select: []`), /did you mean target\?/],
  ["a move with a cluster", move(`${TO}, cluster: backup-eu`), /did you mean to\?/],
  [
    "a move with a time that is none",
    move(`${TO}, deadlines: { gone: soon }`),
    /duration such as 30m/,
  ],
];

/** Moves in rules that can never be carried out. */
export const MOVE_RULES: readonly BrokenFile[] = [
  [
    "a move to an unknown cluster",
    move("to: backup-us"),
    /names no cluster backup-us/,
    /backup-eu/,
  ],
  ["a move to its own cluster", move("to: prod"), /prod is the cluster that the objects are in/],
  [
    "a move to a cluster whose changes the rule takes",
    move(TO, "resource: configmaps, clusters: [backup-eu]").replace(
      "access: { kubeconfig: a }",
      "uid: 11111111-1111-4111-8111-111111111111, access: { kubeconfig: a }",
    ),
    /backup-eu is the cluster that the objects are in/,
  ],
  [
    "a move of Jobs",
    move(TO, "resource: jobs.batch"),
    /jobs\.batch do not move/,
    /would run again/,
  ],
  [
    "a move of a named claim",
    move(`${TO}, target: { resource: persistentvolumeclaims, name: data }`),
    /persistentvolumeclaims do not move/,
    /its data stays/,
  ],
  [
    "a move together with Records",
    move(`${TO}, also: [{ resource: remediations.kubemend.dev, name: a }]`),
    /remediations\.kubemend\.dev do not move/,
  ],
  [
    "a move together with nothing named",
    move(`${TO}, also: [{ resource: secrets }]`),
    /expected either a name or a labelSelector/,
  ],
  [
    "a move together with labels that none can have",
    move(`${TO}, also: [{ resource: secrets, labelSelector: "a=b c" }]`),
    /a=b c|b c/,
  ],
  [
    "a pause by a field and an annotation",
    move(`${TO}, pause: [{ resource: secrets, field: a, annotation: b }]`),
    /expected either a field/,
  ],
  [
    "a move that moves does not have",
    move(TO),
    /no entry of moves in the pipeline is to backup-eu/,
    /moves: \[\{ to: \[backup-eu\], resources: \[configmaps\] \}\]/,
  ],
  [
    "a move with options that moves does not have",
    move(
      `${TO}, removeFinalizers: ["*"], leaveOwned: true, pause: [{ resource: configmaps, annotation: x.io/hold }]`,
      "resource: configmaps, namespaces: [shop]",
    ),
    /no entry of moves/,
    /moves: \[\{ to: \[backup-eu\], resources: \[configmaps\], namespaces: \[shop\], pause: \[\{ resource: configmaps, annotation: x\.io\/hold \}\], removeFinalizers: \["\*"\], leaveOwned: true \}\]/,
  ],
  [
    "a move of more than moves allows",
    allow(`${TO}, also: [{ resource: secrets, name: a }]`, "resources: [configmaps]"),
    /its resources do not name secrets/,
  ],
  [
    "a move from more namespaces than moves allows",
    allow(TO, "resources: [configmaps], namespaces: [shop]"),
    /its namespaces do not include/,
  ],
  [
    "a move that removes more finalizers than moves allows",
    allow(`${TO}, removeFinalizers: [a, b]`, "resources: [configmaps], removeFinalizers: [a]"),
    /its removeFinalizers does not name b/,
  ],
  [
    "a move that begins in another cluster",
    move(`${TO}, target: { cluster: backup-eu }`),
    /begins in the cluster of the trigger/,
  ],
];
