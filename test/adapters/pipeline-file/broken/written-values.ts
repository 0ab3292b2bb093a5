import { ruleFile, type BrokenFile } from "./rule-file.ts";

const job = (container: string, pod = ""): string =>
  ruleFile(
    `then: [ { createJob: { job: { spec: { template: { spec: { restartPolicy: Never${pod}, containers: [ { name: a, ${container} } ] } } } } } } ]`,
  );
const patch = (parameters: string, on = "deployments.apps"): string =>
  ruleFile(`on: { resource: ${on} }\nthen: [ { patch: { ${parameters} } } ]`);

/** Objects and fields that the schemas of Kubernetes show to be wrong; the published schema accepts them. */
export const WRITTEN_VALUES: readonly BrokenFile[] = [
  [
    "a pull policy in small letters",
    job("image: a, imagePullPolicy: always"),
    /containers\[0\]\.imagePullPolicy: "always" is none of the values/,
    /did you mean Always/,
  ],
  [
    "an unknown field of a container",
    job("image: a, resource: {}"),
    /Container has no field resource/,
    /resources/,
  ],
  [
    "an unknown field of a volume",
    job("image: a", ", volumes: [ { name: v, configMap: { nam: x } } ]"),
    /volumes\[0\]\.configMap\.nam: ConfigMapVolumeSource has no field nam/,
    /name/,
  ],
  [
    "a mount of no volume",
    job(
      "image: a, volumeMounts: [ { name: w, mountPath: /x } ]",
      ", volumes: [ { name: v, emptyDir: {} } ]",
    ),
    /the Pod has no volume w/,
    /there are: v/,
  ],
  [
    "a number as a variable of a Job",
    job("image: a, env: [ { name: X, value: 3 } ]"),
    /value is text, and not 3/,
    /in quotes: "3"/,
  ],
  [
    "a port in quotes",
    job('image: a, ports: [ { containerPort: "80" } ]'),
    /containerPort is a whole number/,
    /without quotes: 80/,
  ],
  [
    "a container without an image",
    job("command: [a]"),
    /containers\[0\]: image is missing/,
    /image:/,
  ],
  ["one argument that is no list", job("image: a, args: run"), /args is a list, and not "run"/],
  [
    "a patch of an unknown field",
    patch("set: { spec.pausd: true }"),
    /DeploymentSpec has no field pausd/,
    /paused/,
  ],
  [
    "a patch of an unknown field of a container",
    patch('set: { "spec.template.spec.containers[name=a].imge": b }'),
    /Container has no field imge/,
    /image/,
  ],
  [
    "a patch with a value of another type",
    patch("set: { spec.replicas: three }"),
    /spec\.replicas is a whole number, and not "three"/,
  ],
  ["a removal of an unknown field", patch("remove: [spec.pausd]"), /has no field pausd/, /paused/],
];
