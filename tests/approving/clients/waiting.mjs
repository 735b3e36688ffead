// One tools/call by an official TypeScript SDK that may have to wait: argument 1 is the plan, the
// output what became of it and all that the SDK complained about.
// plan: {sdk: 1 | 2, command, args, env, cwd, tool, given, timeout, reset, linger, told}; the file
// `told` is there once the client was told that it waits.

import { writeFileSync } from 'node:fs'

const plan = JSON.parse(process.argv[2])
const v1 = '@modelcontextprotocol/sdk/client'
const { Client } = await import(plan.sdk === 1 ? `${v1}/index.js` : '@modelcontextprotocol/client')
const { StdioClientTransport } = await import(
  plan.sdk === 1 ? `${v1}/stdio.js` : '@modelcontextprotocol/client/stdio'
)

const client = new Client({ name: 'tests', version: '1.0' }, { capabilities: {} })
const got = { errors: [], progress: [], result: null, failed: null }
client.onerror = (error) => got.errors.push(error.message)
const { command, args, env, cwd } = plan
await client.connect(new StdioClientTransport({ command, args, env, cwd, stderr: 'inherit' }))

const options = {
  timeout: plan.timeout,
  resetTimeoutOnProgress: plan.reset,
  onprogress: (progress) => {
    got.progress.push(progress)
    writeFileSync(plan.told, progress.message ?? '')
  }
}
const call = { name: plan.tool, arguments: plan.given }
try {
  got.result = plan.sdk === 1
    ? await client.callTool(call, undefined, options)
    : await client.callTool(call, options)
} catch (error) {
  got.failed = error.message
}
// What comes too late is heard as well.
await new Promise((resolve) => setTimeout(resolve, plan.linger))
await client.close()
process.stdout.write(JSON.stringify(got))
