type AnswerName =
  | "alreadyExists"
  | "terminating"
  | "deleteWrongUid"
  | "deleteWrongVersion"
  | "putWrongUid"
  | "conflict"
  | "patchWrongUid"
  | "immutable"
  | "unknownInCreate"
  | "unknownInPatch"
  | "wrongType"
  | "wholeSpecReplaced"
  | "ownerWithoutVersion"
  | "tooLargeVersion"
  | "noRight"
  | "quota"
  | "newQuota"
  | "policy"
  | "webhook"
  | "noFinalizers"
  | "starting"
  | "terminatingNamespace"
  | "webhookAway"
  | "tooLarge"
  | "tooLargeForGrpc";

interface ApiAnswer {
  readonly reason?: string;
  readonly message: string;
  readonly details?: object;
}

/** Answers of kube-apiserver 1.36.3, shortened only at "...". */
export const ANSWERS: Readonly<Record<AnswerName, ApiAnswer>> = {
  alreadyExists: {
    reason: "AlreadyExists",
    message: 'jobs.batch "m1" already exists',
    details: { name: "m1", group: "batch", kind: "jobs" },
  },
  terminating: {
    reason: "AlreadyExists",
    message: 'object is being deleted: configmaps "fin" already exists',
  },
  deleteWrongUid: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on Job.batch "m1": the UID in the precondition (aaa) does not match the UID in record (269a5343-00e2-4b14-b110-da1363720950). The object might have been deleted and then recreated',
  },
  deleteWrongVersion: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on Job.batch "m1": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (210). The object might have been modified',
  },
  putWrongUid: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on jobs.batch "m1": StorageError: invalid object, Code: 4, Key: /registry/jobs/default/m1, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: aaa, UID in object meta: 269a5343-00e2-4b14-b110-da1363720950',
  },
  conflict: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on jobs.batch "m1": the object has been modified; please apply your changes to the latest version and try again',
  },
  patchWrongUid: {
    reason: "Invalid",
    message:
      'Job.batch "m1" is invalid: [metadata.uid: Invalid value: "aaa": field is immutable, ...]',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: 'Invalid value: "aaa": field is immutable',
          field: "metadata.uid",
        },
        {
          reason: "FieldValueInvalid",
          message: "`selector` not auto-generated",
          field: "spec.selector",
        },
      ],
    },
  },
  immutable: {
    reason: "Invalid",
    message: `Job.batch "m1" is invalid: spec.template: Invalid value: {"Password":"secret",${"x".repeat(5000)}}: field is immutable`,
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: `Invalid value: {"Env":${"[".repeat(200)}"Password":"secret",${"x".repeat(5000)}}: field is immutable`,
          field: "spec.template",
        },
      ],
    },
  },
  unknownInCreate: {
    reason: "BadRequest",
    message:
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.minReadySecond", unknown field "spec.foo"',
  },
  unknownInPatch: {
    reason: "Invalid",
    message: ' "" is invalid: patch: Invalid value: "{...}": strict decoding error: ...',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message:
            'Invalid value: "{\\"spec\\":{\\"sice\\":5}}": strict decoding error: unknown field "spec.sice", unknown field "spec.template.metadata.annotations"',
          field: "patch",
        },
      ],
    },
  },
  wrongType: {
    reason: "Invalid",
    message: ' "" is invalid: patch: Invalid value: "{...}": json: cannot unmarshal string ...',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message:
            'Invalid value: "{\\"a\\":\\": strict decoding error: unknown field \\\\\\"spec.a\\\\\\"\\"}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
          field: "patch",
        },
      ],
    },
  },
  wholeSpecReplaced: {
    reason: "Invalid",
    message: 'Deployment.apps "web" is invalid: [...]',
    details: {
      causes: [
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
        {
          reason: "FieldValueInvalid",
          message: "Invalid value: null: field is immutable",
          field: "spec.selector",
        },
      ],
    },
  },
  ownerWithoutVersion: {
    reason: "Invalid",
    message:
      'Job.batch "m1" is invalid: metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: 'Invalid value: "": version must not be empty',
          field: "metadata.ownerReferences.apiVersion",
        },
      ],
    },
  },
  tooLargeVersion: {
    reason: "Timeout",
    message: "Timeout: Too large resource version: 99999999, current: 210",
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  },
  noRight: {
    reason: "Forbidden",
    message:
      'jobs.batch is forbidden: User "system:serviceaccount:kubemend:kubemend-remediate" cannot create resource "jobs" in API group "batch" in the namespace "data"',
  },
  quota: {
    reason: "Forbidden",
    message:
      'jobs.batch "report-1" is forbidden: exceeded quota: jobs, requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1',
  },
  newQuota: {
    reason: "Forbidden",
    message: 'jobs.batch "report-1" is forbidden: status unknown for quota: jobs, resources: ...',
  },
  policy: {
    reason: "Forbidden",
    message:
      "jobs.batch \"report-1\" is forbidden: ValidatingAdmissionPolicy 'no-hand-made-jobs' with binding 'no-hand-made-jobs' denied request: Jobs here come from schedules only (policy OPS-12)",
  },
  webhook: {
    reason: "Forbidden",
    message: 'admission webhook "away.example.com" denied the request: not on Fridays',
  },
  noFinalizers: {
    reason: "Forbidden",
    message:
      'jobs.batch "report-1" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>',
  },
  starting: {
    reason: "Forbidden",
    message: 'jobs.batch "report-1" is forbidden: not yet ready to handle request',
  },
  terminatingNamespace: {
    reason: "Forbidden",
    message:
      'jobs.batch "report-1" is forbidden: unable to create new content in namespace data because it is being terminated',
  },
  webhookAway: {
    reason: "InternalError",
    message:
      'Internal error occurred: failed calling webhook "away.example.com": failed to call webhook: Post "https://127.0.0.1:9/validate?timeout=2s": dial tcp 127.0.0.1:9: connect: connection refused',
  },
  tooLarge: { message: "etcdserver: request is too large" },
  tooLargeForGrpc: {
    message:
      "rpc error: code = ResourceExhausted desc = trying to send message larger than max (2168541 vs. 2097152)",
  },
};
