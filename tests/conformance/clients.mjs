// Every tool, resource, template, prompt and completion through the TypeScript clients, over HTTP and stdio:
//   node clients.mjs URL COMMAND
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, command] = process.argv.slice(2);
const about = { name: "conformance", version: "1" };
const child = { command, args: ["mcp"], env: process.env, stderr: "ignore" };
const newest = { versionNegotiation: { mode: "auto" } };
const ways = [
  ["client 2.4.0, http, default", new Client(about), new StreamableHTTPClientTransport(new URL(url))],
  ["client 2.4.0, http, newest", new Client(about, newest), new StreamableHTTPClientTransport(new URL(url))],
  ["client 2.4.0, stdio, default", new Client(about), new StdioClientTransport(child)],
  ["client 2.4.0, stdio, newest", new Client(about, newest), new StdioClientTransport(child)],
  ["sdk 1.32.2, http", new OldClient(about), new OldHttp(new URL(url))],
  ["sdk 1.32.2, stdio", new OldClient(about), new OldStdio(child)],
];

const calls = {
  search_posts: { query: "leapfrog" },
  query_metadata: { sql: "SELECT count(*) FROM posts" },
  fetch_post: { post: "hamiltonian-monte-carlo" },
  ask: { question: "Why does leapfrog preserve volume?" },
};
const prompts = {
  explain: { topic: "leapfrog" },
  explain_equation: { equation: "E = mc^2" },
  compare: { first: "VAE", second: "normalizing flows" },
  reading_path: { topic: "MCMC", minutes: "45" },
  derive: { result: "the ELBO" },
  implement: { post: "hamiltonian-monte-carlo" },
};
const uris = [
  "blog://posts",
  "blog://schema",
  "blog://status",
  "blog://posts/hamiltonian-monte-carlo",
  "blog://posts/hamiltonian-monte-carlo/sections/motivation",
  "blog://posts/hamiltonian-monte-carlo/equations",
  "blog://tags/MCMC",
];
const completions = [
  [{ type: "ref/resource", uri: "blog://posts/{slug}" }, "slug", "hamil", "hamiltonian-monte-carlo"],
  [{ type: "ref/resource", uri: "blog://posts/{slug}" }, "slug", "hamltonian", "hamiltonian-monte-carlo"],
  [{ type: "ref/resource", uri: "blog://tags/{tag}" }, "tag", "mcm", "MCMC"],
  [{ type: "ref/prompt", name: "explain" }, "level", "ex", "expert"],
];

for (const [name, client, transport] of ways) {
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), Object.keys(calls));
  for (const [tool, args] of Object.entries(calls)) {
    const result = await client.callTool({ name: tool, arguments: args });
    assert.ok(!result.isError && result.structuredContent && result.content[0].text, `${name}: ${tool}`);
  }
  const failed = await client.callTool({ name: "query_metadata", arguments: { sql: "DROP TABLE posts" } });
  assert.ok(failed.isError);
  const { resources } = await client.listResources();
  assert.ok(resources.length > 40);
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.equal(resourceTemplates.length, 5);
  for (const uri of uris) assert.ok((await client.readResource({ uri })).contents[0].text, `${name}: ${uri}`);
  await assert.rejects(client.readResource({ uri: "blog://nowhere" }), { code: -32602 });
  const listed = await client.listPrompts();
  assert.deepEqual(listed.prompts.map((prompt) => prompt.name), Object.keys(prompts));
  for (const [prompt, args] of Object.entries(prompts)) {
    assert.ok((await client.getPrompt({ name: prompt, arguments: args })).messages[0].content.text, `${name}: ${prompt}`);
  }
  await assert.rejects(client.getPrompt({ name: "nothing" }), { code: -32602 });
  for (const [ref, argument, value, wanted] of completions) {
    const { completion } = await client.complete({ ref, argument: { name: argument, value } });
    assert.ok(completion.values.includes(wanted), `${name}: ${argument}`);
  }
  const version = client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion ?? "";
  console.log(`${name}: ${version} tools ${tools.length}, resources ${uris.length}, prompts ${listed.prompts.length}`);
  await client.close();
}
process.exit(0);
