import { Ajv } from "ajv";

const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/);
ajv.addFormat("uri", { type: "string", validate: (text) => URL.canParse(text) });
ajv.addFormat("uri-reference", {
  type: "string",
  validate: (text) => /^[\x21-\x7E]*$/.test(text) && URL.canParse(text, "https://host.example/"),
});

/** Finds what a JSON Schema refuses in a text, as `<path> <fault>`. */
export function createCheckJson(schema: object): (text: string) => readonly string[] {
  const validate = ajv.compile(schema);
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text) as unknown;
    } catch {
      return ["is not JSON"];
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
