#!/usr/bin/env node
// Judges a dashboard's answers by config/openapi.json: one JSON object a line on standard input, {method, path, status, body}
// (body: JSON or null, wanted: the request's or null). Each path must be described, each status documented, each body as its schema says, and what was taken, too; and every
// operation of the document must have been asked for something, unless the argument is "some".
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const api = JSON.parse(readFileSync(new URL("../../config/openapi.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
addFormats(ajv);
ajv.addSchema({ $id: "openapi", components: api.components }, "openapi");
ajv.addKeyword("components");

const operations = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({
  name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), operation,
  pattern: new RegExp(`^/api/v1${path.replace(/[.]/g, "\\.").replace(/\{[a-z]+\}/g, "[^/]+")}$`), literal: !path.includes("{"),
})));

const rebased = (value) => JSON.parse(JSON.stringify(value).replaceAll('"#/components', '"openapi#/components'));
const compiled = new Map();
function judge(operation, status, body) {
  let response = operation.operation.responses[status];
  if (!response) return status === 404 || status === 405 || status === 413 ? null : `status ${status} is not documented`;
  if (response.$ref) response = api.components.responses[response.$ref.split("/").at(-1)];
  const schema = response.content?.["application/json"]?.schema;
  if (!schema) return body === null ? null : `status ${status} has no JSON body`;
  return fault(`${operation.name} ${status}`, schema, body);
}

function fault(key, schema, value) {
  if (!compiled.has(key)) compiled.set(key, ajv.compile(rebased(schema)));
  return compiled.get(key)(value) ? null : ajv.errorsText(compiled.get(key).errors);
}

/** What is not as the document says must not be taken. */
function judgeTaken({ name, operation }, status, wanted) {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const why = schema && wanted && status < 300 ? fault(`${name} request`, schema, wanted) : null;
  return why && `took ${JSON.stringify(wanted).slice(0, 200)}: ${why}`;
}

const troubles = new Set();
const asked = new Set();
let count = 0;
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { method, path, status, body, wanted } = JSON.parse(line);
  if (!path.startsWith("/api/v1/")) continue; // the page's files, and what Prometheus asks
  const fits = operations.filter((one) => one.method === method && one.pattern.test(path)).sort((a, b) => Number(b.literal) - Number(a.literal));
  if (fits.length === 0) {
    if (status < 400) troubles.add(`${method} ${path} answered ${status} and is not described`);
    continue;
  }
  asked.add(fits[0].name);
  count++;
  for (const trouble of [judge(fits[0], status, body), judgeTaken(fits[0], status, wanted)])
    if (trouble) troubles.add(`${fits[0].name}: ${trouble}`);
}
const isSome = process.argv[2] === "some";
for (const one of operations) if (!isSome && !asked.has(one.name)) troubles.add(`${one.name} was never asked`);
console.log(`# ${count} answers of ${asked.size} operations judged`);
for (const trouble of troubles) console.log(`# ${trouble}`);
process.exit(troubles.size > 0 ? 1 : 0);
