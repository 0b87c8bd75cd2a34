#!/usr/bin/env node
// config/schema and config/asyncapi.yaml: that they are valid, agree with the code, and can refuse.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Parser, fromFile } from "@asyncapi/parser";
import { complaint, leafOf, load, ROOT, schemaOf } from "./schemas.mjs";
import { run, test } from "./tap.mjs";

const build = process.env.STILE_BUILD ?? fileURLToPath(new URL("build", ROOT));
const catalogue = load();
const [names, ...said] = execFileSync(`${build}/tests/schema/notices`, { encoding: "utf8", maxBuffer: 1 << 26 })
  .trimEnd().split("\n").map((line) => JSON.parse(line));
const document = fileURLToPath(new URL("config/asyncapi.yaml", ROOT));
const { document: api, diagnostics } = await fromFile(new Parser(), document).parse();
const definitions = catalogue.schemas.get("definitions.json").$defs;

const clone = (message) => JSON.parse(JSON.stringify(message));
const examples = () => api.allMessages().all().flatMap((message) =>
  message.examples().all().map((example) => ({ name: message.name(), payload: example.payload() })));
const leafOfMessage = (name) => leafOf(api.channels().all()
  .find((channel) => channel.messages().all().some((message) => message.name() === name)).address()
  .replaceAll(/\{[a-z]+\}/g, "x"));

test("every schema is valid JSON Schema of 2020-12, and whatever it refers to is there", () => {
  for (const [name, schema] of catalogue.schemas) {
    assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema", name);
    assert.equal(schema.$id, name);
    assert.ok(catalogue.ajv.validateSchema(schema), catalogue.ajv.errorsText());
    assert.ok(catalogue.ajv.getSchema(name), name);
  }
});

test("the enums of the schemas are the names of the code, in its order", () => {
  for (const [name, known] of Object.entries(names)) assert.deepEqual(definitions[name].enum, known, name);
});

test("the AsyncAPI document is valid, without errors and without warnings", () => {
  const wrong = diagnostics.filter(({ severity }) => severity <= 1);
  assert.deepEqual(wrong.map(({ message, path }) => `${path.join(".")}: ${message}`), []);
  assert.ok(api);
});

test("an AsyncAPI document that refers to nothing, or binds a QoS that is none, is refused", async () => {
  const text = readFileSync(document, "utf8");
  const damages = [["schema/ack.json", "schema/nack.json"], ["'#/channels/entry'", "'#/channels/exit'"],
    ["qos: 1", "qos: 7"]];
  for (const [from, to] of damages) {
    const { diagnostics } = await new Parser().parse(text.replaceAll(from, to), { source: document });
    assert.ok(diagnostics.some(({ severity }) => severity === 0), `${to} was taken`);
  }
});

test("every schema is a message of the AsyncAPI document, and every message of JSON has one", () => {
  const used = new Set(examples().map(({ name, payload }) => schemaOf(leafOfMessage(name), payload)));
  const all = [...catalogue.schemas.keys()].filter((name) => name !== "definitions.json");
  assert.deepEqual([...used].sort(), all.sort());
});

test("every example of the AsyncAPI document is as its schema wants it", () => {
  assert.ok(examples().length >= 15);
  for (const { name, payload } of examples()) assert.equal(complaint(catalogue, leafOfMessage(name), payload), "");
});

test("every event with every reason and every class of credential makes an entry of the schema", () => {
  const entries = said.filter(({ leaf }) => leaf === "entry");
  assert.equal(entries.length, names.event.length * (names.reason.length + 1) * (names.credential_class.length + 1));
  for (const { leaf, message } of entries) assert.equal(complaint(catalogue, leaf, message), "");
});

test("status, birth, health, will and outcomes are as their schemas want them", () => {
  const others = said.filter(({ leaf }) => leaf !== "entry");
  assert.deepEqual([...new Set(others.map(({ leaf }) => leaf))].sort(), ["birth", "health", "res/desk-3", "status"]);
  for (const { leaf, message } of others) assert.equal(complaint(catalogue, leaf, message), "");
});

