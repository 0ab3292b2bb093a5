import { ruleFile, type BrokenFile } from "./rule-file.ts";

const NODES = "on: { resource: nodes }\nreach: cluster\n";
const select = (more: string): string =>
  ruleFile(
    `on: { resource: nodes }\nreach: cluster\nwhereTarget: "true"\nthen: [ { deleteObject: { targets: { atMost: 5, select: { resource: pods, namespace: shop, ${more} } } } } ]`,
  );

export const SELECTORS: readonly BrokenFile[] = [
  [
    "a set of labels of a drain that is never closed",
    ruleFile(`${NODES}then: [ { drain: { podSelector: "app in (a" } } ]`),
    /podSelector: "app in \(a" is not a label requirement/,
    /tier in \(a, b\)/,
  ],
  [
    "a field by which no Pod is selected, of targets",
    select('fieldSelector: "status.reason=Evicted"'),
    /no API server selects pods by status\.reason/,
    /test other fields in where/,
  ],
  [
    "the same, before a value of the object",
    select(`fieldSelector: { cel: "'spec.nodename=' + object.metadata.name" }`),
    /no API server selects pods by spec\.nodename/,
    /spec\.nodeName/,
  ],
  [
    "the same, as a constant expression",
    select(`fieldSelector: { cel: "'status.reason=' + 'Evicted'" }`),
    /no API server selects pods by status\.reason/,
  ],
  [
    "labels of targets that cannot be read",
    select('labelSelector: "app==web,tier in ("'),
    /labelSelector: "tier in \(" is not a label requirement/,
  ],
  [
    "labels of targets as a constant expression that cannot be read",
    select(`labelSelector: { cel: "'app in (a'" }`),
    /is not a label requirement/,
  ],
  [
    "a value that no label of a target can have",
    select('labelSelector: "app=a/b"'),
    /no label can have the value "a\/b"/,
    /63 letters/,
  ],
  [
    "a value that no label of a watched object can have",
    ruleFile('on: { resource: pods, labelSelector: "app=a/b" }'),
    /no label can have the value "a\/b"/,
  ],
  [
    "a key that no label of a namespace can have",
    ruleFile('on: { resource: pods, namespaces: { labelSelector: "a/b/c=x" } }'),
    /no label can have the key "a\/b\/c"/,
    /example\.com\/team/,
  ],
  [
    "a template in the fields of targets",
    select('fieldSelector: "metadata.name={{ object.metadata.name }}"'),
    /fieldSelector: the template "metadata\.name=\{\{ object\.metadata\.name \}\}" would be asked for as it is/,
    /write \{ cel: "'metadata\.name=' \+ object\.metadata\.name" \}/,
  ],
  [
    "a namespace of targets that is an expression",
    ruleFile(
      'on: { resource: nodes }\nreach: cluster\nwhereTarget: "true"\nthen: [ { deleteObject: { targets: { atMost: 5, select: { resource: pods, namespace: object.metadata.name } } } } ]',
    ),
    /namespace: the text "object\.metadata\.name" itself would be asked for/,
    /write \{ cel: "object\.metadata\.name" \}/,
  ],
];
