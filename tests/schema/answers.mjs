#!/usr/bin/env node
// Judges a dashboard's answers by config/openapi.json: one JSON object a line on standard input, {method, path, status, body}
// (body: JSON or null). Each path must be described, each status documented, each body as its schema says; and every
// operation of the document must have been asked for something.
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
  const key = `${operation.name} ${status}`;
  if (!compiled.has(key)) compiled.set(key, ajv.compile(rebased(schema)));
  return compiled.get(key)(body) ? null : ajv.errorsText(compiled.get(key).errors);
}

const troubles = new Set();
const asked = new Set();
let count = 0;
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { method, path, status, body } = JSON.parse(line);
  if (!path.startsWith("/api/v1/")) continue; // the page's files, and what Prometheus asks
  const fits = operations.filter((one) => one.method === method && one.pattern.test(path)).sort((a, b) => Number(b.literal) - Number(a.literal));
  if (fits.length === 0) {
    if (status < 400) troubles.add(`${method} ${path} answered ${status} and is not described`);
    continue;
  }
  asked.add(fits[0].name);
  count++;
  const trouble = judge(fits[0], status, body);
  if (trouble) troubles.add(`${fits[0].name}: ${trouble}`);
}
for (const one of operations) if (!asked.has(one.name)) troubles.add(`${one.name} was never asked`);
console.log(`# ${count} answers of ${asked.size} operations judged`);
for (const trouble of troubles) console.log(`# ${trouble}`);
process.exit(troubles.size > 0 ? 1 : 0);
