import { findWrongType, type Service } from "../service.ts";

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: the message with its attributes */
const MESSAGE_MAX_BYTES = 256 * 1024;
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts";

type Attribute = { readonly name: string; readonly type: string; readonly value: string };

function listAttributes(fields: URLSearchParams): readonly Attribute[] {
  const read = (index: number, key: string): string =>
    fields.get(`MessageAttributes.entry.${index}.${key}`) ?? "";
  const attributes: Attribute[] = [];
  for (let index = 1; fields.has(`MessageAttributes.entry.${index}.Name`); index += 1) {
    const [name, type, value] = ["Name", "Value.DataType", "Value.StringValue"].map((key) =>
      read(index, key),
    ) as [string, string, string];
    attributes.push({ name, type, value });
  }
  return attributes;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html */
function findAttributeFaults({ name, type, value }: Attribute): readonly string[] {
  return [
    ...(/^(?!AWS\.|Amazon\.)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(name)
      ? []
      : [`attribute name ${name}`]),
    ...(type === "String" ? [] : [`attribute type ${type}`]),
    ...(value === "" ? [`attribute ${name} is empty`] : []),
  ];
}

function findFaults(body: string): readonly string[] {
  const fields = new URLSearchParams(body);
  const message = fields.get("Message") ?? "";
  const subject = fields.get("Subject");
  const attributes = listAttributes(fields);
  const bytes = [message, ...attributes.flatMap(({ name, type, value }) => [name, type, value])]
    .map((text) => Buffer.byteLength(text))
    .reduce((sum, size) => sum + size, 0);
  // ASCII of one line that begins with a letter, a digit or punctuation, below 100 characters.
  const isSubject = subject === null || /^[\x21-\x7E][\x20-\x7E]{0,98}$/.test(subject);
  return [
    ...(fields.get("Action") === "Publish" ? [] : ["is no Publish"]),
    ...(fields.get("TopicArn") === TOPIC ? [] : ["has another topic"]),
    ...(message === "" ? ["has no message"] : []),
    ...(isSubject ? [] : [`has the subject ${JSON.stringify(subject)}`]),
    ...(bytes <= MESSAGE_MAX_BYTES ? [] : [`has ${bytes} bytes`]),
    ...attributes.flatMap(findAttributeFaults),
  ];
}

export const SNS: Service = {
  name: "SNS Publish",
  toReceiver: () => ({ type: "sns", name: "oncall", topicArn: TOPIC }),
  toCredential: () => "",
  findFaults: (request) => [
    ...findWrongType(request, "application/x-www-form-urlencoded"),
    ...findFaults(request.body),
  ],
  accepted: () => ({
    body: "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
  }),
};
