import { ruleFile, type BrokenFile } from "./rule-file.ts";

const ON = "on: { resource: pods }\n";
const event = (message: string): string =>
  ruleFile(`${ON}then: [ { emitEvent: { reason: PodFailed, message: ${message} } } ]`);
const annotate = (value: string): string =>
  ruleFile(`${ON}then: [ { annotate: { set: { a: ${value} } } } ]`);
const job = (container: string, more = ""): string =>
  ruleFile(
    `${ON}then: [ { createJob: { ${more}job: { spec: { template: { spec: { restartPolicy: Never, containers: [ { name: a, image: a, ${container} } ] } } } } } } ]`,
  );

/** Values that read like CEL or a template, and are texts; the published schema accepts them. */
export const FORGOTTEN_CEL: readonly BrokenFile[] = [
  [
    "a message that is put together",
    event(`"'pod failed: ' + object.metadata.name"`),
    /message: the text "'pod failed: ' \+ object\.metadata\.name" itself would be written/,
    /write \{ cel: "'pod failed: ' \+ object\.metadata\.name" \}/,
  ],
  [
    "a message with a template of the object",
    event('"failed ${object.metadata.name}"'),
    /the template "failed \$\{object\.metadata\.name\}" would be written as it is/,
    /write \{ cel: "'failed ' \+ object\.metadata\.name" \}/,
  ],
  [
    "a message with a Go template",
    event('"failed {{ .metadata.name }}"'),
    /template/,
    /'failed ' \+ object\.metadata\.name/,
  ],
  [
    "a message in quotes of CEL",
    event(`"'the Pod has failed'"`),
    /the quotes would be a part of the message/,
    /write message: "the Pod has failed"/,
  ],
  [
    "a reason of more than one word",
    ruleFile(
      `${ON}then: [ { emitEvent: { message: x, reason: { cel: "'bad reason ' + object.metadata.name" } } } ]`,
    ),
    /the reason would contain "bad reason "/,
    /one word/,
  ],
  [
    "a value of an annotation that is put together",
    annotate(`"'x' + object.metadata.name"`),
    /itself would be written/,
  ],
  [
    "a value of an annotation that a function gives",
    annotate(`"string(object.status.startTime)"`),
    /itself would be written/,
  ],
  [
    "an argument of a Helm chart",
    job("command: [run]", 'args: ["{{ .Values.version }}"], '),
    /template of Helm/,
    /helm template/,
  ],
  [
    "a template of the object inside a Job",
    job('args: ["{{ .object.metadata.name }}"]'),
    /containers\[0\]\.args\[0\]: the template/,
    /env, args or labels beside it/,
  ],
  [
    "a field of the object inside a Job",
    job("args: [object.metadata.name]"),
    /itself would be written/,
    /beside it/,
  ],
];
