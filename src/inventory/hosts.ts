import { err, ok, type Result } from '../shared/result.ts'

/** What one key under `hosts:` stands for. */
export interface HostKey {
  readonly names: readonly string[]
  /** From `name:2222`. */
  readonly port: number | undefined
}

/** Why a key names no hosts. */
interface KeyProblem {
  readonly message: string
  readonly hint?: string
}

/** How many hosts one key may make. */
const maxHosts = 100_000

/**
 * Reads a host key of an inventory: a name with an optional `:port`, in which `[1:3]`, `[01:10]`, `[1:9:2]` and `[a:f]` are
 * ranges, ends included; several ranges multiply, the last one runs fastest (Ansible's inventory grammar).
 */
export function expandHosts(key: string): Result<HostKey, KeyProblem> {
  const { host, port } = splitPort(key)
  if (port !== undefined && (port < 1 || port > 65535)) {
    return problem(`the port of "${key}" is ${port}, but must be from 1 to 65535`)
  }
  if (isIpv6(host)) return ok({ names: [host.replaceAll(/[[\]]/g, '')], port })
  const parts: string[][] = []
  let size = 1
  for (const part of host.split(/(\[[^\]]*\])/)) {
    if (part === '') continue
    const expanded = part.startsWith('[') ? expandRange(part.slice(1, -1), key) : ok([part])
    if (!expanded.ok) return expanded
    size *= expanded.value.length
    if (size > maxHosts) return problem(`"${key}" stands for ${size} hosts or more, but must stay below ${maxHosts}`)
    parts.push(expanded.value)
  }
  const names = parts.reduce<string[]>(
    (heads, tails) => heads.flatMap((head) => tails.map((tail) => head + tail)),
    [''],
  )
  const bad = names.find((name) => !/^[^\s,:!&~*?[\]{}()'"|\\/<>;$`@]+$/.test(name))
  if (bad === undefined) return ok({ names, port })
  const hint = /^[^:]+:[^:]*$/.test(host) ? 'a port is a number: host:2222' : undefined
  return problem(
    `"${key}" is no host name: letters, digits, "-", "_" and "." and ranges such as [1:4] are allowed`,
    hint,
  )
}

function splitPort(key: string): { host: string; port: number | undefined } {
  const match = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/.exec(key)
  if (!match?.[1] || !match[2]) return { host: key, port: undefined }
  return { host: match[1], port: Number(match[2]) }
}

const isIpv6 = (host: string) =>
  /^(?:\[[0-9a-f:.]+\]|[0-9a-f:.]+)$/i.test(host) &&
  host.split(':').length > 2 &&
  !/^\[[^:]*:[^:]*(?::\d+)?\]$/.test(host)

function expandRange(range: string, key: string): Result<string[], KeyProblem> {
  const match = /^([0-9]*|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?$/.exec(range)
  if (!match) {
    return problem(
      `the range [${range}] of "${key}" is not understood`,
      'write [first:last] or [first:last:step], such as [1:4] or [a:d]',
    )
  }
  const [, first = '', last = '', stride] = match
  const step = stride === undefined ? 1 : Number(stride)
  if (step === 0) return problem(`the step of [${range}] is 0, but must be at least 1`)
  const letters = /^[A-Za-z]$/.test(last)
  if (letters !== /^[A-Za-z]$/.test(first)) {
    return problem(`the ends of [${range}] are a letter and a number, but must be alike`)
  }
  return letters ? letterRange(range, first, last, step) : numberRange(range, first, last, step)
}

/** Letters in the order a..z, A..Z. */
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function letterRange(range: string, first: string, last: string, step: number): Result<string[], KeyProblem> {
  const from = alphabet.indexOf(first)
  const to = alphabet.indexOf(last)
  if (from > to) return problem(`the range [${range}] runs backwards, but its first end must come before its last`)
  return ok([...alphabet.slice(from, to + 1)].filter((_, index) => index % step === 0))
}

function numberRange(range: string, first: string, last: string, step: number): Result<string[], KeyProblem> {
  const from = Number(first === '' ? '0' : first)
  const to = Number(last)
  if (from > to) return problem(`the range [${range}] runs backwards, but its first end must not be above its last`)
  const padded = first.length > 1 && first.startsWith('0')
  if (padded && first.length !== last.length) {
    return problem(
      `the ends of [${range}] have ${first.length} and ${last.length} digits, but must have the same number of them`,
      `write [${first}:${last.padStart(first.length, '0')}]`,
    )
  }
  if ((to - from) / step >= maxHosts) {
    return problem(`the range [${range}] is too long, but must stay below ${maxHosts} hosts`)
  }
  const width = padded ? first.length : 0
  const names: string[] = []
  for (let number = from; number <= to; number += step) names.push(String(number).padStart(width, '0'))
  return ok(names)
}

function problem(message: string, hint?: string): { readonly ok: false; readonly error: KeyProblem } {
  return err({ message, ...(hint !== undefined && { hint }) })
}
