// A day of a small shop behind nginx, by HTTP alone: node operate.mjs ADDRESS ADMIN_TOKEN. Prints a line for each thing that it did.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Shop } from "./shop.js";

const [address, admin, folder] = process.argv.slice(2);
const origin = "https://shop.example";

async function call(method, path, { body, token = admin, headers = {} } = {}) {
  const isJson = body !== undefined && !(body instanceof Uint8Array) && !(body instanceof FormData);
  const answer = await fetch(new URL(path, address), {
    method,
    body: isJson ? JSON.stringify(body) : body,
    headers: { Authorization: `Bearer ${token}`, ...(isJson ? { "Content-Type": "application/json" } : {}), ...headers },
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get("Content-Type") ?? "");
  return { status: answer.status, headers: answer.headers, body: json && text ? JSON.parse(text) : text };
}

async function until(what, ask) {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((later) => setTimeout(later, 100))) {
    const found = await ask();
    if (found)
      return found;
  }
  assert.fail(`It did not come to it: ${what}`);
}

/** Whether the page's token gets that status from all services behind nginx, which takes turns. */
async function everywhere(status) {
  const searches = Array.from({ length: 8 }, () => shop.search({ keyword: "red" }).then(() => 200, (error) => error.status));
  return (await Promise.all(searches)).every((answer) => answer === status);
}

const did = (what) => console.log(what);
const picture = (name) => readFile(`${folder}/${name}.png`);

// Being told
const told = [];
const receiver = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
    const body = Buffer.concat(chunks).toString();
    const signed = `${request.headers["webhook-id"]}.${request.headers["webhook-timestamp"]}.${body}`;
    const signature = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64")).update(signed).digest("base64");
    if (request.headers["webhook-signature"].split(" ").includes(`v1,${signature}`))
      told.push(...JSON.parse(body).events);
    response.end();
  });
});
await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
const hook = await call("POST", "api/v1/webhooks", {
  body: { url: `http://127.0.0.1:${receiver.address().port}/`, events: ["image.indexed", "image.gone", "label.changed"], table: "products" },
});
assert.equal(hook.status, 201, JSON.stringify(hook.body));
const secret = hook.body.secret;
did("a webhook");

// Pictures
const apple = await call("PUT", "api/v1/images/products/사과 1.png?wait=30s", { body: await picture("red-1") });
assert.equal(apple.status, 201, JSON.stringify(apple.body));
assert.equal(apple.body.path, "products/사과 1.png");
const again = await call("PUT", "api/v1/images/products/사과 1.png", { body: await picture("red-2"), headers: { "If-None-Match": "*" } });
assert.equal(again.status, 412);
did("a picture, not overwritten");

const form = new FormData();
for (const name of ["red-3", "blue-1"])
  form.append("files", new Blob([await picture(name)]), `${name}.png`);
form.append("files", new Blob(["no picture"]), "note.txt");
const many = await call("POST", "api/v1/images?prefix=products/&wait=30s", { body: form });
assert.equal(many.status, 200, JSON.stringify(many.body));
assert.deepEqual(many.body.results.map((file) => [file.name, file.status]), [["red-3.png", 201], ["blue-1.png", 201], ["note.txt", 415]]);
did("many pictures, each with its outcome");

const state = await call("GET", "api/v1/images/products/red-3.png");
assert.equal(state.body.state, "indexed", JSON.stringify(state.body));
const listed = await call("GET", "api/v1/images?prefix=products/&state=indexed");
assert.match(JSON.stringify(listed.body), /blue-1\.png/);
assert.equal((await call("HEAD", "api/v1/images/products/red-3.png")).status, 200);
assert.equal((await call("GET", "api/v1/images/products/unknown.png")).status, 404);
did("what became of them");

