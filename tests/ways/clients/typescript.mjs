// A session by an official TypeScript SDK: argument 1 is the plan, the output what the client got.
// plan: {sdk: 1 | 2, mode, steps: [[operation, ...arguments]]}, and either
// {command, args, env, cwd} or {url, token}

const plan = JSON.parse(process.argv[2])
const v1 = '@modelcontextprotocol/sdk/client'
const { Client } = await import(plan.sdk === 1 ? `${v1}/index.js` : '@modelcontextprotocol/client')
const { StdioClientTransport } = await import(
  plan.sdk === 1 ? `${v1}/stdio.js` : '@modelcontextprotocol/client/stdio'
)
const { StreamableHTTPClientTransport } = await import(
  plan.sdk === 1 ? `${v1}/streamableHttp.js` : '@modelcontextprotocol/client'
)

const options = { capabilities: {} }
if (plan.sdk === 2) options.versionNegotiation = { mode: plan.mode }
const client = new Client({ name: 'tests', version: '1.0' }, options)

function transport () {
  const { url, token, command, args, env, cwd } = plan
  if (!url) return new StdioClientTransport({ command, args, env, cwd, stderr: 'inherit' })
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })
}

await client.connect(transport())

async function pages (list) {
  const found = []
  let cursor
  do {
    const page = await list(cursor === undefined ? {} : { cursor })
    found.push(page)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

const operations = {
  tools: () => pages((params) => client.listTools(params)),
  resources: () => pages((params) => client.listResources(params)),
  templates: () => pages((params) => client.listResourceTemplates(params)),
  prompts: () => pages((params) => client.listPrompts(params)),
  call: (name, given) => client.callTool({ name, arguments: given }),
  read: (uri) => client.readResource({ uri }),
  prompt: (name, given) => client.getPrompt({ name, arguments: given }),
  complete: (name, argument) => client.complete({ ref: { type: 'ref/prompt', name }, argument })
}

async function attempt ([operation, ...given]) {
  try {
    return await operations[operation](...given)
  } catch (error) {
    return { failed: error.message, code: error.code, data: error.data }
  }
}

const got = {
  era: client.getNegotiatedProtocolVersion?.(),
  server: client.getServerVersion(),
  capabilities: client.getServerCapabilities(),
  instructions: client.getInstructions(),
  steps: []
}
for (const step of plan.steps) got.steps.push(await attempt(step))
await client.close()
process.stdout.write(JSON.stringify(got))
