// A shop's round trip by the client that openapi-typescript makes of the document: upload, search, correction, deletion.
import createClient from "openapi-fetch";
import type { paths } from "./built/api.js";

declare const process: { argv: string[] };

const [address, token, picture] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: address!, headers: { Authorization: `Bearer ${token}` } });

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.error !== undefined)
    throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

const path = "products/typescript.png";
const stored = must(await client.PUT("/api/v1/images/{path}", {
  params: { path: { path }, query: { wait: "20s" } },
  body: picture!,
  bodySerializer: (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),
}));
const labelled = must(await client.PUT("/api/v1/labels/{path}", { params: { path: { path } }, body: { label: "red" } }));
const found = must(await client.GET("/api/v1/search", { params: { query: { table: "products", keyword: ["red"], limit: 5 } } }));
const refused = await client.GET("/api/v1/search", { params: { query: { table: "productz", keyword: ["red"] } } });
must(await client.DELETE("/api/v1/images/{path}", { params: { path: { path } } }));

console.log(JSON.stringify({
  stored: stored.path,
  label: labelled.label,
  found: found.results.map((hit) => hit.path),
  refused: refused.error?.code,
}));
