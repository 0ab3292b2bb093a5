import type { MirrorParameters } from "../../actions/mirror/mirror-parameters.ts";
import { isObject } from "../../json/read-json.ts";

type Images = MirrorParameters["images"];

/** Lists of containers, wherever a Pod template is: custom resources have them in places of their own. */
const CONTAINERS: ReadonlySet<string> = new Set([
  "containers",
  "initContainers",
  "ephemeralContainers",
]);

/** The object with the image of each container mapped by its beginning. The object is nested within the limit of messages. */
export function mapImages(object: unknown, images: Images): unknown {
  if (images.length === 0) return object;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, field]) =>
      CONTAINERS.has(key) && Array.isArray(field)
        ? [key, field.map((item: unknown) => visit(mapContainer(item, images)))]
        : [key, visit(field)],
    );
    return Object.fromEntries(entries);
  };
  return visit(object);
}

function mapContainer(container: unknown, images: Images): unknown {
  if (!isObject(container) || typeof container["image"] !== "string") return container;
  return { ...container, image: mapImage(container["image"], images) };
}

export function mapImage(image: string, images: Images): string {
  const match = images.find(({ from }) => image.startsWith(from));
  return match === undefined ? image : `${match.to}${image.slice(match.from.length)}`;
}