// A page's token
const made = await call("POST", "api/v1/tokens", {
  body: { name: "page", scope: "search", tables: ["products"], prefixes: ["products/"], origins: [origin], per_minute: 40 },
});
assert.equal(made.status, 201, JSON.stringify(made.body));
const shop = new Shop(address, made.body.secret, { Origin: origin });
const found = await shop.search({ keyword: "red", facets: "keyword", total: "exact" });
assert.ok(found.results.some((hit) => hit.path === "products/사과 1.png"), JSON.stringify(found));
assert.equal(found.total.relation, "exact");
assert.ok(found.total.value >= 2);
const shown = await fetch(shop.picture(found.results[0]));
assert.equal(shown.status, 200);
assert.equal(shown.headers.get("Content-Type"), "image/jpeg");
assert.deepEqual(await shop.complete("re"), ["red"]);
did("search, counts, completion and thumbnails in the page");

const elsewhere = new Shop(address, made.body.secret, { Origin: "https://elsewhere.example" });
await assert.rejects(elsewhere.search({ keyword: "red" }), { status: 403 });
for (const path of ["api/v1/images/products/red-3.png", "api/v1/labels", "api/v1/tokens", "api/v1/failures"])
  assert.equal((await call("GET", path, { token: made.body.secret, headers: { Origin: origin } })).status, 403, path);
did("nothing else for the page's token");

const refused = await until("too many a minute", () => shop.search({ keyword: "red" }).then(() => null, (error) => error));
assert.equal(refused.status, 429);
assert.ok(Number(refused.retryAfter) > 0);
assert.equal((await call("PATCH", "api/v1/tokens/page", { body: { per_minute: 6000 } })).status, 200);
await until("the new rate", () => everywhere(200));
did("a rate, and a higher one");

// Labels
const label = await call("PUT", "api/v1/labels/products/blue-1.png", { body: { label: "red" } });
assert.equal(label.body.label, "red", JSON.stringify(label.body));
const batch = await call("PUT", "api/v1/labels", {
  body: { labels: [{ path: "products/red-3.png", label: "blue" }, { path: "products/unknown.png", label: "red" }] },
});
assert.deepEqual([batch.body.set, batch.body.refused], [1, 1]);
const corrected = await until("a search by the corrected label", async () => {
  const { results } = await shop.search({ keyword: "blue" });
  return results.find((hit) => hit.path === "products/red-3.png");
});
assert.equal(corrected.source, "person");
assert.match((await call("GET", "api/v1/labels?format=csv")).body, /products\/red-3\.png,blue/);
assert.equal((await call("GET", "api/v1/labels/products/red-3.png")).body.history.length, 1);
did("labels, one and many, with history and as CSV");

// Links and deletion
const links = await call("POST", "api/v1/links", { body: { paths: ["products/red-3.png"], width: 64, minutes: 5 } });
const link = links.body.links[0].url;
assert.ok(link.startsWith(`${address}images/`), link);
assert.equal((await fetch(link)).status, 200);
for (let turn = 0; turn < 2; turn++)
  assert.equal((await call("DELETE", "api/v1/images/products/red-3.png")).status, 204);
assert.equal((await fetch(link)).status, 404);
assert.ok(!(await shop.search({ keyword: "blue" })).results.some((hit) => hit.path === "products/red-3.png"));
did("a link, and a deletion");

for (const type of ["image.indexed", "label.changed", "image.gone"])
  await until(type, () => told.some((event) => event.type === type && event.data.path === "products/red-3.png"));
const order = told.filter((event) => event.data.path === "products/red-3.png").map((event) => event.type);
assert.ok(order.indexOf("image.indexed") < order.indexOf("label.changed") && order.indexOf("label.changed") < order.lastIndexOf("image.gone"), order.join());
receiver.close();
did("told of all of it, in order");

// Both nodes soon know that a token was revoked
assert.equal((await call("DELETE", "api/v1/tokens/page")).status, 204);
await until("the end of a token", () => everywhere(401));
did("a revoked token");
