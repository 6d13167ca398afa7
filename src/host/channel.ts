import type { Result } from '../shared/result.ts'
import type { LinkFailure } from './host.ts'

/** A program on a host that we write to and listen to: an SSH channel or a local process. */
export interface Channel {
  write(bytes: Uint8Array | string): void
  onStdout(listener: (bytes: Uint8Array) => void): void
  onStderr(listener: (bytes: Uint8Array) => void): void
  /** Called once, when nothing more will come. */
  onEnd(listener: (end: ChannelEnd) => void): void
  /** Lets go of it at once. What the program is doing may go on. */
  close(): void
}

/** How a channel ended: the program's exit status, or how the link under it died. */
export type ChannelEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'dead'; readonly failure: LinkFailure }

/** A way to start programs on one host; it connects when it has to. */
export interface Link {
  /** Starts a program: a line for the login shell of the user. */
  open(command: string): Promise<Result<Channel, LinkFailure>>
  /** Drops the connection. */
  drop(): Promise<void>
}
