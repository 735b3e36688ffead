// Calls by an official TypeScript SDK, as they are asked for: argument 1 is the plan, each line of
// the input a request, each line of the output the answer to one, or what the client was told.
// plan: {sdk: 1 | 2, command, args, env, cwd}; requests: `call` {tool, given, timeout, reset} and
// `errors`, all that the SDK has complained about; told: the notifications of progress.

import { createInterface } from 'node:readline'

const plan = JSON.parse(process.argv[2])
const v1 = '@modelcontextprotocol/sdk/client'
const { Client } = await import(plan.sdk === 1 ? `${v1}/index.js` : '@modelcontextprotocol/client')
const { StdioClientTransport } = await import(
  plan.sdk === 1 ? `${v1}/stdio.js` : '@modelcontextprotocol/client/stdio'
)

const say = (message) => process.stdout.write(JSON.stringify(message) + '\n')
const client = new Client({ name: 'tests', version: '1.0' }, { capabilities: {} })
const errors = []
client.onerror = (error) => errors.push(error.message)
const { command, args, env, cwd } = plan
await client.connect(new StdioClientTransport({ command, args, env, cwd, stderr: 'inherit' }))

async function call ({ tool, given, timeout, reset }) {
  const options = {
    timeout,
    resetTimeoutOnProgress: reset,
    onprogress: (progress) => say({ method: 'told', params: progress })
  }
  const asked = { name: tool, arguments: given }
  try {
    return plan.sdk === 1
      ? await client.callTool(asked, undefined, options)
      : await client.callTool(asked, options)
  } catch (error) {
    return { failed: error.message }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (method === 'errors') say({ id, result: errors })
  else call(params).then((result) => say({ id, result }))
}
await client.close()
