import type { KeyGroup } from "./key-doc.ts";

const REST = "to: [backup-eu]\nresources: [clusters.cluster.x-k8s.io, secrets]";

/** The entries of `moves`. */
export const MOVES: KeyGroup = {
  title: "An entry of moves",
  at: "moves[]",
  intro:
    "Functions carry out a Move, whoever has created it, if one entry covers all of it: its target, each of its objects, and what it asks for. Otherwise the Move says which of these the pipeline does not allow. The rights of transfer follow from these entries.",
  keys: [
    {
      key: "to",
      description: "The clusters to which objects may move, by their names in clusters.",
      example: REST,
    },
    {
      key: "from",
      description:
        "The clusters whose Moves are meant, by their names. Another one than the pipeline's own needs its uid in clusters.",
      default: "the pipeline's own cluster",
      example: "from: [backup-us]\nto: [prod]\nresources: [configmaps]",
    },
    {
      key: "resources",
      description:
        "The resources of everything that may move, those of owned objects included, without a version.",
      example: REST,
    },
    {
      key: "namespaces",
      description: "The namespaces from which objects may move.",
      default: "all, and objects in no namespace",
      example: `${REST}\nnamespaces: [shop]`,
    },
    {
      key: "pause",
      description:
        "The pauses that a Move may ask for, besides those that Kubemend knows (docs/move.md).",
      default: "none",
      example: `${REST}\npause: [{ resource: secrets, annotation: example.com/paused }]`,
    },
    {
      key: "pause[].resource",
      description: "The resource whose objects are paused.",
      example: `${REST}\npause: [{ resource: widgets.example.com, field: spec.paused }]`,
    },
    {
      key: "pause[].field",
      description: "A boolean field that pauses.",
      example: `${REST}\npause: [{ resource: widgets.example.com, field: spec.paused }]`,
    },
    {
      key: "pause[].annotation",
      description: 'An annotation that pauses by being "true".',
      example: `${REST}\npause: [{ resource: widgets.example.com, annotation: example.com/paused }]`,
    },
    {
      key: "removeFinalizers",
      description:
        "The finalizers that a Move may have taken off its sources after their deletion was accepted and while the target holds the object; ['*'] for any.",
      default: "none",
      example: `${REST}\nremoveFinalizers: ["*"]`,
    },
    {
      key: "remade",
      description:
        "The resources of which a Move may say that a controller of the target makes them again, so that they are deleted with their owners and do not move.",
      default: "none besides those that Kubemend knows",
      example: `${REST}\nremade: [widgets.example.com]`,
    },
    {
      key: "leaveOwned",
      description:
        "Whether a Move may leave objects behind that are owned by what moves: they lose that owner. It is then carried out although not everything that may be owned can be listed.",
      default: "false",
      example: `${REST}\nleaveOwned: true`,
    },
    {
      key: "dropOwners",
      description:
        "Whether a Move may move objects whose owners do not move: the copies do without these.",
      default: "false",
      example: `${REST}\ndropOwners: true`,
    },
    {
      key: "leaveData",
      description:
        "Whether a Move may move StatefulSets without their volumes: the copies begin with the claims that the target has, or with empty ones.",
      default: "false",
      example: `${REST}\nleaveData: true`,
    },
    {
      key: "createNamespaces",
      description: "Whether a Move may have namespaces created in the target.",
      default: "false",
      example: `${REST}\ncreateNamespaces: true`,
    },
  ],
};