// What a damaged message looks like. A mutation that finds nothing to damage gives undefined.
const WRONG = { string: 7, number: "7", boolean: "true", object: [] };
const wrongFor = (value) => (Array.isArray(value) ? {} : WRONG[typeof value]);
const withData = (message, more) => ({ ...clone(message), data: { ...clone(message.data), ...more } });
function* mutations(message, schemaName) {
  const optional = schemaName.startsWith("command-") ? ["datacontenttype", "subject"] : ["subject", "batch"];
  for (const key of Object.keys(message)) {
    const without = clone(message);
    delete without[key];
    if (!optional.includes(key)) yield [`without ${key}`, without];
    yield [`${key} of another type`, { ...clone(message), [key]: wrongFor(message[key]) }];
  }
  yield ["with a field more", { ...clone(message), surprise: 1 }];
  yield ["not an object", [[message]]];
  if (!message.data) return;
  for (const key of Object.keys(message.data))
    yield [`data.${key} of another type`, withData(message, { [key]: wrongFor(message.data[key]) })];
  yield ["with a field more in data", withData(message, { holder: "an-nguyen" })];
  yield ["of another type", { ...clone(message), type: "stile.other.v1" }];
}

function* listMutations(list) {
  yield ["without a row", []];
  yield ["with a number among its rows", [...list, 7]];
  yield ["with too many rows", Array(1001).fill(list[0])];
  for (const [what, damaged] of mutations(list[0], "entry.json")) yield [`with a row ${what}`, [...list, damaged]];
}

test("a message that misses a field, has one more or one of another type is refused, in every schema", () => {
  let count = 0;
  for (const { name, payload } of examples()) {
    const leaf = leafOfMessage(name);
    if (payload.data?.state === "offline") continue; // the will: without time on purpose
    const all = Array.isArray(payload) ? listMutations(payload) : mutations(payload, schemaOf(leaf, payload));
    for (const [what, damaged] of all) {
      assert.notEqual(complaint(catalogue, leaf, damaged), "", `${leaf} ${what} was taken`);
      count++;
    }
  }
  assert.ok(count > 200, `${count} mutations`);
  console.log(`# ${count} damaged messages refused`);
});

const DAMAGES = [
  ["entry", (data) => delete data.seq], ["entry", (data) => (data.seq = 0)], ["entry", (data) => (data.seq = 1.5)],
  ["entry", (data) => (data.event = "AccessSold")], ["entry", (data) => (data.reason = "bad_mood")],
  ["entry", (data) => (data.late = false)], ["entry", (data) => (data.subject = "An")],
  ["entry", (data) => delete data.decided], ["entry", (data) => (data.decided.clock = "good")],
  ["entry", (data) => (data.decided.registry_age_s = -1)], ["entry", (data) => (data.epoch = "1")],
  ["entry", (data) => (data.access_point = "Entry 1")], ["status", (data) => delete data.epoch],
  ["status", (data) => (data.state = "stopped")], ["status", (data) => (data.reason = "connection_lost")],
  ["status", (data) => (data.access_points[0].mode = "ajar")], ["birth", (data) => (data.state = "stopped")],
  ["health", (data) => (data.journal.late = "0")],
  ["health", (data) => (data.access_points[0].camera.source = "rtsp://")],
  ["commandAccess", (data) => delete data.access_point], ["commandAccess", (data) => (data.nonce = "short")],
  ["commandAccess", (data) => (data.not_after = "soon")], ["commandAccess", (data) => (data.actor = "a\nb")],
  ["commandAccess", (data) => (data.release = "LockDown")], ["commandRelease", (data) => (data.release = "Fire")],
  ["commandRelease", (data) => delete data.release], ["commandSync", (data) => delete data.from],
  ["commandConfig", (data) => (data.set = {})], ["commandConfig", (data) => (data.set = { "Rules": "x" })],
  ["outcome", (data) => (data.outcome = "refused")], ["outcome", (data) => (data.refusal = "stale")],
  ["outcome", (data) => delete data.epoch], ["want", (data) => (data.buckets[0].bucket = "100")],
  ["want", (data) => (data.buckets[0].count = 0)], ["want", (data) => delete data.buckets[0].from],
];

test("values that no gate and no manager writes are refused", () => {
  for (const [name, damage] of DAMAGES) {
    const example = clone(examples().find((one) => one.name === name).payload);
    assert.equal(complaint(catalogue, leafOfMessage(name), example), "");
    damage(example.data);
    assert.notEqual(complaint(catalogue, leafOfMessage(name), example), "", `${name}: ${damage}`);
  }
});

test("QoS and retaining of the AsyncAPI document are those of docs/mqtt.md", () => {
  const manual = readFileSync(new URL("docs/mqtt.md", ROOT), "utf8");
  for (const leaf of ["entry", "status", "birth", "health", "ack", "want"]) {
    const row = manual.split("\n").find((line) => line.startsWith(`| \`${leaf}\``)).split("|").map((cell) => cell.trim());
    const { qos, retain } = api.operations().get(leaf).bindings().get("mqtt").value();
    assert.equal(String(qos), row[3], leaf);
    assert.equal(retain, row[4].startsWith("yes"), leaf);
  }
});

await run();
