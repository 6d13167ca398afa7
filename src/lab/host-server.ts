import type { Machine } from '../machine/machine.ts'
import type { MachineState } from '../machine/state.ts'
import type { Frame, FrameResult } from '../module/frame.ts'
import type { SessionHost } from './session.ts'
import { serveSession } from './session.ts'
import type { LabHost } from './settings.ts'
import { generateKeyPair, type KeyPair, publicBlob, type SshServer, startSshServer } from './ssh-server.ts'

/** A machine behind its SSH server. */
export interface HostServer {
  /** On loopback. */
  readonly port: number
  /** The machine as sessions see it. */
  readonly session: SessionHost
  /** Cuts all connections, as when the network restarts. */
  cut(): void
  close(): Promise<void>
}

/** What a host's server is made of. */
export interface HostServerParts {
  readonly host: LabHost
  readonly machine: Machine
  readonly shell: SessionHost['shell']
  /** The key that is on record for the host. */
  readonly hostKey: KeyPair
  /** The only key that may log in. */
  readonly userKey: KeyPair
  /** Keeps the machine's state for the next run. */
  save(): Promise<void>
}

/** It looks at nothing and is answered when the machine is up. */
const nothing: Frame = { before: [], steps: [], after: [] }

/** Starts the SSH server of a machine, with the host's faults. */
export async function startHostServer(parts: HostServerParts): Promise<HostServer> {
  const { host, machine, save } = parts
  const { faults } = host.settings
  let answered = 0
  let closed = false
  let server: SshServer | null = null
  const cut = () => server?.cut()

  const perform = async (frame: Frame): Promise<FrameResult | null> => {
    if (faults.delayMs > 0) await pause(faults.delayMs)
    const result = await machine.perform(frame)
    // Before the reply: who is told that a step was performed finds it performed in the next run, come what may.
    if (frame.steps.length > 0) await save()
    if (answered++ !== faults.dropAfterFrames) return result
    cut()
    return null
  }
  const session: SessionHost = {
    name: host.name,
    shell: parts.shell,
    sudoPassword: host.settings.sudoPassword,
    environment: (user) => sessionEnvironment(user, machine),
    perform,
    afterText: save,
  }
  const authorized = publicBlob(parts.userKey.publicKey)
  const shown = faults.changeHostKey ? generateKeyPair(`root@${host.name}`) : parts.hostKey
  const listening = await startSshServer({
    hostKey: shown.privateKey,
    mayEnter: (user, key) => !faults.refuseLogin && ['root', 'admin'].includes(user) && key.equals(authorized),
    serve: (request) => void serveSession(request, session),
  })
  server = listening
  const restart = async () => {
    await listening.suspend()
    await machine.perform(nothing)
    await save()
    while (!closed && !faults.unreachable && !(await listens(listening))) await pause(100)
  }
  machine.onReboot(() => {
    // Without a state on the disk or a port the machine stays away, which is what a run then says of it.
    restart().catch(() => {})
  })
  if (faults.unreachable) await listening.suspend()
  return {
    port: listening.port,
    session,
    cut,
    close: async () => {
      closed = true
      await listening.close()
    },
  }
}

/** Whether the server listens again; another program may hold its port for a moment. */
async function listens(server: SshServer): Promise<boolean> {
  try {
    await server.resume()
    return true
  } catch {
    return false
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The variables of a login: as sshd and a shell set them, for a client at 192.0.2.1 (RFC 5737: documentation). */
function sessionEnvironment(user: string, machine: Machine): Readonly<Record<string, string>> {
  const home = user === 'root' ? '/root' : machine.files.stat(`/home/${user}`, true).ok ? `/home/${user}` : '/'
  return {
    USER: user,
    LOGNAME: user,
    HOME: home,
    PWD: home,
    SHELL: '/bin/bash',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    SSH_CONNECTION: sshConnection(machine.state),
  }
}

/** `client port server port`, as sshd(8) sets it; the server's address is that of the host's own port, or of the interface that has one in its place. */
export function sshConnection(state: Pick<MachineState, 'links'>): string {
  const links = Object.values(state.links)
  const own = links.find((link) => link.kind === 'management' && link.addresses.length > 0)
  const management = own ?? links.find((link) => link.kind !== 'loopback' && link.addresses.length > 0)
  const address = management?.addresses[0]?.split('/')[0] ?? '192.0.2.10'
  return `192.0.2.1 50022 ${address} 22`
}
