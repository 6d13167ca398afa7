import ssh2, { type Client, type ConnectConfig } from 'ssh2'
import type { LabEndpoint } from '../../src/lab/lab.ts'

/** What came of a command over SSH. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

type Address = Pick<LabEndpoint, 'port' | 'privateKey'> & Partial<LabEndpoint>

/** Logs in with ssh2's client, as any other SSH client would; rejects when the server refuses. */
export function connect(endpoint: Address, more: ConnectConfig = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('ready', () => resolve(client))
    client.on('error', reject)
    client.connect({
      host: '127.0.0.1',
      port: endpoint.port,
      username: 'root',
      privateKey: endpoint.privateKey,
      hostVerifier: (key: Buffer) => endpoint.hostKey === undefined || key.toString('base64') === endpoint.hostKey,
      ...more,
    })
  })
}

/** Runs a command and collects what it says; `stdin` is sent and closed. */
export function run(client: Client, command: string, stdin = '', pty = false): Promise<Ran> {
  return new Promise((resolve, reject) => {
    client.exec(command, { pty }, (error, channel) => {
      if (error) return reject(error)
      let [stdout, stderr] = ['', '']
      let status: number | null = null
      channel.on('data', (chunk: Buffer) => {
        stdout += chunk.toString()
      })
      channel.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString()
      })
      channel.on('exit', (code: number | null) => {
        status = code
      })
      channel.on('close', () => resolve({ status, stdout, stderr }))
      channel.end(stdin)
    })
  })
}

/** Types each text when the prompt before it was shown, and gives all that was on the screen. */
export function type(client: Client, lines: readonly string[], prompt = /[#$] $/): Promise<string> {
  return new Promise((resolve, reject) => {
    client.shell({ term: 'xterm-256color', cols: 80 }, (error, channel) => {
      if (error) return reject(error)
      const left = [...lines]
      let screen = ''
      channel.on('data', (chunk: Buffer) => {
        screen += chunk.toString()
        const next = prompt.test(screen) ? left.shift() : undefined
        if (next !== undefined) channel.write(next)
      })
      channel.on('close', () => resolve(screen))
    })
  })
}
