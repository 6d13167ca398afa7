import { randomUUID } from 'node:crypto'
import { link, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { errorCode, readIfThere } from './disk.ts'
import { LabError } from './lab-error.ts'

/** Sole use of a lab's state. */
export interface LabLock {
  release(): Promise<void>
}

/** Who holds a lab, as the file `lock` says it. */
interface Owner {
  readonly token: string
  readonly user: string
  readonly host: string
  /** Null when the owner did not say. */
  readonly pid: number | null
  /** ISO 8601. */
  readonly since: string
  /** Port on loopback where the owner answers with its token, as long as it lives. */
  readonly port: number
}

/**
 * Takes the lab's state for this run, or throws a {@link LabError} that says who has it. A process number alone would
 * not do: in containers a killed run and its successor often have the same one. So the owner answers on a port of
 * loopback, which the system closes whatever way the owner ends; a lock whose owner does not answer is stale.
 */
export async function takeLock(stateDir: string, pid: number | null, now: Date): Promise<LabLock> {
  const path = join(stateDir, 'lock')
  await mkdir(stateDir, { recursive: true })
  const token = randomUUID()
  const server = await answering(token)
  try {
    const owner = { token, user: userName(), host: hostname(), pid, since: now.toISOString(), port: portOf(server) }
    for (let attempt = 0; attempt < 1000; attempt++) {
      if (await created(path, owner)) return { release: () => release(path, owner, server) }
      const found = await readIfThere(path)
      if (found === null) continue
      const other = parseOwner(found)
      if (other && (await answers(other))) throw held(stateDir, other)
      await removeStale(path, found)
    }
    throw new LabError(
      `The lab's lock ${path} changes hands all the time, but must come to rest`,
      'end the other runs of vflag-play in this folder',
    )
  } catch (cause) {
    server.close()
    throw cause
  }
}

/** Whether the lock could be made. A link, unlike a file that is written after it was made, is never seen half-written. */
async function created(path: string, owner: Owner): Promise<boolean> {
  const beside = `${path}.${owner.token}.tmp`
  await writeFile(beside, `${JSON.stringify(owner)}\n`, { mode: 0o644 })
  try {
    await link(beside, path)
    return true
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false
    throw cause
  } finally {
    await rm(beside, { force: true })
  }
}

/**
 * Removes a stale lock. One run at a time may: else a slow one could remove the lock that a quick one just made in its
 * place. A run that was killed right here leaves the gate shut, for ten seconds.
 */
async function removeStale(path: string, stale: string): Promise<void> {
  const gate = `${path}.gate`
  try {
    await mkdir(gate)
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause
    const shut = await stat(gate).catch(() => null)
    if (shut && Date.now() - shut.mtimeMs > 10_000) await rm(gate, { recursive: true, force: true })
    await new Promise((resolve) => setTimeout(resolve, 20))
    return
  }
  try {
    if ((await readIfThere(path)) === stale) await rm(path, { force: true })
  } finally {
    await rm(gate, { recursive: true, force: true })
  }
}

async function release(path: string, owner: Owner, server: Server): Promise<void> {
  const found = await readIfThere(path)
  if (found !== null && parseOwner(found)?.token === owner.token) await rm(path, { force: true })
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

function held(stateDir: string, owner: Owner): LabError {
  const who = owner.pid === null ? '' : `process ${owner.pid} `
  return new LabError(
    `The lab in ${stateDir} is in use by another run (${who}of ${owner.user}@${owner.host}, since ${owner.since}), but only one run at a time may use it`,
    'wait until it ends, or end it ("vflag-play lab up" runs until Ctrl-C)',
  )
}

function answering(token: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(token)
    })
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      server.unref()
      resolve(server)
    })
  })
}

function answers(owner: Owner): Promise<boolean> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect({ host: '127.0.0.1', port: owner.port })
    // A living owner may be busy for a while; a dead one is refused at once.
    socket.setTimeout(5_000, () => settle(true))
    socket.on('data', (chunk) => {
      said += chunk.toString('utf8')
    })
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(said === owner.token))
    const settle = (alive: boolean) => {
      resolve(alive)
      socket.destroy()
    }
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // A container's user may have no name.
  }
}

function parseOwner(text: string): Owner | null {
  try {
    const owner: unknown = JSON.parse(text)
    return isOwner(owner) ? owner : null
  } catch {
    return null
  }
}

function isOwner(value: unknown): value is Owner {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['token', 'user', 'host', 'since'].every((key) => typeof Reflect.get(value, key) === 'string') &&
    Number.isInteger(Reflect.get(value, 'port')) &&
    Reflect.get(value, 'port') > 0 &&
    Reflect.get(value, 'port') < 65_536
  )
}
