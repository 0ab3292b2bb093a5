import fc from "fast-check";
import { labels, mapOf, memory, quantity, some, text, unique, word } from "./values.ts";

const image = fc.constantFrom(
  "registry.a/web:1",
  "registry.a/team/web@sha256:0123456789012345678901234567890123456789012345678901234567890123",
  "registry.another/x",
  "nginx",
  "docker.io/library/nginx:latest",
);
const port = fc.integer({ min: 1, max: 65_535 });
const portReference = fc.oneof(port, fc.constant("web"));

const environment = unique(
  fc.oneof(
    fc.record({ name: word, value: text }),
    fc.record({
      name: word,
      valueFrom: fc.oneof(
        fc.constant({ fieldRef: { fieldPath: "metadata.name" } }),
        fc.constant({ fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } }),
        fc.record({
          configMapKeyRef: some({ name: word, key: word, optional: fc.boolean() }, ["name", "key"]),
        }),
        fc.record({ secretKeyRef: fc.record({ name: word, key: word }) }),
        fc.constant({ resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } }),
      ),
    }),
  ),
  ({ name }) => name,
  { max: 4 },
);

const handler = fc.oneof(
  fc.record({
    httpGet: some(
      {
        path: fc.constant("/health"),
        port: portReference,
        scheme: fc.constantFrom("HTTP", "HTTPS"),
        httpHeaders: fc.constant([{ name: "A", value: "b" }]),
      },
      ["port"],
    ),
  }),
  fc.record({ tcpSocket: fc.record({ port: portReference }) }),
  fc.record({ exec: fc.record({ command: fc.array(text, { minLength: 1, maxLength: 2 }) }) }),
);
const probe = fc
  .tuple(
    handler,
    some({
      periodSeconds: fc.integer({ min: 1, max: 9 }),
      timeoutSeconds: fc.integer({ min: 1, max: 9 }),
      failureThreshold: fc.integer({ min: 1, max: 9 }),
      initialDelaySeconds: fc.nat(9),
    }),
  )
  .map(([one, times]) => ({ ...one, ...times }));

const containerBody = some(
  {
    image,
    command: fc.array(text, { maxLength: 2 }),
    args: fc.array(text, { maxLength: 3 }),
    workingDir: fc.constant("/srv"),
    env: environment,
    envFrom: fc.array(
      fc.oneof(
        fc.record({ configMapRef: fc.record({ name: word }) }),
        fc.record({ prefix: fc.constant("A_"), secretRef: fc.record({ name: word }) }),
      ),
      { maxLength: 2 },
    ),
    ports: unique(
      some(
        {
          name: word,
          containerPort: fc.constantFrom(80, 81, 443),
          protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
        },
        ["containerPort"],
      ),
      ({ containerPort, protocol = "TCP" }) => [containerPort, protocol],
    ).map(nameOnce),
    resources: fc.oneof(
      some({ requests: some({ cpu: quantity, memory }) }),
      some({ limits: some({ cpu: quantity, memory, "ephemeral-storage": memory }) }),
    ),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: fc.record({ preStop: handler }),
    imagePullPolicy: fc.constantFrom("Always", "IfNotPresent", "Never"),
    terminationMessagePolicy: fc.constantFrom("File", "FallbackToLogsOnError"),
    securityContext: some({
      runAsUser: fc.nat(9_999),
      runAsNonRoot: fc.boolean(),
      readOnlyRootFilesystem: fc.boolean(),
      capabilities: some({
        drop: fc.constant(["ALL"]),
        add: fc.constant(["NET_ADMIN", "SYS_TIME"]),
      }),
    }),
    stdin: fc.boolean(),
    tty: fc.boolean(),
  },
  ["image"],
);

/** Names of ports have to be unique, and an empty list of names is no list. */
function nameOnce<T extends { name?: string }>(ports: readonly T[]): readonly T[] {
  const names = new Set<string>();
  return ports.map((one) => {
    const { name } = one;
    if (name === undefined || names.has(name)) {
      const { name: _name, ...rest } = one;
      return rest as T;
    }
    names.add(name);
    return one;
  });
}

const volumeSource = fc.oneof(
  fc.constant({ emptyDir: {} }),
  fc.record({ emptyDir: some({ medium: fc.constant("Memory"), sizeLimit: memory }) }),
  fc.record({
    configMap: some(
      {
        name: word,
        optional: fc.boolean(),
        defaultMode: fc.constantFrom(0, 292, 420),
        items: fc.constant([
          { key: "a", path: "b" },
          { key: "c", path: "d", mode: 256 },
        ]),
      },
      ["name"],
    ),
  }),
  fc.record({ secret: some({ secretName: word, optional: fc.boolean() }, ["secretName"]) }),
  fc.record({
    hostPath: some({ path: fc.constant("/tmp"), type: fc.constantFrom("", "Directory") }, ["path"]),
  }),
  fc.record({
    persistentVolumeClaim: some({ claimName: word, readOnly: fc.boolean() }, ["claimName"]),
  }),
  fc.constant({
    downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
  }),
  fc.constant({
    projected: {
      sources: [
        { configMap: { name: "a" } },
        { serviceAccountToken: { path: "token" } },
        { downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
      ],
    },
  }),
  fc.constant({
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
      },
    },
  }),
  fc.constant({ csi: { driver: "csi.example.com", volumeAttributes: { a: "b" } } }),
  fc.constant({ nfs: { server: "nfs.example", path: "/", readOnly: true } }),
);

