import { HEAD, type BrokenFile } from "../rule-file.ts";

const CLUSTERS =
  "clusters: [{ name: backup-eu, access: { kubeconfig: a } }, { name: backup-us, access: { kubeconfig: b } }]\n";

/** A pipeline with two other clusters and a rule that mirrors ConfigMaps. */
const mirror = (
  parameters: string,
  lines: readonly string[] = [],
  on = "resource: configmaps",
  more = "",
): string => {
  const rule = [
    "id: a",
    `on: { ${on} }`,
    `then: [ { mirror: { ${parameters} } }${more} ]`,
    ...lines,
  ];
  return `${HEAD}${CLUSTERS}rules:\n  - ${rule.join("\n    ")}\n`;
};
const TO = "to: [backup-eu]";

/** Mirrors that are wrong in a way that JSON Schema sees too. */
export const MIRROR_SHAPES: readonly BrokenFile[] = [
  ["a mirror without a cluster", mirror("conflict: skip"), /rules\[0\]\.then\[0\]\.mirror.*to/],
  ["a mirror to a text", mirror("to: backup-eu"), /write a list: to: \[backup-eu\]/],
  ["a mirror to no cluster", mirror("to: []"), /is empty: name a cluster/],
  [
    "a mirror with another way to resolve conflicts",
    mirror(`${TO}, conflict: overwrite`),
    /expected fail, adopt or skip/,
  ],
  ["a mirror with an unknown parameter", mirror(`${TO}, prune: true`), /prune/],
  [
    "a mirror beside a remediation",
    mirror(TO, [], undefined, ", { label: { set: { a: b } } }"),
    /label cannot stand beside mirror/,
  ],
  [
    "a mirror of some changes",
    mirror(TO, [], "resource: configmaps, changes: [added]"),
    /whatever has changed/,
    /delete and left of the mirror/,
  ],
  [
    "a mirror of changed fields",
    mirror(TO, [], "resource: configmaps, changed: { fields: [data], unknown: act }"),
    /whichever fields have changed/,
  ],
  ["a mirror with once", mirror(TO, ["once: object"]), /a mirror has no episodes/],
  ["a mirror with for", mirror(TO, ["for: 10m"]), /a mirror does not wait/],
  [
    "a mirror that skips initial objects",
    mirror(TO, ["initial: skip"]),
    /objects that exist at the first start too/,
  ],
  [
    "a mirror with a verification",
    mirror(TO, ["verify: {}"]),
    /verify needs an action that remediates: this rule only mirrors/,
  ],
  [
    "a mirror with a cooldown",
    mirror(TO, ["guards: { cooldown: 1h }"]),
    /cooldown needs an action that remediates: this rule only mirrors/,
  ],
  [
    "a mirror with a number of writes an hour",
    mirror(TO, ["guards: { maxPerHour: 5 }"]),
    /nothing counts what a mirror writes/,
  ],
  [
    "a mirror that asks for approval",
    mirror(
      TO,
      ["guards: { mode: approval }"],
      undefined,
      `, { alert: { to: ops, summary: "'x'" } }`,
    ),
    /mode: approval needs an action that remediates/,
  ],
  [
    "a mirror that sets a label of Kubemend",
    mirror(`${TO}, labels: { set: { kubemend.dev/mirrored-by: b } }`),
    /expected a key outside kubemend\.dev/,
  ],
];

/** Mirrors that no JSON Schema can know to be wrong. */
export const MIRRORS: readonly BrokenFile[] = [
  ["a mirror to a cluster twice", mirror("to: [backup-eu, backup-eu]"), /names a cluster twice/],
  [
    "a mirror to a misspelt cluster",
    mirror("to: [backup-eu, bakcup-us]"),
    /the pipeline names no cluster bakcup-us/,
    /did you mean backup-us\?/,
  ],
  [
    "a mirror to its own cluster",
    mirror("to: [prod]"),
    /prod is the cluster that the objects are in/,
  ],
  [
    "two mirrors in a rule",
    mirror(TO, [], undefined, ", { mirror: { to: [backup-us] } }"),
    /a rule mirrors once: to names all clusters/,
  ],
  [
    "a mirror of Nodes",
    mirror(TO, [], "resource: nodes"),
    /nodes cannot be mirrored: a Node is a machine/,
  ],
  [
    "a mirror of Kubemend's own records",
    mirror(TO, [], "resource: remediations.kubemend.dev"),
    /remediations\.kubemend\.dev cannot be mirrored/,
  ],
  [
    "a mirror whose condition reads the change",
    mirror(TO, ['where: change.kind == "added"']),
    /change is not known here: a copy follows from its source alone/,
  ],
  [
    "a mirror whose labels read the time",
    mirror(`${TO}, labels: { set: { at: { cel: "string(now)" } } }`),
    /now is not known here/,
  ],
  [
    "a mirror that leads two namespaces into one",
    mirror(`${TO}, namespaces: { a: x, b: x }`),
    /leads two namespaces into the same one/,
  ],
  [
    "a mirror that leads a namespace into one that it covers too",
    mirror(`${TO}, namespaces: { shop: shop-dr }`),
    /leads shop into shop-dr, which the rule covers too/,
    /map shop-dr to another namespace, or name the rule's namespaces/,
  ],
  [
    "a mirror that leads one of its namespaces into another",
    mirror(
      `${TO}, namespaces: { shop: shop-dr }`,
      [],
      "resource: configmaps, namespaces: [shop, shop-dr]",
    ),
    /leads shop into shop-dr, which the rule covers too/,
  ],
  [
    "a mirror that sets a field of the status",
    mirror(`${TO}, fields: { set: { status.ready: true } }`),
    /outside metadata and status/,
  ],
  [
    "a mirror that sets a field to null",
    mirror(`${TO}, fields: { set: { data.a: null } }`),
    /is null: write the path under remove/,
  ],
  [
    "a mirror that compares every minute",
    mirror(`${TO}, compareEvery: 1m`),
    /expected a time from 10m to 7d/,
  ],
];
