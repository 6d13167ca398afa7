import { createServer, type Server as NetServer, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type PseudoTtyInfo, type ServerChannel, type Session } from 'ssh2'

/** A key pair in OpenSSH's own text formats. */
export interface KeyPair {
  /** `-----BEGIN OPENSSH PRIVATE KEY-----` ... */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA... comment` */
  readonly publicKey: string
}

/** Makes an Ed25519 key pair. */
export function generateKeyPair(comment: string): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    // ssh2 1.17 takes leading zero bytes off a key, as one does with numbers: every 256th pair cannot be read again.
    const halves = [pair.private, pair.public].map((half) => ssh2.utils.parseKey(half))
    if (!halves.some((half) => half instanceof Error)) return { privateKey: pair.private, publicKey: pair.public }
  }
}

/** The public key of a private or public key text, as the blob that crosses the wire (RFC 8709, section 4). */
export function publicBlob(key: string): Buffer {
  const parsed = ssh2.utils.parseKey(key)
  if (parsed instanceof Error) throw new Error(`The key is unreadable: ${parsed.message}`)
  return parsed.getPublicSSH()
}

/** What a client asked for in a session. */
export interface SessionRequest {
  readonly user: string
  /** The command of `exec`; null: a login shell. */
  readonly command: string | null
  /** What the terminal is, when the client asked for one. */
  readonly terminal: { readonly term: string; readonly columns: number } | null
  /** Variables that the client sent. */
  readonly env: Readonly<Record<string, string>>
  readonly channel: ServerChannel
  /** `signal` requests (`INT`) and the like. */
  onSignal(listener: (name: string) => void): void
}

/** How a machine answers. */
export interface SshServerOptions {
  /** The server's private key. */
  readonly hostKey: string
  /** Whether this user may come in with this public key (blob). */
  mayEnter(user: string, publicKey: Buffer): boolean
  /** Serves one session; it ends the channel. */
  serve(request: SessionRequest): void
}

/** An SSH server on loopback. */
export interface SshServer {
  readonly port: number
  /** Cuts every connection at once, as when a cable is pulled or the host restarts. */
  cut(): void
  /** Stops listening and cuts every connection; `resume` listens on the same port again. */
  suspend(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/** Starts an SSH server (ssh2) on 127.0.0.1, on a free port. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const ssh = new ssh2.Server(
    { hostKeys: [options.hostKey], ident: 'OpenSSH_8.0', algorithms: { kex: ['curve25519-sha256'] } },
    (connection) => accept(connection, options),
  )
  const sockets = new Set<Socket>()
  // Sockets are accepted here and handed over, so that they can be cut: ssh2's connections only know a polite end.
  const net = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    ssh.injectSocket(socket)
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  await listen(net, 0)
  const address = net.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const suspend = async () => {
    const closed = net.listening ? new Promise<void>((resolve) => net.close(() => resolve())) : Promise.resolve()
    cut()
    await closed
  }
  return {
    port,
    cut,
    suspend,
    resume: async () => {
      if (!net.listening) await listen(net, port)
    },
    close: suspend,
  }
}

function listen(server: NetServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function accept(connection: Connection, options: SshServerOptions): void {
  let user = ''
  connection.on('error', () => {}) // A client that goes away without a word is no concern of the machine.
  connection.on('authentication', (context) => {
    user = context.username
    if (isGenuine(context) && options.mayEnter(user, context.key.data)) context.accept()
    else context.reject(['publickey'])
  })
  connection.on('session', (acceptSession) => {
    const session = acceptSession()
    openSession(session, user, options)
  })
  connection.on('request', (_accept, reject) => reject?.())
}

/** A public key that the client proved to hold; without a signature it only asks whether the key would do. */
function isGenuine(context: AuthContext): context is Extract<AuthContext, { method: 'publickey' }> {
  if (context.method !== 'publickey') return false
  const key = ssh2.utils.parseKey(context.key.data)
  if (key instanceof Error) return false
  if (!context.signature || !context.blob) return true
  return key.verify(context.blob, context.signature, context.hashAlgo) === true
}

function openSession(session: Session, user: string, options: SshServerOptions): void {
  const env: Record<string, string> = {}
  let terminal: SessionRequest['terminal'] = null
  const listeners: ((name: string) => void)[] = []
  session.on('error', () => {})
  session.on('pty', (acceptPty, _reject, info: PseudoTtyInfo & { term?: string }) => {
    terminal = { term: info.term ?? 'xterm', columns: info.cols }
    acceptPty?.()
  })
  session.on('env', (acceptEnv, _reject, info) => {
    env[info.key] = info.val
    acceptEnv?.()
  })
  session.on('signal', (acceptSignal, _reject, info) => {
    acceptSignal?.()
    for (const listener of listeners) listener(info.name)
  })
  session.on('window-change', (acceptChange) => acceptChange?.())
  session.on('sftp', (_accept, reject) => reject?.())
  session.on('subsystem', (_accept, reject) => reject?.())
  const serve = (channel: ServerChannel, command: string | null) => {
    channel.on('error', () => {})
    channel.stderr.on('error', () => {})
    options.serve({ user, command, terminal, env, channel, onSignal: (listener) => listeners.push(listener) })
  }
  session.on('exec', (acceptExec, _reject, info) => serve(acceptExec(), info.command))
  session.on('shell', (acceptShell) => serve(acceptShell(), null))
}