const selectorTerm = fc.constantFrom(
  { matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] },
  { matchExpressions: [{ key: "gpu", operator: "Exists" }] },
);
const affinity = some({
  nodeAffinity: some({
    requiredDuringSchedulingIgnoredDuringExecution: fc.record({
      nodeSelectorTerms: fc.array(selectorTerm, { minLength: 1, maxLength: 2 }),
    }),
    preferredDuringSchedulingIgnoredDuringExecution: fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 100 }), preference: selectorTerm }),
      { maxLength: 2 },
    ),
  }),
  podAntiAffinity: fc.constant({
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 1,
        podAffinityTerm: { topologyKey: "zone", labelSelector: { matchLabels: { app: "web" } } },
      },
    ],
  }),
});

const podFields = some({
  nodeSelector: mapOf(word),
  tolerations: fc.array(
    fc.constantFrom<object>(
      { operator: "Exists" },
      { key: "a", operator: "Exists", effect: "NoSchedule" },
      { key: "a", value: "b" },
      { key: "c", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 },
    ),
    { maxLength: 3 },
  ),
  affinity,
  topologySpreadConstraints: unique(
    some(
      {
        maxSkew: fc.integer({ min: 1, max: 3 }),
        topologyKey: fc.constantFrom("zone", "host"),
        whenUnsatisfiable: fc.constantFrom("DoNotSchedule", "ScheduleAnyway"),
        labelSelector: fc.constantFrom({}, { matchLabels: { app: "web" } }),
      },
      ["maxSkew", "topologyKey", "whenUnsatisfiable"],
    ),
    ({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable],
  ),
  hostAliases: unique(
    fc.record({
      ip: fc.constantFrom("10.0.0.1", "10.0.0.2"),
      hostnames: fc.array(word, { maxLength: 2 }),
    }),
    ({ ip }) => ip,
  ),
  dnsPolicy: fc.constantFrom("ClusterFirst", "Default"),
  dnsConfig: some({
    nameservers: fc.constant(["10.0.0.1", "10.0.0.2"]),
    searches: fc.constant(["a.example"]),
    options: fc.constant([{ name: "ndots", value: "2" }, { name: "edns0" }]),
  }),
  securityContext: some({
    runAsUser: fc.nat(9_999),
    fsGroup: fc.nat(9_999),
    supplementalGroups: fc.constant([3, 1, 2]),
    sysctls: fc.constant([{ name: "kernel.shm_rmid_forced", value: "1" }]),
    seccompProfile: fc.constant({ type: "RuntimeDefault" }),
  }),
  serviceAccountName: word,
  terminationGracePeriodSeconds: fc.nat(60),
  imagePullSecrets: unique(fc.record({ name: word }), ({ name }) => name),
  schedulerName: fc.constantFrom("default-scheduler", "own"),
  enableServiceLinks: fc.boolean(),
  automountServiceAccountToken: fc.constant(false),
  shareProcessNamespace: fc.boolean(),
  readinessGates: fc.constant([{ conditionType: "example.com/ready" }]),
  hostname: word,
  subdomain: word,
});

/** The spec of a Pod, whose volumes are mounted. */
export const podSpec: fc.Arbitrary<Record<string, unknown>> = fc
  .record({
    fields: podFields,
    names: fc.uniqueArray(word, { minLength: 4, maxLength: 4 }),
    bodies: fc.array(containerBody, { minLength: 1, maxLength: 3 }),
    init: fc.option(fc.record({ body: containerBody, isSidecar: fc.boolean() }), {
      nil: undefined,
    }),
    volumes: unique(fc.record({ name: word, source: volumeSource }), ({ name }) => name),
  })
  .map(({ fields, names, bodies, init, volumes }) => {
    const volumeMounts = volumes.map(({ name }, index) => ({
      name,
      mountPath: `/mnt/${index}`,
      ...(index === 1 ? { readOnly: true, subPath: "a" } : {}),
    }));
    const containers = bodies.map((body, index) => ({
      name: names[index],
      ...body,
      ...(index === 0 ? { volumeMounts } : {}),
    }));
    const {
      livenessProbe: _l,
      readinessProbe: _r,
      startupProbe: _s,
      lifecycle: _c,
      ...plain
    } = init?.body ?? {};
    const first = init?.isSidecar === true ? { ...init.body, restartPolicy: "Always" } : plain;
    const initContainers =
      init === undefined ? {} : { initContainers: [{ name: names[3], ...first }] };
    return {
      ...fields,
      ...initContainers,
      containers,
      volumes: volumes.map(({ name, source }) => ({ name, ...source })),
    };
  });

/** A template of Pods with the label `app: web`, by which workloads select them. */
export const podTemplate: fc.Arbitrary<Record<string, unknown>> = fc
  .record({ spec: podSpec, own: labels, annotations: mapOf(text) })
  .map(({ spec, own, annotations }) => ({
    metadata: { labels: { ...own, app: "web" }, annotations },
    spec,
  }));
