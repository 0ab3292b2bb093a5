import fc from "fast-check";
import { claimSpec, spec, type Body } from "./body.ts";
import { mapOf, memory, quantity, some, text, unique, word } from "./values.ts";

const base64 = fc.string({ maxLength: 6 }).map((value) => Buffer.from(value).toString("base64"));
const key = fc.oneof(
  word,
  fc.constantFrom("a.b", "A_b", "-", "__proto__x", "constructor", "toString"),
);
const servicePorts = fc
  .uniqueArray(
    fc.record({
      port: fc.integer({ min: 1, max: 999 }),
      more: some({
        targetPort: fc.oneof(fc.constant("web"), fc.integer({ min: 1, max: 999 })),
        protocol: fc.constantFrom("TCP", "UDP"),
        appProtocol: fc.constant("http"),
      }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ port }) => port },
  )
  .map((ports) => ports.map(({ port, more }, index) => ({ name: `p${index}`, port, ...more })));

/** Resources whose objects are data, addresses, storage and limits. */
export const PLAIN_KINDS: Readonly<Record<string, Body>> = {
  configmaps: some({
    data: fc.dictionary(key, text, { maxKeys: 4 }),
    binaryData: mapOf(base64).map((data) =>
      Object.fromEntries(Object.entries(data).map(([name, value]) => [`bin-${name}`, value])),
    ),
    immutable: fc.constant(false),
  }),
  secrets: some({
    data: fc.dictionary(key, base64, { maxKeys: 3 }),
    type: fc.constantFrom("Opaque", "example.com/own"),
  }),
  services: fc.oneof(
    spec(
      some(
        {
          type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer"),
          selector: mapOf(word),
          ports: servicePorts,
          sessionAffinity: fc.constantFrom("None", "ClientIP"),
          internalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
          publishNotReadyAddresses: fc.boolean(),
          ipFamilyPolicy: fc.constantFrom("SingleStack", "PreferDualStack"),
          externalIPs: fc.constant(["192.0.2.1"]),
          trafficDistribution: fc.constant("PreferClose"),
        },
        ["ports"],
      ),
    ),
    spec(
      some({ clusterIP: fc.constant("None"), selector: mapOf(word), ports: servicePorts }, [
        "clusterIP",
      ]),
    ),
    spec(
      some(
        {
          type: fc.constant("LoadBalancer"),
          ports: servicePorts,
          externalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
          allocateLoadBalancerNodePorts: fc.boolean(),
          loadBalancerSourceRanges: fc.constant(["10.0.0.0/8"]),
          loadBalancerClass: fc.constant("example.com/lb"),
        },
        ["type", "ports"],
      ),
    ),
    fc.constant({ spec: { type: "ExternalName", externalName: "a.example" } }),
  ),
  serviceaccounts: some({
    imagePullSecrets: unique(fc.record({ name: word }), ({ name }) => name),
    automountServiceAccountToken: fc.boolean(),
    secrets: unique(fc.record({ name: word }), ({ name }) => name),
  }),
  persistentvolumeclaims: spec(claimSpec),
  limitranges: spec(
    fc.record({
      limits: fc.constantFrom(
        [{ type: "Container", default: { cpu: "100m" }, max: { cpu: "1.0" } }],
        [
          { type: "Pod", max: { memory: "1024Mi" } },
          { type: "Container", min: { cpu: "0.01" } },
        ],
      ),
    }),
  ),
  resourcequotas: spec(
    some({
      hard: some({ cpu: quantity, "requests.memory": memory, pods: fc.constant("10") }),
      scopes: fc.constant(["NotTerminating"]),
    }),
  ),
  "endpointslices.discovery.k8s.io": fc.record({
    addressType: fc.constant("IPv4"),
    endpoints: fc.array(
      some(
        {
          addresses: fc.constantFrom(["10.1.0.1"], ["10.1.0.2"]),
          conditions: fc.constant({ ready: true }),
          hostname: word,
        },
        ["addresses"],
      ),
      { maxLength: 2 },
    ),
    ports: unique(
      some({ name: word, port: fc.integer({ min: 1, max: 99 }) }, ["name"]),
      ({ name }) => name,
    ),
  }),
  "priorityclasses.scheduling.k8s.io": fc.record({
    value: fc.integer({ min: 1, max: 9 }),
    description: text,
  }),
  "storageclasses.storage.k8s.io": some(
    {
      provisioner: fc.constant("csi.example.com"),
      parameters: mapOf(text),
      reclaimPolicy: fc.constantFrom("Delete", "Retain"),
      mountOptions: fc.constant(["ro", "soft"]),
      volumeBindingMode: fc.constant("WaitForFirstConsumer"),
    },
    ["provisioner"],
  ),
};
