// The schemas of config/schema, compiled, and which of them judges which topic.
import { readFileSync, readdirSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL("config/schema/", ROOT);
const TOPIC = /^stile\/v1(?:\/[a-z0-9-]{1,32}){3}\/(.+)$/;

export function load() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json")).sort();
  const schemas = new Map(files.map((name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"))]));
  // `required` and the like may stand apart from `properties` within if and then.
  const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: false });
  addFormats(ajv);
  for (const schema of schemas.values()) ajv.addSchema(schema);
  return { ajv, schemas };
}

/** The schema's file for a message on a leaf such as "cmd/access"; undefined: the leaf is not JSON of ours. */
export function schemaOf(leaf, message) {
  if (leaf === "entry" && Array.isArray(message)) return "entries.json";
  if (leaf.startsWith("res/")) return "outcome.json";
  if (leaf.startsWith("cmd/")) return `command-${leaf.slice(4)}.json`;
  return ["entry", "status", "birth", "health", "ack", "want"].includes(leaf) ? `${leaf}.json` : undefined;
}

export function leafOf(topic) {
  return TOPIC.exec(topic)?.[1] ?? "";
}

/** "" when the message is as its leaf's schema wants it, else why not. */
export function complaint({ ajv }, leaf, message) {
  const name = schemaOf(leaf, message);
  const validate = name && ajv.getSchema(name);
  if (!validate) return `${leaf}: no schema`;
  return validate(message) ? "" : `${leaf}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(message)}`;
}
