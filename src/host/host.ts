import type { Frame, FrameResult } from '../module/frame.ts'
import type { Secret } from '../shared/secret.ts'

/** As whom a frame is performed. */
export interface Become {
  readonly method: 'sudo' | 'su'
  readonly user: string
  /** Not given: the method must not ask. */
  readonly password?: Secret
}

/** How to perform a frame. */
export interface ExchangeOptions {
  readonly become?: Become
  /** Milliseconds for the whole frame; past it the channel is closed and the outcome is `lost`. No limit when not given. */
  readonly timeoutMs?: number
}

/** Why a host could not be talked to: short text, and what to do about it. */
export interface LinkFailure {
  /** `connect` refused/timed out, `login` refused, `host-key` unknown or changed, `become` refused, `link` died, `timeout` of the frame, `protocol` the shell answered nonsense. */
  readonly reason: 'connect' | 'login' | 'host-key' | 'become' | 'link' | 'timeout' | 'protocol'
  readonly message: string
  readonly hint?: string
}

/** What became of a frame. Trouble is a value: `exchange` never rejects because of a host. */
export type Exchange =
  | { readonly kind: 'done'; readonly result: FrameResult }
  /** Never got in; nothing was sent. */
  | { readonly kind: 'unreachable'; readonly failure: LinkFailure }
  /** The frame was sent and the link died: what was performed is unknown. */
  | { readonly kind: 'lost'; readonly failure: LinkFailure }

/** The only way to a managed machine: real (ssh, local) or modelled. One exchange at a time per host. */
export interface Host {
  readonly name: string
  /** Performs a frame. Connects first when there is no connection (lazily, also again after a link died). */
  exchange(frame: Frame, options?: ExchangeOptions): Promise<Exchange>
  /** Drops the connection; the next exchange makes a new one. */
  disconnect(): Promise<void>
}
