import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MachineState } from '../machine/state.ts'
import { errorCode, readIfThere, replaceFile } from './disk.ts'
import { fileName } from './keys.ts'
import { LabError } from './lab-error.ts'
import { takeLock } from './lock.ts'
import type { LabHost } from './settings.ts'

/** The format of the files; another number is another format. */
const format = 2

/** The file that keeps a machine between runs. */
export function statePath(stateDir: string, host: string): string {
  return join(stateDir, `${fileName(host)}.json`)
}

/**
 * The machine as the last run left it; null when there was none. Throws a {@link LabError} when the file cannot be
 * used: it is never replaced silently, because it is what a second run is compared with.
 */
export async function loadState(stateDir: string, host: LabHost): Promise<MachineState | null> {
  const path = statePath(stateDir, host.name)
  const text = await readIfThere(path)
  if (text === null) return null
  const saved = parsed(text)
  if (!saved) throw unusable(path, 'damaged', 'the saved state of a machine')
  if (saved.format !== format) throw unusable(path, `of format ${JSON.stringify(saved.format)}`, `of format ${format}`)
  if (saved.made !== madeFrom(host)) {
    throw unusable(
      path,
      `of another machine (${String(saved.made)})`,
      `of one made as the inventory says (${madeFrom(host)})`,
    )
  }
  return saved.state
}

/** Keeps a machine for the next run. */
export async function saveState(stateDir: string, host: LabHost, state: MachineState): Promise<void> {
  await replaceFile(
    statePath(stateDir, host.name),
    `${JSON.stringify({ format, made: madeFrom(host), state }, null, 1)}\n`,
  )
}

/**
 * Forgets the machines and keys of a lab, or one machine by its host name: the next start has pristine ones. Refuses
 * while a run uses them. `pid` is the process number to tell another run. Gives the names of the files that went.
 */
export async function resetLab(
  stateDir: string,
  options: { readonly host?: string; readonly pid?: number } = {},
): Promise<readonly string[]> {
  if ((await namesIn(stateDir)).length === 0) return []
  const lock = await takeLock(stateDir, options.pid ?? null, new Date())
  try {
    // Only what the lab itself wrote: the folder is the user's choice and may hold other things.
    const ours = (name: string) =>
      options.host === undefined
        ? /\.json(\.[0-9a-f-]+\.tmp)?$/.test(name) || ['keys', 'ssh_config', 'known_hosts'].includes(name)
        : name === `${fileName(options.host)}.json`
    const gone = (await namesIn(stateDir)).filter(ours)
    for (const name of gone) await rm(join(stateDir, name), { recursive: true, force: true })
    return gone
  } finally {
    await lock.release()
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return []
    throw cause
  }
}

/** What a machine was made from; a saved one fits only the same. The switch and the faults may change between runs. */
function madeFrom(host: LabHost): string {
  const { os, card, firmware, moreCards, ...more } = host.settings.profile
  const options = Object.entries(more)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `, ${name} ${String(value)}`)
    .join('')
  const vms = host.vms.map((vm) => `${vm.name}=${vm.address}`).join(' ')
  return `${os}, card ${[card, ...(moreCards ?? [])].join(' and ')}, firmware ${firmware}${options}${vms === '' ? '' : `, guests ${vms}`}`
}

function parsed(text: string): { format: unknown; made: unknown; state: MachineState } | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    if (!('format' in value) || !('made' in value) || !('state' in value)) return null
    // Of our own format number the state is trusted to be what saveState wrote.
    if (value.format === format && !isState(value.state)) return null
    return value as { format: unknown; made: unknown; state: MachineState }
  } catch {
    return null
  }
}

function isState(value: unknown): boolean {
  const parts = [
    'name',
    'profile',
    'boot',
    'files',
    'packages',
    'services',
    'cards',
    'links',
    'ovs',
    'domains',
    'dmesg',
  ]
  return typeof value === 'object' && value !== null && parts.every((part) => part in value)
}

function unusable(path: string, is: string, must: string): LabError {
  return new LabError(
    `The lab's file ${path} is ${is}, but must be ${must}`,
    'run "vflag-play lab reset" to start again with pristine machines',
  )
}
