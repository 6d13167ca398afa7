import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as netConnect, type Socket } from 'node:net'
import path from 'node:path'
import { KnownHostsFiles } from '../../src/host/known-hosts-files.ts'
import type { SshSettings } from '../../src/host/settings.ts'
import type { SshServices } from '../../src/host/ssh.ts'
import { Pool } from '../../src/shared/pool.ts'

const program = '/usr/sbin/sshd'

/** Why a real sshd cannot be started here, or null. Users are made for the tests, which only root can do. */
export function noSshd(): string | null {
  if (!existsSync(program)) return 'OpenSSH’s sshd is not installed (apt-get install openssh-server)'
  if (process.getuid?.() !== 0) return 'the tests make users, which needs root'
  if (spawnSync('useradd', ['--help']).status !== 0) return 'useradd is not there'
  return null
}

/** Whether a program is there. */
export const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0

/** A running sshd, and what a client needs to get in. */
export interface Sshd {
  readonly port: number
  /** A folder for keys and known_hosts, which goes with the server. */
  readonly folder: string
  readonly clientKey: string
  readonly knownHosts: string
  /** The public host key, `ssh-ed25519 AAAA...`. */
  readonly hostKey: string
  stop(): void
}

/** Starts Debian's sshd on loopback, on a free port, with keys and configuration of its own. */
export async function startSshd(): Promise<Sshd> {
  const folder = mkdtempSync('/tmp/vflag-sshd-')
  const hostKeyFile = path.join(folder, 'host')
  const clientKey = path.join(folder, 'client')
  for (const file of [hostKeyFile, clientKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  const port = await freePort()
  const authorized = path.join(folder, 'authorized')
  writeFileSync(authorized, readFileSync(`${clientKey}.pub`))
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeyFile}`,
    `PidFile ${folder}/pid`,
    `AuthorizedKeysFile ${authorized}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'AllowTcpForwarding yes',
    'PrintMotd no',
  ]
  writeFileSync(path.join(folder, 'config'), `${config.join('\n')}\n`)
  execFileSync('chmod', ['755', folder])
  mkdirSync('/run/sshd', { recursive: true })
  const child = spawn(program, ['-D', '-e', '-f', path.join(folder, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const keepLog = (bytes: Buffer) => appendFileSync(path.join(folder, 'log'), bytes)
  child.stderr.on('data', keepLog)
  await listening(port, child)
  const hostKey = readFileSync(`${hostKeyFile}.pub`, 'utf8').trim()
  const knownHosts = path.join(folder, 'known_hosts')
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`)
  const stop = (): void => {
    // What it says while it goes has no folder any more.
    child.stderr.off('data', keepLog).resume()
    child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  return { port, folder, clientKey, knownHosts, hostKey, stop }
}

/** A user made for the tests, with this login shell; gone after `remove`. */
export interface TestUser {
  readonly name: string
  readonly home: string
  remove(): void
}

/** Makes a user with a home and, when given, a password. */
export function makeUser(name: string, shell: string, password?: string): TestUser {
  spawnSync('userdel', ['-r', '-f', name])
  const home = `/tmp/home-${name}`
  execFileSync('useradd', ['-m', '-d', home, '-s', shell, name], { stdio: 'ignore' })
  // Without PAM sshd refuses a user whose password is locked with "!"; "*" is no password either, and is let in.
  if (password === undefined) execFileSync('usermod', ['-p', '*', name])
  else execFileSync('chpasswd', { input: `${name}:${password}\n` })
  return { name, home, remove: () => void spawnSync('userdel', ['-r', '-f', name]) }
}

/** Settings to reach a server as a user; no configuration file and no agent of whoever runs the tests. */
export function settingsFor(sshd: Sshd, user: string, more: Partial<SshSettings> = {}): SshSettings {
  return {
    kind: 'ssh',
    name: 'real',
    address: '127.0.0.1',
    port: sshd.port,
    user,
    keys: [{ kind: 'file', path: sshd.clientKey }],
    password: null,
    ownKeys: false,
    hostKey: { kind: 'known-hosts', mode: 'strict', files: [sshd.knownHosts] },
    readConfig: false,
    jump: null,
    timeoutMs: 5000,
    keepaliveMs: 5000,
    become: { wanted: null, method: 'sudo', user: 'root', password: null },
    ...more,
  }
}

/** What connections share, afresh. */
export function services(agentSocket: string | null = null): SshServices {
  return {
    connectPool: new Pool(32),
    knownHosts: new KnownHostsFiles(),
    environment: { home: '/nonexistent', user: 'nobody', agentSocket },
    jumps: new Map(),
  }
}

/** A relay in front of a server that can stop passing anything on, or cut. */
export interface Relay {
  readonly port: number
  /** Swallows everything from now on, as a black hole in the network does. */
  stall(): void
  /** Resets every connection. */
  cut(): void
  close(): void
}

/** Starts a relay to a port on loopback. */
export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  let stalled = false
  const server = createServer((inner) => {
    const outer = netConnect(target, '127.0.0.1')
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (stalled || to.write(bytes)))
      from.on('error', () => {})
      from.on('close', () => void (stalled || to.destroy()))
    }
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    }),
  )
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port,
    stall: () => {
      stalled = true
    },
    cut,
    close: () => {
      server.close()
      cut()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = netConnect(port, '127.0.0.1')
      socket.on('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('sshd did not start')
}
